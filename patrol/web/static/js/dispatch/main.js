// The dispatcher's desk: wires the live state to the map, the panels and the keyboard.
import { get } from "../api.js";
import { may } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { bindKeys, helpSheet } from "../keys.js";
import { Link } from "../live.js";
import { CountyMap } from "../map/create.js";
import { CamerasOverlay } from "../map/cameras.js";
import { HotspotsOverlay } from "../map/hotspots.js";
import { IncidentsOverlay } from "../map/incidents.js";
import { RoutesOverlay } from "../map/routes.js";
import { TownsOverlay } from "../map/towns.js";
import { UnitsOverlay } from "../map/units.js";
import { WedgesOverlay } from "../map/wedge.js";
import { sayError, startShell } from "../shell.js";
import { Store } from "../store.js";
import { nameOf, t } from "../texts.js";
import { toggleTheme } from "../theme.js";
import { AlertsPanel } from "./alerts_panel.js";
import { cameraCard } from "./camera_card.js";
import { Card } from "./card.js";
import { hotspotCard } from "./hotspot_card.js";
import { incidentCard } from "./incident_card.js";
import { IncidentsPanel } from "./incidents_panel.js";
import { LAYERS, LayersPanel } from "./layers_panel.js";
import { watchAlarms, watchLink } from "./link_banner.js";
import { newIncidentCard, startPlacing, stopPlacing } from "./new_incident.js";
import { ReplanPanel } from "./replan_panel.js";
import { Selection } from "./selection.js";
import { SuggestionStrip } from "./suggestion.js";
import { unitCard } from "./unit_card.js";
import { UnitsPanel } from "./units_panel.js";

/** What can be clicked, the uppermost first, and what it is. @type {Record<string, "unit" | "incident" | "camera" | "hotspot">} */
const CLICKABLE = { incidents: "incident", units: "unit", cameras: "camera", "hotspots-line": "hotspot", "hotspots-point": "hotspot" };
const CLICK_REACH_PX = 6;
const CLOSE_ZOOM = 16;
const HOTSPOTS_SHOWN = 3_000;
const HOTSPOTS_RELOAD_MS = 600_000;

