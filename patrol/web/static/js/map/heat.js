// The hotspot map of the planner: all streets are drawn once, scores only recolor them.
import { collection, lowGpu, showLayers } from "./create.js";
import { palette } from "./palette.js";

/** @typedef {import("../plan/scores.js").Streets} Streets */
/** @typedef {"heat" | "difference"} Look */

const LINES = "heat-streets";
const POINTS = "heat-points";
/** Levels closer than this look the same and are not sent to the map again. */
const SEEN = 0.004;
/** Below this a street is drawn as if nothing were there. */
const LEAST = 0.03;

const level = ["coalesce", ["feature-state", "level"], 0];
const change = ["coalesce", ["feature-state", "change"], 0];

export class HeatOverlay {
  /** @param {import("./create.js").CountyMap} owner */
  constructor(owner) {
    this.map = owner.map;
    /** @type {Streets | null} */
    this.streets = null;
    /** @type {Look} */
    this.look = "heat";
    this.visible = true;
    /** @type {Float32Array} */
    this.levels = new Float32Array(0);
    /** @type {Float32Array} */
    this.changes = new Float32Array(0);
    /** What the map was told last, so that only differences are told. */
    this.told = { level: new Float32Array(0), change: new Float32Array(0) };
    /** @type {number | null} */
    this.chosen = null;
    owner.join(this);
  }

  /** @param {boolean} dark */
  add(dark) {
    const p = palette(dark);
    const under = "street-name";
    const [lines, points] = this.#features();
    this.map.addSource(LINES, { type: "geojson", data: lines, tolerance: 0.2 });
    this.map.addSource(POINTS, { type: "geojson", data: points });
    const lineRamp = p.heat.slice(1).flatMap(([at, color]) => [at, color]);
    const any = (/** @type {unknown} */ value) => /** @type {any} */ (value);
    if (!lowGpu()) {
      this.map.addLayer({
        id: "heat-cloud", type: "heatmap", source: POINTS, maxzoom: 16,
        paint: {
          "heatmap-weight": any(level),
          "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 10, 0.8, 12, 0.7, 14, 0.6, 16, 1.1],
          "heatmap-radius": ["interpolate", ["exponential", 1.6], ["zoom"], 10, 9, 13, 20, 16, 56],
          "heatmap-color": any(["interpolate", ["linear"], ["heatmap-density"], ...p.heat.flat()]),
          "heatmap-opacity": ["interpolate", ["linear"], ["zoom"], 13, 0.8, 15, 0.2],
        },
      }, under);
    }
    this.map.addLayer({
      id: "heat-line", type: "line", source: LINES, layout: { "line-cap": "round" },
      paint: {
        "line-color": any(["interpolate", ["linear"], level, ...lineRamp]),
        "line-width": ["interpolate", ["linear"], ["zoom"], 11, 1.2, 13, 2.6, 15, 5, 18, 11],
        "line-opacity": any(["interpolate", ["linear"], ["zoom"],
          lowGpu() ? 8 : 11.5, ["case", [">", level, LEAST], lowGpu() ? 0.9 : 0.25, 0], 14, ["case", [">", level, LEAST], 0.95, 0]]),
      },
    }, under);
    this.map.addLayer({
      id: "heat-change", type: "line", source: LINES, layout: { "line-cap": "round" },
      paint: {
        "line-color": any(["interpolate", ["linear"], change, ...p.change.flat()]),
        "line-width": any(["interpolate", ["linear"], ["zoom"],
          10, ["+", 0.6, ["*", 3, ["abs", change]]], 14, ["+", 1, ["*", 7, ["abs", change]]], 18, ["+", 3, ["*", 13, ["abs", change]]]]),
        "line-opacity": any(["min", 1, ["*", 6, ["abs", change]]]),
      },
    }, under);
    this.map.addLayer({
      id: "heat-chosen", type: "line", source: LINES, filter: ["==", ["id"], this.chosen ?? -1],
      layout: { "line-cap": "round" },
      paint: { "line-color": p.ink, "line-width": ["interpolate", ["linear"], ["zoom"], 11, 7, 15, 13, 18, 22], "line-opacity": 0.35 },
    }, under);
    this.told = { level: new Float32Array(0), change: new Float32Array(0) };
    this.#tell();
    this.show(this.visible);
  }

