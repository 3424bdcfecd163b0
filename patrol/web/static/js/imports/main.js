// Data quality: upload a file of incidents, see what is wrong with it on a map, leave it out.
import { get, post, put, remove } from "../api.js";
import { byId, fill, h, icon, renderList, setText } from "../dom.js";
import { count, dayClock } from "../format.js";
import { bindKeys, helpSheet } from "../keys.js";
import { CountyMap } from "../map/create.js";
import { SuspectsOverlay } from "../map/suspects.js";
import { TownsOverlay } from "../map/towns.js";
import { say, sayError, startShell } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { toggleTheme } from "../theme.js";
import { ReportPanel, fileName, pointId } from "./report.js";
import { UploadForm } from "./upload.js";

/** @typedef {import("./report.js").Report} Report */

const PLACE_ZOOM = 16;

class ImportsPage {
  constructor() {
    startShell(() => Date.now());
    this.countyMap = new CountyMap(byId("map"));
    this.map = this.countyMap.map;
    this.towns = new TownsOverlay(this.countyMap);
    this.suspects = new SuspectsOverlay(this.countyMap, (id) => this.pick(id, false));
    /** @type {Report[]} */
    this.list = [];
    /** @type {Report | null} */
    this.report = null;
    /** @type {import("./report.js").Choices} */
    this.choices = { points: [], faults: [] };
    /** @type {string | null} */
    this.chosen = null;
    this.panel = new ReportPanel(byId("report"), {
      toggleFault: (fault, out) => this.#change(() => put(`/faults/${fault}`, { left_out: out })),
      toggleOut: (one, out) => this.#change(() => (out
        ? post("/exclusions", { lon: one.place.lon, lat: one.place.lat, label: one.address || one.near_name })
        : remove(`/exclusions/${encodeURIComponent(pointId(one.place))}`))),
      dropPoint: (id) => this.#change(() => remove(`/exclusions/${encodeURIComponent(id)}`)),
      pick: (id) => this.pick(id, true),
    });
    this.form = new UploadForm(() => this.load(true));
    this.countyMap.ready.then(() => byId("map-loading").classList.add("done"));
    this.#legend();
    this.#wire();
    this.load(true);
  }

  #legend() {
    fill(byId("suspects-legend"), ...["heavy", "landmark", "repeated", "outside"].map((name) =>
      h("span", {}, h("i", { class: "point-mark", "data-suspicion": name }), t(`suspicion.${name}`))));
  }

  #wire() {
    byId("check-stored").addEventListener("click", async (event) => {
      const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
      button.disabled = true;
      say(t("imports.checking_stored"));
      try {
        const answer = await post("/imports/stored");
        say(t("imports.checked", { read: count(answer.read), kept: count(answer.read) }), "done");
        await this.load(true);
      } catch (error) {
        sayError(error);
      } finally {
        button.disabled = false;
      }
    });
    byId("pane-switch").addEventListener("click", (event) => {
      const pane = event.target instanceof Element ? event.target.closest("button")?.dataset.pane : null;
      if (pane) this.showPane(pane);
    });
    /** @type {import("../keys.js").Shortcut[]} */
    const shortcuts = [
      { key: "u", text: "keys.upload", run: () => this.form.file.click() },
      { key: "0", text: "keys.whole", run: () => this.countyMap.fitCounty() },
      { key: "d", text: "keys.theme", run: toggleTheme },
      { key: "Escape", text: "keys.back", run: () => this.pick(null, false) },
    ];
    const help = helpSheet([...shortcuts, { key: "?", text: "keys.help", run: () => {} }]);
    bindKeys([...shortcuts, { key: "?", text: "keys.help", run: help }]);
    byId("keys-open").addEventListener("click", help);
  }

  /** @param {string} pane */
  showPane(pane) {
    byId("main").dataset.pane = pane;
    for (const button of byId("pane-switch").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
    }
    requestAnimationFrame(() => this.map.resize());
  }

  /** @param {boolean} newest  Show the newest report. */
  async load(newest) {
    try {
      const answer = await get("/imports");
      this.list = answer.imports;
      this.choices = { points: answer.points, faults: answer.faults };
      if (newest && this.list.length) await this.open(this.list[0].id);
      else this.#draw();
    } catch (error) {
      sayError(error);
    } finally {
      byId("imports-list").removeAttribute("aria-busy");
    }
  }

  /** @param {string} id */
  async open(id) {
    try {
      this.report = await get(`/imports/${encodeURIComponent(id)}`);
      this.chosen = null;
      this.#draw();
      this.#frame();
    } catch (error) {
      sayError(error);
    }
  }

  /** @param {string | null} id @param {boolean} fly */
  pick(id, fly) {
    this.chosen = id;
    this.suspects.choose(id);
    this.#draw();
    if (id && fly) {
      const [lon, lat] = id.split(",").map(Number);
      this.map.easeTo({ center: [lon, lat], zoom: Math.max(this.map.getZoom(), PLACE_ZOOM), duration: 400 });
      if (getComputedStyle(byId("pane-switch")).display !== "none") this.showPane("map");
    }
  }

  /** @param {() => Promise<any>} act */
  async #change(act) {
    try {
      const answer = await act();
      this.choices = { points: answer.points, faults: answer.faults };
      this.#draw();
    } catch (error) {
      sayError(error);
    }
  }

  #draw() {
    byId("imports-empty").hidden = this.list.length > 0;
    renderList(byId("imports-list"), this.list, (one) => one.id, (one) => importRow(one, () => this.open(one.id)), (row, one) => {
      row.setAttribute("aria-current", String(one.id === this.report?.id));
    });
    this.panel.draw(this.report, this.choices, this.chosen);
    const out = new Set(this.choices.points.map((one) => one.id));
    const marks = (this.report?.quality.suspects ?? []).map((one) => ({
      id: pointId(one.place), suspicion: one.suspicion, lon: one.place.lon, lat: one.place.lat, rows: one.rows, out: out.has(pointId(one.place)),
    }));
    this.suspects.setMarks(marks);
  }

  /** Show every point that lies inside the county. */
  #frame() {
    if (!this.report?.quality.suspects.some((one) => one.suspicion !== "outside")) this.countyMap.fitCounty();
  }
}

/** @param {Report} one @param {() => void} open */
function importRow(one, open) {
  const row = h("button", { class: "row-item import-row", type: "button", onclick: open }, icon(one.file === "stored" ? "database" : "upload"),
    h("span", { class: "grow" }, h("span", { class: "row-title clip d-block" }),
      h("span", { class: "row-sub" }, h("span"), h("span", { class: "nowrap" }))));
  setText(/** @type {Element} */ (row.querySelector(".row-title")), fileName(one.file));
  const [what, when] = row.querySelectorAll(".row-sub > span");
  setText(what, one.file === "stored" ? t("imports.rows_n", { n: count(one.read) })
    : one.checked_only ? t("imports.row_checked", { n: count(one.read), source: nameOf("source", one.source) })
      : t("imports.row_added", { n: count(one.added), source: nameOf("source", one.source) }));
  setText(when, dayClock(one.at));
  return row;
}

Object.assign(globalThis, { patrol: new ImportsPage() });