export class Desk {
  constructor() {
    this.store = new Store();
    this.selection = new Selection();
    this.countyMap = new CountyMap(byId("map"));
    this.map = this.countyMap.map;
    this.towns = new TownsOverlay(this.countyMap);
    this.hotspots = new HotspotsOverlay(this.countyMap);
    this.routes = new RoutesOverlay(this.countyMap);
    this.wedges = new WedgesOverlay(this.countyMap, () => this.store.cameras.values(), "route-foot");
    this.cameras = new CamerasOverlay(this.countyMap, this.store);
    this.store.on(["cameras"], () => this.wedges.draw());
    this.units = new UnitsOverlay(this.countyMap, this.store);
    this.incidents = new IncidentsOverlay(this.countyMap, this.store);
    this.card = new Card(this.selection);
    this.layers = new LayersPanel(this.map, (name, on) => this.#layerSwitched(name, on));
    this.countyMap.join(this.layers);
    this.incidentsPanel = new IncidentsPanel(this.store, this.selection);
    this.alertsPanel = new AlertsPanel(this.store, this);
    this.store.on(["alerts"], () => this.cameras.draw());
    this.unitsPanel = new UnitsPanel(this.store, this.selection, (shown) => {
      this.units.shown = shown;
      this.units.draw();
    });
    this.replans = new ReplanPanel(this);
    this.suggestion = new SuggestionStrip(this);
    this.placing = false;
    /** @type {string | null} */
    this.planId = null;
    /** Routes of the plan that runs. @type {import("../types").Route[]} */
    this.planRoutes = [];
    this.hotspotsLoadedMs = 0;
    this.link = new Link(this.store);
    this.#wire();
  }

  #wire() {
    startShell(() => this.store.nowMs());
    watchLink(this.link, this.store);
    watchAlarms(this.store, (id) => this.#chooseAndShow("unit", id));
    this.selection.on((chosen) => this.#show(chosen));
    this.store.on(["plan"], () => this.#loadPlan());
    this.countyMap.ready.then(() => byId("map-loading").classList.add("done"));
    this.map.on("click", (event) => this.#clicked(event));
    this.map.on("mousemove", (event) => {
      if (!this.placing) this.map.getCanvas().style.cursor = this.#under(event.point) ? "pointer" : "";
    });
    document.getElementById("incident-new")?.addEventListener("click", () => startPlacing(this));
    this.#wirePanes();
    this.#wireKeys();
    if (this.layers.shown.hotspots) this.#loadHotspots();
  }

  #wirePanes() {
    byId("pane-switch").addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button?.dataset.pane) this.showPane(button.dataset.pane);
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

  #wireKeys() {
    /** @type {import("../keys.js").Shortcut[]} */
    const shortcuts = [
      { key: "/", text: "keys.search", run: () => this.unitsPanel.filter.focus() },
      { key: "j", text: "keys.next_unit", run: () => this.unitsPanel.step(1) },
      { key: "k", text: "keys.previous_unit", run: () => this.unitsPanel.step(-1) },
      { key: "i", text: "keys.next_incident", run: () => this.#stepIncident() },
      { key: "a", text: may("incident.dispatch") ? "keys.note_alert" : "", run: () => { if (may("incident.dispatch")) this.alertsPanel.noteFirst(); } },
      { key: "f", text: "keys.show", run: () => this.#showChosen() },
      ...(may("incident.dispatch") ? [
        { key: "g", text: "keys.suggestion", run: () => this.suggestion.ask() },
        { key: "r", text: "keys.replan", run: () => this.replans.ask() },
        { key: "y", text: "keys.replan_take", run: () => this.replans.take() },
        { key: "x", text: "keys.replan_refuse", run: () => this.replans.refuse() },
        { key: "v", text: "keys.replan_show", run: () => this.replans.togglePreview() },
        { key: "u", text: "keys.replan_undo", run: () => this.replans.undo() },
      ] : []),
      { key: "0", text: "keys.whole", run: () => this.showCounty() },
      { key: "d", text: "keys.theme", run: toggleTheme },
      { key: "Escape", text: "keys.back", typing: true, run: () => this.#back() },
      { key: "Enter", text: may("incident.dispatch") ? "keys.enter" : "", run: () => this.#submit() },
      ...Object.entries(LAYERS).map(([name, layer]) => ({
        key: layer.key, text: `keys.layer_${name}`,
        run: () => this.#digit(layer.key, /** @type {import("./layers_panel.js").LayerName} */ (name)),
      })),
      ...["6", "7", "8", "9"].map((key) => ({ key, text: "", run: () => this.#digit(key, null) })),
    ];
    if (may("incident.report")) shortcuts.unshift({ key: "n", text: "keys.new_incident", run: () => startPlacing(this) });
    const help = helpSheet([...shortcuts, { key: "?", text: "keys.help", run: () => {} }]);
    bindKeys([...shortcuts, { key: "?", text: "keys.help", run: help }]);
    byId("keys-open").addEventListener("click", help);
  }

  /** Digits choose a kind while a new incident is open, and switch layers otherwise.
   * @param {string} digit @param {import("./layers_panel.js").LayerName | null} layer */
  #digit(digit, layer) {
    if (this.card.content?.press) this.card.content.press(digit);
    else if (layer) this.layers.toggle(layer);
  }

  #submit() {
    this.card.content?.submit?.();
  }

  #back() {
    const active = document.activeElement;
    if (this.placing) stopPlacing(this);
    else if (active instanceof HTMLInputElement && active === this.unitsPanel.filter) {
      this.unitsPanel.clearFilter();
      active.blur();
    } else if (this.selection.chosen) this.selection.clear();
    else this.unitsPanel.clearFilter();
  }

  #stepIncident() {
    const active = this.incidentsPanel.active();
    if (!active.length) return;
    const index = active.findIndex((one) => this.selection.is("incident", one.id));
    this.#chooseAndShow("incident", active[(index + 1) % active.length].id);
  }

  /** @param {{x: number, y: number}} point */
  #under(point) {
    const r = CLICK_REACH_PX;
    const layers = Object.keys(CLICKABLE).filter((id) => this.map.getLayer(id));
    const found = this.map.queryRenderedFeatures([[point.x - r, point.y - r], [point.x + r, point.y + r]], { layers });
    return Object.keys(CLICKABLE).map((id) => found.find((one) => one.layer.id === id && one.properties.id)).find(Boolean) ?? null;
  }

  /** @param {import("maplibre-gl").MapMouseEvent} event */
  #clicked(event) {
    if (this.placing) {
      stopPlacing(this);
      this.#newIncident({ lon: event.lngLat.lng, lat: event.lngLat.lat });
      return;
    }
    const found = this.#under(event.point);
    if (!found) {
      if (this.selection.chosen?.kind !== "new") this.selection.clear();
      return;
    }
    this.selection.choose({ kind: CLICKABLE[found.layer.id], id: String(found.properties.id) });
  }

  /** @param {{lon: number, lat: number}} place */
  #newIncident(place) {
    this.draftPlace = place;
    this.selection.choose({ kind: "new", id: "" });
  }

  /** @param {import("./selection.js").Chosen} chosen */
  #show(chosen) {
    const unitId = chosen?.kind === "unit" ? chosen.id : null;
    this.units.select(unitId);
    this.routes.select(unitId);
    this.incidents.select(chosen?.kind === "incident" ? chosen.id : null);
    this.wedges.select(chosen?.kind === "camera" ? chosen.id : null);
    if (!chosen) this.card.hide();
    else if (chosen.kind === "unit") this.card.show(unitCard(chosen.id, this));
    else if (chosen.kind === "incident") this.card.show(incidentCard(chosen.id, this));
    else if (chosen.kind === "camera") this.card.show(cameraCard(chosen.id, this));
    else if (chosen.kind === "hotspot") this.#showHotspot(chosen.id);
    else if (this.draftPlace) {
      this.card.show(newIncidentCard(this.draftPlace, this));
      this.incidents.setDraft(this.draftPlace);
    }
    const pane = byId("main").dataset.pane;
    if (chosen) this.showPane("card");
    else if (pane === "card") this.showPane("map");
  }

  /** @param {string} id */
  #showHotspot(id) {
    const content = hotspotCard(id, this);
    if (content) this.card.show(content);
    else this.card.hide();
  }