  /** @param {Streets} streets */
  setStreets(streets) {
    this.streets = streets;
    const [lines, points] = this.#features();
    const set = (/** @type {string} */ name, /** @type {GeoJSON.FeatureCollection} */ data) =>
      /** @type {import("maplibre-gl").GeoJSONSource | undefined} */ (this.map.getSource(name))?.setData(data);
    set(LINES, lines);
    set(POINTS, points);
    this.told = { level: new Float32Array(0), change: new Float32Array(0) };
    this.#tell();
  }

  /** @returns {[GeoJSON.FeatureCollection, GeoJSON.FeatureCollection]} */
  #features() {
    const streets = this.streets;
    if (!streets) return [collection([]), collection([])];
    return [
      collection(streets.ids.map((_, index) => ({
        type: "Feature", id: index, properties: {}, geometry: { type: "LineString", coordinates: streets.line(index) },
      }))),
      collection(streets.ids.map((_, index) => ({
        type: "Feature", id: index, properties: {}, geometry: { type: "Point", coordinates: streets.middle(index) },
      }))),
    ];
  }

  /** @param {Float32Array} levels  In [0, 1], one a street. @param {Float32Array} changes  In [-1, 1]. */
  setScores(levels, changes) {
    this.levels = levels;
    this.changes = changes;
    this.#tell();
  }

  /** @param {Look} look */
  setLook(look) {
    this.look = look;
    this.show(this.visible);
  }

  #tell() {
    if (!this.streets || !this.map.getSource(LINES)) return;
    const count = this.streets.ids.length;
    const fresh = this.told.level.length !== count;
    if (fresh) this.told = { level: new Float32Array(count), change: new Float32Array(count) };
    const { level: toldLevel, change: toldChange } = this.told;
    for (let id = 0; id < count; id += 1) {
      const [wanted, moved] = [this.levels[id] ?? 0, this.changes[id] ?? 0];
      const newLevel = Math.abs(wanted - toldLevel[id]) > SEEN;
      if (!newLevel && Math.abs(moved - toldChange[id]) <= SEEN) continue;
      this.map.setFeatureState({ source: LINES, id }, { level: wanted, change: moved });
      if (newLevel) this.map.setFeatureState({ source: POINTS, id }, { level: wanted });
      [toldLevel[id], toldChange[id]] = [wanted, moved];
    }
  }

  /** @param {number | null} index */
  choose(index) {
    this.chosen = index;
    if (this.map.getLayer("heat-chosen")) this.map.setFilter("heat-chosen", ["==", ["id"], index ?? -1]);
  }

  /** The street at a point of the screen, the nearest within a finger's width.
   * @param {import("maplibre-gl").Point} point @returns {number | null} */
  streetAt(point) {
    const reach = 8;
    const found = this.map.queryRenderedFeatures(
      [[point.x - reach, point.y - reach], [point.x + reach, point.y + reach]], { layers: ["heat-line"] });
    const best = found.sort((a, b) => (this.levels[Number(b.id)] ?? 0) - (this.levels[Number(a.id)] ?? 0))[0];
    return best ? Number(best.id) : null;
  }

  /** @param {boolean} visible */
  show(visible) {
    this.visible = visible;
    const heat = visible && this.look === "heat";
    showLayers(this.map, ["heat-cloud"], heat);
    showLayers(this.map, ["heat-line"], heat);
    showLayers(this.map, ["heat-change"], visible && this.look === "difference");
    showLayers(this.map, ["heat-chosen"], visible);
  }
}

