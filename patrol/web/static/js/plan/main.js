// The planner's page: weights with the map they make, the calendar of what weighs when, and plans.
import { get } from "../api.js";
import { county } from "../boot.js";
import { byId, fill } from "../dom.js";
import { clock } from "../format.js";
import { bindKeys, helpSheet } from "../keys.js";
import { CountyMap } from "../map/create.js";
import { RoutesOverlay, routeLine } from "../map/routes.js";
import { TownsOverlay } from "../map/towns.js";
import { recall, remember } from "../memory.js";
import { startShell } from "../shell.js";
import { toggleTheme } from "../theme.js";
import { ApplyBar } from "./apply_bar.js";
import { CalendarPanel } from "./calendar.js";
import { addDays } from "./entries.js";
import { Draft } from "./draft.js";
import { FileNotice } from "./file_notice.js";
import { PlansPanel } from "./plans.js";
import { Preview } from "./preview.js";
import { ResultsPanel } from "./results.js";
import { RunForm } from "./run.js";
import { TrialPanel } from "./trial.js";
import { versionList } from "./versions.js";
import { WeightsPanel } from "./weights.js";
import { zonedTime } from "./zoned.js";

const PLACE_ZOOM = 15.5;

/** @typedef {"weights" | "calendar" | "plans"} Tab */
/** @typedef {"map" | "trial" | "versions"} Result */

export class PlanPage {
  constructor() {
    startShell(() => Date.now());
    this.countyMap = new CountyMap(byId("map"));
    this.map = this.countyMap.map;
    this.towns = new TownsOverlay(this.countyMap);
    this.draft = new Draft();
    this.preview = new Preview(this.countyMap, this.draft, (shown, error) => this.results.draw(shown, error));
    this.routes = new RoutesOverlay(this.countyMap);
    this.results = new ResultsPanel((index) => this.#flyTo(index), (index) => this.preview.choose(index), () => this.preview.ask());
    this.weights = new WeightsPanel(this.draft, (at) => this.preview.setHour(at));
    const reload = () => this.weights.load();
    this.applyBar = new ApplyBar(this.draft, reload);
    this.fileNotice = new FileNotice(this.draft, reload);
    this.trials = new TrialPanel(this.draft);
    this.#drawVersions(reload);
    this.weights.load();
    this.calendar = new CalendarPanel(this.countyMap, {
      showPane: (pane) => { if (isNarrow()) this.showPane(pane); },
      onWeek: (monday) => this.#lookAtWeek(monday),
      onChanged: () => this.preview.refresh(),
    });
    this.plans = new PlansPanel(this.routes, (route) => this.#frameRoute(route));
    this.run = new RunForm(async (planId) => {
      await this.plans.load();
      await this.plans.open(planId);
    });
    this.countyMap.ready.then(() => byId("map-loading").classList.add("done"));
    this.#wire();
    this.#loadPlans();
  }

  /** A plan speaks of unit ids; the page shows call signs. */
  async #loadPlans() {
    const answer = await get("/units").catch(() => ({ units: [] }));
    for (const unit of answer.units) this.plans.names.set(unit.id, unit.name);
    await this.plans.load();
  }

  /** @param {() => Promise<unknown>} reload */
  #drawVersions(reload) {
    /** @type {unknown} */
    let drawn = null;
    this.draft.onChange(() => {
      const saved = this.draft.saved;
      if (!saved || drawn === saved) return;
      drawn = saved;
      fill(byId("result-versions"), versionList(saved, reload));
    });
  }

