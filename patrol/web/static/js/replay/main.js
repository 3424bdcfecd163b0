// The replay: a shift as it was, all units and incidents on one timeline.
import { get } from "../api.js";
import { county } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { clock, countyDay, duration } from "../format.js";
import { bindKeys, helpSheet } from "../keys.js";
import { CountyMap } from "../map/create.js";
import { IncidentsOverlay } from "../map/incidents.js";
import { RoutesOverlay } from "../map/routes.js";
import { TownsOverlay } from "../map/towns.js";
import { UnitsOverlay } from "../map/units.js";
import { modeMark } from "../marks.js";
import { zonedTime } from "../plan/zoned.js";
import { sayError, startShell } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { toggleTheme } from "../theme.js";
import { lastUpTo, PastStore } from "./past.js";
import { Player } from "./player.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TRAIL_S = 1_800;
const JUMP_S = 60;
const CLOSE_ZOOM = 15;

export class ReplayPage {
  constructor() {
    startShell(() => Date.now());
    this.store = new PastStore();
    this.countyMap = new CountyMap(byId("map"));
    this.map = this.countyMap.map;
    this.towns = new TownsOverlay(this.countyMap);
    this.trail = new RoutesOverlay(this.countyMap);
    this.incidents = new IncidentsOverlay(this.countyMap, this.store);
    this.units = new UnitsOverlay(this.countyMap, this.store);
    // The past does not come in pieces: every moment is drawn where it belongs.
    this.units.still = true;
    /** @type {string | null} */
    this.chosen = null;
    /** @type {AbortController | null} */
    this.asked = null;
    this.player = new Player((atMs) => this.#show(atMs));
    this.day = byId("replay-day", HTMLInputElement);
    this.from = byId("replay-from", HTMLInputElement);
    this.to = byId("replay-to", HTMLInputElement);
    this.filter = byId("replay-filter", HTMLInputElement);
    this.countyMap.ready.then(() => byId("map-loading").classList.add("done"));
    this.#wire();
    this.#fillTimes(Date.now() - 2 * HOUR_MS, Date.now());
    this.load();
  }

  #wire() {
    byId("replay-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.load();
    });
    fill(byId("replay-quick"),
      ...[1, 2, 8].map((hours) => h("button", { type: "button", class: "btn btn-quiet btn-sm", onclick: () => {
        this.#fillTimes(Date.now() - hours * HOUR_MS, Date.now());
        this.load();
      } }, t("replay.last_h", { n: hours }))),
      ...county.shifts.map((shift) => h("button", { type: "button", class: "btn btn-quiet btn-sm", onclick: () => {
        [this.from.value, this.to.value] = [shift.start, shift.end];
        this.load();
      } }, nameOf("shift", shift.name))));
    this.filter.addEventListener("input", () => this.#drawUnits());
    byId("pane-switch").addEventListener("click", (event) => {
      const pane = event.target instanceof Element ? event.target.closest("button")?.dataset.pane : null;
      if (pane) this.showPane(pane);
    });
    this.map.on("click", (event) => {
      const [hit] = this.map.queryRenderedFeatures(event.point, { layers: ["units"] });
      this.choose(hit ? String(hit.properties.id) : null);
    });
    /** @type {import("../keys.js").Shortcut[]} */
    const shortcuts = [
      { key: " ", text: "replay.play_pause", run: () => this.player.toggle() },
      { key: "ArrowLeft", text: "replay.back", run: () => this.player.go(this.player.atMs - JUMP_S * 1000) },
      { key: "ArrowRight", text: "replay.ahead", run: () => this.player.go(this.player.atMs + JUMP_S * 1000) },
      { key: "/", text: "keys.search", run: () => this.filter.focus() },
      { key: "0", text: "keys.whole", run: () => this.countyMap.fitCounty() },
      { key: "d", text: "keys.theme", run: toggleTheme },
      { key: "Escape", text: "keys.back", run: () => this.choose(null), typing: true },
    ];
    const help = helpSheet([...shortcuts, { key: "?", text: "keys.help", run: () => {} }]);
    bindKeys([...shortcuts, { key: "?", text: "keys.help", run: help }]);
    byId("keys-open").addEventListener("click", help);
  }