  /** @param {"unit" | "incident"} kind @param {string} id */
  #chooseAndShow(kind, id) {
    this.selection.choose({ kind, id });
    this.#showChosen();
  }

  #showChosen() {
    const chosen = this.selection.chosen;
    if (chosen?.kind === "unit") this.follow(chosen.id);
    else if (chosen?.kind === "incident") this.showIncident(chosen.id);
  }

  /** @param {string} id */
  showCamera(id) {
    this.selection.choose({ kind: "camera", id });
    this.#goTo(this.store.cameras.get(id));
  }

  /** @param {string} id */
  openIncident(id) {
    this.#chooseAndShow("incident", id);
  }

  /** Bring a unit to the middle of the map. @param {string} id */
  follow(id) {
    this.#goTo(this.store.units.get(id));
  }

  /** @param {string} id */
  showIncident(id) {
    this.#goTo(this.store.incidents.get(id));
  }

  /** @param {{lon: number | null, lat: number | null} | undefined} thing */
  #goTo(thing) {
    if (!thing || thing.lon === null || thing.lat === null) return;
    this.map.easeTo({ center: [thing.lon, thing.lat], zoom: Math.max(this.map.getZoom(), CLOSE_ZOOM), duration: 400 });
  }

  showCounty() {
    this.countyMap.fitCounty();
  }

  /** @param {import("./layers_panel.js").LayerName} name @param {boolean} on */
  #layerSwitched(name, on) {
    if (name === "routes") this.routes.visible = on;
    if (name === "hotspots") {
      this.hotspots.visible = on;
      if (on) this.#loadHotspots();
    }
  }

  async #loadHotspots() {
    if (Date.now() - this.hotspotsLoadedMs < HOTSPOTS_RELOAD_MS) return;
    this.hotspotsLoadedMs = Date.now();
    try {
      const at = new Date(this.store.nowMs()).toISOString();
      const geojson = await get(`/hotspots?at=${encodeURIComponent(at)}&limit=${HOTSPOTS_SHOWN}`);
      this.hotspots.setData(geojson);
    } catch (error) {
      this.hotspotsLoadedMs = 0;
      sayError(error);
    }
  }

  /** Routes of a proposal in place of what runs; null goes back. @param {import("../types").Route[] | null} routes */
  showProposal(routes) {
    if (routes === null) {
      this.routes.setRoutes(this.planRoutes);
      return;
    }
    const changed = new Set(routes.map((route) => route.unit_id));
    this.routes.setRoutes([...this.planRoutes.filter((route) => !changed.has(route.unit_id)), ...routes]);
  }

  async #loadPlan() {
    const plan = this.store.plan;
    const chip = byId("plan-chip");
    chip.hidden = false;
    if (!plan) {
      fill(chip, icon("route"), t("plan.none_now"));
      this.planId = null;
      this.routes.setRoutes([]);
      return;
    }
    fill(chip, icon("route"), h("b", { text: nameOf("shift", plan.shift) }), plan.on);
    if (plan.id === this.planId) return;
    this.planId = plan.id;
    try {
      const answer = await get(`/plans/${encodeURIComponent(plan.id)}`);
      this.planRoutes = (answer.plan ?? answer).routes;
      this.routes.setRoutes(this.planRoutes);
    } catch (error) {
      this.planId = null;
      sayError(error);
    }
  }
}

// Kept where browser tests and support can reach it.
Object.assign(globalThis, { patrol: new Desk() });