  #wire() {
    /** @param {string} id @param {(button: HTMLElement) => void} run */
    const onButton = (id, run) => byId(id).addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button) run(button);
    });
    onButton("plan-tabs", (button) => this.openTab(/** @type {Tab} */ (button.dataset.tab)));
    onButton("pane-switch", (button) => this.showPane(button.dataset.pane ?? "map"));
    onButton("result-tabs", (button) => this.openResult(/** @type {Result} */ (button.dataset.result)));
    for (const id of ["plan-tabs", "result-tabs"]) arrowKeys(byId(id));
    /** @type {import("../keys.js").Shortcut[]} */
    const shortcuts = [
      { key: "w", text: "keys.tab_weights", run: () => this.openTab("weights") },
      { key: "c", text: "keys.tab_calendar", run: () => this.openTab("calendar") },
      { key: "p", text: "keys.tab_plans", run: () => this.openTab("plans") },
      { key: "b", text: "keys.flip", run: () => this.preview.flip() },
      { key: "v", text: "keys.compare", run: () => this.preview.next() },
      { key: "r", text: "keys.reason", run: () => this.applyBar.focus() },
      { key: "1", text: "results.map", run: () => this.openResult("map") },
      { key: "2", text: "results.trial", run: () => this.openResult("trial") },
      { key: "3", text: "results.versions", run: () => this.openResult("versions") },
      { key: "0", text: "keys.whole", run: () => this.countyMap.fitCounty() },
      { key: "d", text: "keys.theme", run: toggleTheme },
      { key: "Escape", text: "keys.back", run: () => this.#back() },
    ];
    const help = helpSheet([...shortcuts, { key: "?", text: "keys.help", run: () => {} }]);
    bindKeys([...shortcuts, { key: "?", text: "keys.help", run: help }]);
    byId("keys-open").addEventListener("click", help);
    const tab = recall("planTab", /** @type {Tab} */ ("weights"));
    this.openTab(document.getElementById(`tab-${tab}`) ? tab : "weights");
    this.openResult("map");
  }

  /** The map of a week's middle, at the hour that is looked at. @param {string | null} monday */
  #lookAtWeek(monday) {
    const hour = clock(this.weights.at);
    this.preview.setHour(monday === null ? this.weights.at : zonedTime(addDays(monday, 3), hour, county.timezone).toISOString());
  }

  #back() {
    if (byId("main").dataset.tab === "calendar") {
      this.calendar.back();
      return;
    }
    this.plans.chooseUnit(null);
    if (this.preview.chosen !== null) this.preview.choose(null);
  }

  /** @param {Tab} tab */
  openTab(tab) {
    remember("planTab", tab);
    byId("main").dataset.tab = tab;
    choose(byId("plan-tabs"), (button) => button.dataset.tab === tab);
    byId("map-note").classList.toggle("d-none", tab !== "weights");
    this.preview.clickable = tab === "weights";
    this.countyMap.ready.then(() => {
      this.preview.setVisible(tab !== "plans");
      this.routes.show(tab === "plans");
      this.calendar.show(tab === "calendar");
      this.map.resize();
    });
  }

  /** @param {Result} name */
  openResult(name) {
    choose(byId("result-tabs"), (button) => button.dataset.result === name);
    for (const one of ["map", "trial", "versions"]) byId(`result-${one}`).hidden = one !== name;
  }

  /** On a narrow screen one pane is seen at a time. @param {string} pane */
  showPane(pane) {
    byId("main").dataset.pane = pane;
    for (const button of byId("pane-switch").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
    }
    requestAnimationFrame(() => this.map.resize());
  }

  /** @param {number} index */
  #flyTo(index) {
    const streets = this.preview.streets;
    if (!streets) return;
    if (isNarrow()) this.showPane("map");
    this.map.easeTo({ center: streets.middle(index), zoom: Math.max(this.map.getZoom(), PLACE_ZOOM), duration: 400 });
  }

  /** @param {import("../types").Route} route */
  #frameRoute(route) {
    const line = routeLine(route);
    if (line.length < 2) return;
    const lons = line.map(([lon]) => lon);
    const lats = line.map(([, lat]) => lat);
    this.map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)],
      { padding: 70, maxZoom: 16, duration: 400 });
  }
}

const isNarrow = () => matchMedia("(max-width: 900px)").matches;

/** @param {HTMLElement} tabs @param {(button: HTMLButtonElement) => boolean} isChosen */
function choose(tabs, isChosen) {
  for (const button of tabs.querySelectorAll("button")) {
    button.setAttribute("aria-selected", String(isChosen(button)));
    button.tabIndex = isChosen(button) ? 0 : -1;
  }
}

/** Arrows go from tab to tab, as in every tab list. @param {HTMLElement} tabs */
function arrowKeys(tabs) {
  tabs.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    const buttons = [...tabs.querySelectorAll("button")];
    const next = buttons[(buttons.findIndex((one) => one.getAttribute("aria-selected") === "true") + by + buttons.length) % buttons.length];
    next.focus();
    next.click();
  });
}

// Kept where browser tests and support can reach it.
Object.assign(globalThis, { patrol: new PlanPage() });
