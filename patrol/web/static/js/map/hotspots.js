// Hotspots: heat from afar, street lines from near, in one hue that rises with the score.
import { collection, lowGpu, setSource, showLayers } from "./create.js";
import { palette } from "./palette.js";

/** The middle of a feature's geometry.
 * @param {GeoJSON.Geometry} geometry @returns {[number, number]} */
export function middle(geometry) {
  if (geometry.type === "Point") return [geometry.coordinates[0], geometry.coordinates[1]];
  if (geometry.type === "LineString") {
    const half = geometry.coordinates[Math.floor(geometry.coordinates.length / 2)];
    const before = geometry.coordinates[Math.max(0, Math.floor(geometry.coordinates.length / 2) - 1)];
    return [(half[0] + before[0]) / 2, (half[1] + before[1]) / 2];
  }
  if (geometry.type === "MultiLineString") {
    return middle({ type: "LineString", coordinates: geometry.coordinates[0] });
  }
  return [0, 0];
}

export class HotspotsOverlay {
  /** @param {import("./create.js").CountyMap} owner @param {{before?: string, strong?: boolean}} [options] */
  constructor(owner, options = {}) {
    this.map = owner.map;
    this.strong = options.strong ?? false;
    this.visible = true;
    /** @type {GeoJSON.FeatureCollection} */
    this.data = collection([]);
    this.heat = collection([]);
    /** @type {Map<string, import("../types").HotspotProperties>} */
    this.known = new Map();
    owner.join(this);
  }

  /** @param {boolean} dark */
  add(dark) {
    const p = palette(dark);
    const under = "street-name";
    this.map.addSource("hotspots", { type: "geojson", data: this.data, promoteId: "id" });
    this.map.addSource("hotspots-heat", { type: "geojson", data: this.heat });
    const ramp = p.heat.flatMap(([at, color]) => [at, color]);
    const lineRamp = p.heat.slice(1).flatMap(([at, color]) => [at, color]);
    if (!lowGpu()) {
      this.map.addLayer({
        id: "hotspots-heat", type: "heatmap", source: "hotspots-heat", maxzoom: 16,
        paint: {
          "heatmap-weight": ["get", "level"],
          "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 10, 0.8, 12, 0.7, 14, 0.6, 16, 1.1],
          "heatmap-radius": ["interpolate", ["exponential", 1.6], ["zoom"], 10, 9, 13, 20, 16, 56],
          "heatmap-color": /** @type {any} */ (["interpolate", ["linear"], ["heatmap-density"], ...ramp]),
          "heatmap-opacity": ["interpolate", ["linear"], ["zoom"], 13.5, this.strong ? 0.85 : 0.6, 16, 0.25],
        },
      }, under);
    }
    this.map.addLayer({
      id: "hotspots-line", type: "line", source: "hotspots", minzoom: lowGpu() ? 8 : 12.5,
      filter: ["!=", ["geometry-type"], "Point"],
      layout: { "line-cap": "round", "line-sort-key": ["get", "level"] },
      paint: {
        "line-color": /** @type {any} */ (["interpolate", ["linear"], ["get", "level"], ...lineRamp]),
        "line-width": ["interpolate", ["linear"], ["zoom"], 12, 2, 15, 4.5, 18, 11],
        "line-opacity": ["interpolate", ["linear"], ["zoom"], 12.5, 0.35, 14.5, 0.95],
      },
    }, under);
    this.map.addLayer({
      id: "hotspots-point", type: "circle", source: "hotspots", minzoom: lowGpu() ? 8 : 13,
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-color": /** @type {any} */ (["interpolate", ["linear"], ["get", "level"], ...lineRamp]),
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 2.5, 16, 7],
        "circle-stroke-color": p.panel, "circle-stroke-width": 1,
      },
    }, under);
    this.show(this.visible);
  }

  /** Scores are made relative to the highest, so that the ramp is used to its end.
   * @param {GeoJSON.FeatureCollection} geojson */
  setData(geojson) {
    const top = geojson.features.reduce((most, one) => Math.max(most, one.properties?.score ?? 0), 0) || 1;
    this.known = new Map(geojson.features.map((one) =>
      [String(one.properties?.id), /** @type {import("../types").HotspotProperties} */ (one.properties)]));
    // The square root lifts the middle: scores fall off steeply from the first to the hundredth.
    const level = (/** @type {GeoJSON.Feature} */ one) => Math.sqrt((one.properties?.score ?? 0) / top);
    this.data = collection(geojson.features.map((one) => ({
      type: "Feature", geometry: one.geometry,
      properties: { id: one.properties?.id, level: level(one) },
    })));
    this.heat = collection(geojson.features.map((one) => ({
      type: "Feature", geometry: { type: "Point", coordinates: middle(one.geometry) },
      properties: { level: level(one) },
    })));
    setSource(this.map, "hotspots", this.data);
    setSource(this.map, "hotspots-heat", this.heat);
  }

  /** A place of the map that is shown, with the parts of its score.
   * @param {string} id @returns {import("../types").HotspotProperties | null} */
  find(id) {
    return this.known.get(id) ?? null;
  }

  /** @param {boolean} visible */
  show(visible) {
    this.visible = visible;
    showLayers(this.map, ["hotspots-heat", "hotspots-line", "hotspots-point"], visible);
  }
}
