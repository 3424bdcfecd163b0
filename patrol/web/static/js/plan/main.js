// The planner's page: weights with the map they make, and plans with the routes they are.
import { get } from "../api.js";
import { byId } from "../dom.js";
import { bindKeys, helpSheet } from "../keys.js";
import { CountyMap } from "../map/create.js";
import { HotspotsOverlay } from "../map/hotspots.js";
import { RoutesOverlay, routeLine } from "../map/routes.js";
import { TownsOverlay } from "../map/towns.js";
import { recall, remember } from "../memory.js";
import { startShell } from "../shell.js";
import { toggleTheme } from "../theme.js";
import { PlansPanel } from "./plans.js";
import { Preview } from "./preview.js";
import { RunForm } from "./run.js";
import { WeightsPanel } from "./weights.js";

const PLACE_ZOOM = 15.5;

/** @typedef {"weights" | "plans"} Tab */

export class PlanPage {
  constructor() {
    startShell(() => Date.now());
    this.countyMap = new CountyMap(byId("map"));
    this.map = this.countyMap.map;
    this.towns = new TownsOverlay(this.countyMap);
    this.hotspots = new HotspotsOverlay(this.countyMap, { strong: true });
    this.routes = new RoutesOverlay(this.countyMap);
    this.preview = new Preview(this.hotspots, (place) => {
      this.showPane("map");
      this.map.easeTo({ center: place, zoom: Math.max(this.map.getZoom(), PLACE_ZOOM), duration: 400 });
    }, (version) => this.weights?.bringBack(version));
    /** @type {WeightsPanel | null} */
    this.weights = null;
    this.weights = new WeightsPanel((change, at) => {
      if (this.weights?.saved !== this.preview.saved) this.preview.setSaved(this.weights?.saved ?? null);
      this.preview.ask(change, at);
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

  #wire() {
    byId("plan-tabs").addEventListener("click", (event) => {
      const tab = event.target instanceof Element ? event.target.closest("button")?.dataset.tab : null;
      if (tab) this.openTab(/** @type {Tab} */ (tab));
    });
    byId("pane-switch").addEventListener("click", (event) => {
      const pane = event.target instanceof Element ? event.target.closest("button")?.dataset.pane : null;
      if (pane) this.showPane(pane);
    });
    /** @type {import("../keys.js").Shortcut[]} */
    const shortcuts = [
      { key: "w", text: "keys.tab_weights", run: () => this.openTab("weights") },
      { key: "p", text: "keys.tab_plans", run: () => this.openTab("plans") },
      { key: "b", text: "keys.flip", run: () => this.preview.flip() },
      { key: "0", text: "keys.whole", run: () => this.countyMap.fitCounty() },
      { key: "d", text: "keys.theme", run: toggleTheme },
      { key: "Escape", text: "keys.back", run: () => this.plans.chooseUnit(null) },
    ];
    const help = helpSheet([...shortcuts, { key: "?", text: "keys.help", run: () => {} }]);
    bindKeys([...shortcuts, { key: "?", text: "keys.help", run: help }]);
    byId("keys-open").addEventListener("click", help);
    this.openTab(recall("planTab", /** @type {Tab} */ ("weights")));
  }

  /** @param {Tab} tab */
  openTab(tab) {
    remember("planTab", tab);
    byId("main").dataset.tab = tab;
    for (const button of byId("plan-tabs").querySelectorAll("button")) {
      button.setAttribute("aria-selected", String(button.dataset.tab === tab));
    }
    byId("map-note").classList.toggle("d-none", tab !== "weights");
    this.countyMap.ready.then(() => {
      this.hotspots.show(tab === "weights");
      this.routes.show(tab === "plans");
    });
  }

  /** On a narrow screen one pane is seen at a time. @param {string} pane */
  showPane(pane) {
    byId("main").dataset.pane = pane;
    for (const button of byId("pane-switch").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
    }
    requestAnimationFrame(() => this.map.resize());
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

// Kept where browser tests and support can reach it.
Object.assign(globalThis, { patrol: new PlanPage() });