  /** @param {number} fromMs @param {number} toMs */
  #fillTimes(fromMs, toMs) {
    this.day.value = countyDay(fromMs);
    this.from.value = clock(fromMs);
    // The fields hold whole minutes; the last one has only begun.
    this.to.value = clock(toMs + MINUTE_MS);
  }

  /** The chosen interval; an end that is not after its start is the next day's. */
  #interval() {
    const from = zonedTime(this.day.value, this.from.value, county.timezone);
    const sameDay = zonedTime(this.day.value, this.to.value, county.timezone);
    const to = sameDay > from ? sameDay : zonedTime(countyDay(from.getTime() + DAY_MS), this.to.value, county.timezone);
    return { from, to };
  }

  async load() {
    const { from, to } = this.#interval();
    // The answer to an older question must not come last.
    this.asked?.abort();
    this.asked = new AbortController();
    const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
    try {
      const replay = await get(`/replay?${query}`, this.asked.signal);
      this.store.replay = replay;
      this.player.load(Date.parse(replay.from), Date.parse(replay.to), replay.incidents.map((/** @type {{time: string}} */ one) => Date.parse(one.time)));
      // An empty map says nothing: begin with the first position.
      const first = Math.min(...replay.units.map((/** @type {import("./past.js").Track} */ one) => one.t_s[0]));
      if (Number.isFinite(first)) this.player.go(this.player.startMs + first * 1000);
      this.#drawIncidents();
      this.#drawUnits();
    } catch (error) {
      sayError(error);
    }
  }

  /** @param {number} atMs */
  #show(atMs) {
    this.store.show(atMs);
    this.#drawTrail();
  }

  #drawTrail() {
    const track = this.store.replay?.units.find((one) => one.id === this.chosen);
    if (!track) {
      this.trail.setTrail([]);
      return;
    }
    const atS = (this.player.atMs - this.player.startMs) / 1000;
    const [first, last] = [lastUpTo(track.t_s, atS - TRAIL_S), lastUpTo(track.t_s, atS)];
    /** @type {[number, number][]} */
    const places = [];
    for (let index = Math.max(first, 0); index <= last; index += 1) places.push([track.lon_e5[index] / 1e5, track.lat_e5[index] / 1e5]);
    this.trail.setTrail(places);
  }

  /** Follow this unit with its trail. @param {string | null} id */
  choose(id) {
    this.chosen = id;
    this.units.select(id);
    this.#drawTrail();
    this.#drawUnits();
  }

  #drawIncidents() {
    const incidents = this.store.replay?.incidents ?? [];
    byId("replay-tally").textContent = String(incidents.length);
    byId("replay-empty").hidden = incidents.length > 0;
    byId("replay-incidents").hidden = incidents.length === 0;
    byId("replay-empty").textContent = t("replay.no_incidents");
    fill(byId("replay-incidents"), ...incidents.map((one) => h("button", { type: "button", class: "row-item", onclick: () => {
      this.player.go(Date.parse(one.time));
      this.incidents.select(one.id);
      if (one.lon !== null && one.lat !== null) this.map.easeTo({ center: [one.lon, one.lat], zoom: Math.max(this.map.getZoom(), CLOSE_ZOOM), duration: 400 });
      this.showPane("map");
    } }, icon("triangle-alert"), h("span", { class: "grow" },
      h("span", { class: "row-title clip" }, nameOf("kind", one.kind)),
      h("span", { class: "row-sub" }, one.arrived
        ? t("replay.arrived_after", { time: duration((Date.parse(one.arrived) - Date.parse(one.time)) / 1000) })
        : t(one.assigned ? "replay.not_arrived" : "replay.not_sent"))),
    h("time", {}, clock(one.time)))));
  }

  #drawUnits() {
    const units = this.store.replay?.units ?? [];
    const wanted = this.filter.value.trim().toLowerCase();
    const shown = units.filter((one) => `${one.name} ${one.id} ${nameOf("mode", one.mode)}`.toLowerCase().includes(wanted));
    this.units.shown = wanted ? new Set(shown.map((one) => one.id)) : null;
    this.units.draw();
    byId("replay-units-tally").textContent = String(units.length);
    fill(byId("replay-units"), ...shown.map((one) => h("button", {
      type: "button", class: "row-item", "aria-current": String(one.id === this.chosen),
      onclick: () => {
        this.choose(one.id === this.chosen ? null : one.id);
        const live = this.store.units.get(one.id);
        if (live && live.lon !== null && live.lat !== null && this.chosen) this.map.easeTo({ center: [live.lon, live.lat], zoom: Math.max(this.map.getZoom(), CLOSE_ZOOM), duration: 400 });
      },
    }, modeMark(one.mode, "patrol", "live"), h("span", { class: "grow row-title clip" }, one.name))),
    ...(units.length ? [] : [h("p", { class: "empty" }, icon("history"), h("span", { text: t("replay.no_units") }))]));
  }

  /** On a narrow screen one pane is seen at a time. @param {string} pane */
  showPane(pane) {
    byId("main").dataset.pane = pane;
    for (const button of byId("pane-switch").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
    }
    requestAnimationFrame(() => this.map.resize());
  }
}

// Kept where browser tests and support can reach it.
Object.assign(globalThis, { patrol: new ReplayPage() });
