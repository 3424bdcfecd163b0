// Routes of a plan: dashes tell the mode (solid car, dashed e-bike, dotted foot); the chosen unit's
// route stands out with numbered stops.
import { collection, setSource, showLayers } from "./create.js";
import { palette } from "./palette.js";
import { FONT_BOLD } from "./style.js";

/** @typedef {import("../types").Route} Route */

const DASHES = /** @type {const} */ ({ car: undefined, ebike: [4, 2], foot: [0.1, 2] });

/** A route's whole line, way back included.
 * @param {Route} route @returns {[number, number][]} */
export function routeLine(route) {
  return [...route.visits.flatMap((visit) => visit.leg.line), ...route.back.line];
}

export class RoutesOverlay {
  /** @param {import("./create.js").CountyMap} owner */
  constructor(owner) {
    this.map = owner.map;
    this.visible = true;
    /** @type {Route[]} */
    this.routes = [];
    /** @type {string | null} */
    this.selected = null;
    /** @type {GeoJSON.Feature[]} */
    this.trail = [];
    owner.join(this);
  }

  /** @param {boolean} dark */
  add(dark) {
    const p = palette(dark);
    this.map.addSource("routes", { type: "geojson", data: collection([]) });
    this.map.addSource("route-stops", { type: "geojson", data: collection([]) });
    this.map.addSource("trail", { type: "geojson", data: collection(this.trail) });
    for (const [mode, dash] of Object.entries(DASHES)) this.#addLines(mode, dash, p);
    this.map.addLayer({
      id: "trail", type: "line", source: "trail",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": p.status.enroute, "line-width": 3, "line-opacity": 0.75 },
    });
    this.map.addLayer({
      id: "route-stops", type: "circle", source: "route-stops",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 5, 15, 10],
        "circle-color": ["case", ["get", "done"], p.quiet, p.panel],
        "circle-stroke-color": p.ink, "circle-stroke-width": ["case", ["get", "next"], 3, 1.5],
      },
    });
    this.map.addLayer({
      id: "route-stop-number", type: "symbol", source: "route-stops", minzoom: 12,
      layout: {
        "text-field": ["get", "number"], "text-font": FONT_BOLD, "text-size": 11,
        "text-allow-overlap": true, "text-ignore-placement": true,
      },
      paint: { "text-color": p.ink },
    });
    this.draw();
    this.show(this.visible);
  }

  /** @param {string} mode @param {any} dash @param {import("./palette.js").Palette} p */
  #addLines(mode, dash, p) {
    /** @type {any} */
    const ofMode = ["==", ["get", "mode"], mode];
    /** @type {any} */
    const chosen = ["get", "selected"];
    this.map.addLayer({
      id: `route-${mode}`, type: "line", source: "routes", filter: ofMode,
      layout: { "line-cap": "round", "line-join": "round", "line-sort-key": ["case", chosen, 1, 0] },
      paint: {
        "line-color": ["case", chosen, p.ink, p.route],
        "line-width": ["case", chosen, 4, 1.8],
        "line-opacity": ["case", chosen, 0.95, ["get", "others"], 0.16, 0.5],
        ...(dash ? { "line-dasharray": dash } : {}),
      },
    }, "street-name");
  }

  /** @param {Route[]} routes */
  setRoutes(routes) {
    this.routes = routes;
    this.draw();
  }

  /** @param {string | null} unitId @param {{done?: number[], next?: number}} [progress] */
  select(unitId, progress = {}) {
    this.selected = unitId;
    this.progress = progress;
    this.draw();
  }

  draw() {
    const chosen = this.routes.find((route) => route.unit_id === this.selected);
    setSource(this.map, "routes", collection(this.routes.map((route) => ({
      type: "Feature",
      geometry: { type: "LineString", coordinates: routeLine(route) },
      properties: { mode: route.mode, unit: route.unit_id, selected: route === chosen, others: Boolean(chosen) },
    }))));
    setSource(this.map, "route-stops", collection((chosen?.visits ?? []).map((visit, index) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [visit.lon, visit.lat] },
      properties: {
        number: String(index + 1), hotspot: visit.hotspot_id,
        done: this.progress?.done?.includes(index) ?? false,
        next: index === this.progress?.next,
      },
    }))));
  }

  /** Where a unit has been, oldest first.
   * @param {[number, number][]} places */
  setTrail(places) {
    this.trail = places.length > 1
      ? [{ type: "Feature", geometry: { type: "LineString", coordinates: places }, properties: {} }]
      : [];
    setSource(this.map, "trail", collection(this.trail));
  }

  /** @param {boolean} visible */
  show(visible) {
    this.visible = visible;
    const ids = Object.keys(DASHES).map((mode) => `route-${mode}`);
    showLayers(this.map, [...ids, "route-stops", "route-stop-number"], visible);
  }
}
