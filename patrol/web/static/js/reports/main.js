// The supervisor's reports: choose one and its days, read it, take it along as a file.
import { get } from "../api.js";
import { county } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { bindKeys, helpSheet } from "../keys.js";
import { countyDay } from "../format.js";
import { recall, remember } from "../memory.js";
import { startShell } from "../shell.js";
import { localName, t } from "../texts.js";
import { toggleTheme } from "../theme.js";
import { reportChart } from "./chart.js";
import { reportTable } from "./table.js";

/** @typedef {"visibility" | "coverage" | "response" | "safety" | "fairness" | "guarantee"} Name */
/** @typedef {{key: string, measure: string}} Column */
/** @typedef {Record<string, string | number | null>} Row */
/** @typedef {{report: Name, from: string, to: string, columns: Column[], rows: Row[], notes: string[]}} Report */

/** @type {Name[]} */
const NAMES = ["visibility", "coverage", "response", "safety", "fairness", "guarantee"];
const DAY_MS = 86_400_000;
const USUAL_D = { visibility: 7, coverage: 7, response: 28, safety: 366, fairness: 28, guarantee: 28 };

export class ReportsPage {
  constructor() {
    startShell(() => Date.now());
    /** @type {Name} */
    this.name = recall("report", /** @type {Name} */ ("visibility"));
    /** @type {AbortController | null} */
    this.asked = null;
    this.from = byId("reports-from", HTMLInputElement);
    this.to = byId("reports-to", HTMLInputElement);
    /** @type {() => void} */
    this.closeChart = () => {};
    fill(byId("reports-names"), ...NAMES.map((name) =>
      h("button", { type: "button", "data-name": name, text: t(`reports.${name}`), onclick: () => this.choose(name) })));
    byId("reports-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.load();
    });
    for (const field of [this.from, this.to]) field.addEventListener("change", () => this.#linkFiles());
    this.#bindKeys();
    this.choose(NAMES.includes(this.name) ? this.name : "visibility");
  }

  #bindKeys() {
    /** @type {import("../keys.js").Shortcut[]} */
    const shortcuts = [
      ...NAMES.map((name, at) => ({ key: String(at + 1), text: `reports.${name}`, run: () => this.choose(name) })),
      { key: "d", text: "keys.theme", run: toggleTheme },
    ];
    const help = helpSheet([...shortcuts, { key: "?", text: "keys.help", run: () => {} }]);
    bindKeys([...shortcuts, { key: "?", text: "keys.help", run: help }]);
    byId("keys-open").addEventListener("click", help);
  }

  /** Show this report over its usual days. @param {Name} name */
  choose(name) {
    this.name = name;
    remember("report", name);
    for (const button of byId("reports-names").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.name === name));
    }
    const tomorrow = Date.now() + DAY_MS;
    this.to.value = countyDay(tomorrow);
    this.from.value = countyDay(tomorrow - USUAL_D[name] * DAY_MS);
    this.load();
  }

  #query() {
    return `from=${this.from.value}&to=${this.to.value}`;
  }

  #linkFiles() {
    for (const kind of ["xlsx", "pdf"]) {
      byId(`reports-${kind}`, HTMLAnchorElement).href = `/api/v1/reports/${this.name}.${kind}?${this.#query()}`;
    }
  }

  async load() {
    this.asked?.abort();
    const asked = this.asked = new AbortController();
    const sheet = byId("reports-sheet");
    sheet.setAttribute("aria-busy", "true");
    if (!sheet.hasChildNodes()) fill(sheet, h("p", { class: "quiet" }, icon("loader-circle", "spin"), " ", t("reports.working")));
    this.#linkFiles();
    try {
      this.#show(await get(`/reports/${this.name}?${this.#query()}`, asked.signal));
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      this.closeChart();
      fill(sheet, h("h1", { text: t("reports.failed") }),
        h("p", { text: error instanceof Error ? error.message : String(error) }),
        h("p", {}, h("button", { type: "button", class: "btn btn-quiet", onclick: () => this.load() }, icon("refresh-cw"), t("action.retry"))));
    }
    if (this.asked === asked) sheet.setAttribute("aria-busy", "false");
  }

  /** @param {Report} report */
  #show(report) {
    this.closeChart();
    const days = t("report.period", { first: countyDay(report.from), last: countyDay(report.to) });
    const box = h("div", { class: "chart" });
    const chart = h("section", { class: "reports-chart" }, box);
    fill(byId("reports-sheet"),
      h("h1", { text: t(`report.${report.report}.title`) }),
      h("p", { text: `${localName(county)} · ${days}` }),
      h("p", { class: "reports-about", text: t(`report.${report.report}.about`) }),
      ...report.notes.map((note) => h("p", { class: "reports-note" }, icon("info"), h("span", { text: t(`report.note.${note}`) }))),
      chart,
      h("div", { class: "reports-scroll", tabindex: "0", role: "region", "aria-label": t("reports.table") }, reportTable(report)));
    const drawn = reportChart(box, report);
    if (drawn === null) chart.remove();
    else {
      chart.dataset.rows = drawn.rows > 14 ? "l" : drawn.rows > 5 ? "m" : "s";
      drawn.chart.then(({ close }) => { this.closeChart = close; });
    }
  }
}

// Kept where browser tests and support can reach it.
Object.assign(globalThis, { patrol: new ReportsPage() });
