// The base map: our own vector tiles of streets and towns, drawn in greys.
import { palette } from "./palette.js";

/** @typedef {import("maplibre-gl").StyleSpecification} Style */
/** @typedef {import("maplibre-gl").LayerSpecification} Layer */

// The system's own type: no glyph files, so nothing is fetched for a label.
export const FONT = ["system-ui, PingFang SC, Noto Sans CJK SC, Microsoft YaHei, sans-serif"];
export const FONT_BOLD = ["bold system-ui, PingFang SC, Noto Sans CJK SC, Microsoft YaHei, sans-serif"];

const LARGE = ["motorway", "trunk", "primary"];
const MIDDLE = ["secondary", "tertiary"];
const PATHS = ["pedestrian", "footway", "cycleway", "path", "steps", "track", "alley"];

/** @param {string[]} classes @returns {import("maplibre-gl").FilterSpecification} */
const ofClass = (classes) => ["in", ["get", "class"], ["literal", classes]];

/** Width by zoom, pixels at zooms 10, 13, 16 and 19.
 * @param {[number, number, number, number]} px
 * @returns {any} */
const width = (px) => ["interpolate", ["exponential", 1.5], ["zoom"], 10, px[0], 13, px[1], 16, px[2], 19, px[3]];

/** @param {string} id @param {any} filter @param {string} color @param {any} lineWidth @param {number} minzoom
 * @returns {Layer} */
function streetLayer(id, filter, color, lineWidth, minzoom) {
  return {
    id, type: "line", source: "base", "source-layer": "streets", minzoom, filter,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": color, "line-width": lineWidth },
  };
}

/** @param {boolean} dark @returns {Layer[]} */
function baseLayers(dark) {
  const p = palette(dark);
  const small = /** @type {any} */ (["!", ["in", ["get", "class"], ["literal", [...LARGE, ...MIDDLE, ...PATHS]]]]);
  const path = streetLayer("street-path", ofClass(PATHS), p.path, width([0.4, 0.8, 2, 5]), 13);
  if (path.type === "line") path.paint = { ...path.paint, "line-dasharray": [2, 1.5] };
  return [
    { id: "ground", type: "background", paint: { "background-color": p.ground } },
    {
      id: "town-edge", type: "line", source: "base", "source-layer": "towns",
      paint: { "line-color": p.town, "line-width": 1, "line-dasharray": [4, 3] },
    },
    path,
    streetLayer("street-small-case", small, p.casing, width([0.5, 2.2, 6.5, 18]), 11),
    streetLayer("street-middle-case", ofClass(MIDDLE), p.casing, width([1.4, 4.2, 10, 26]), 8),
    streetLayer("street-large-case", ofClass(LARGE), p.casing, width([2.2, 5.6, 13, 34]), 5),
    streetLayer("street-small", small, p.street, width([0.3, 1.3, 4.8, 15]), 11),
    streetLayer("street-middle", ofClass(MIDDLE), p.street, width([0.8, 2.8, 8, 22]), 8),
    streetLayer("street-large", ofClass(LARGE), p.street, width([1.4, 4, 10.5, 30]), 5),
  ];
}

/** @param {boolean} dark @returns {Layer[]} */
function labelLayers(dark) {
  const p = palette(dark);
  return [
    {
      id: "street-name", type: "symbol", source: "base", "source-layer": "streets", minzoom: 13.5,
      filter: ["has", "name"],
      layout: {
        "symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 13, 10, 17, 13], "symbol-spacing": 320,
        "text-letter-spacing": 0.03,
      },
      paint: { "text-color": p.label, "text-halo-color": p.halo, "text-halo-width": 1.4 },
    },
    {
      // Points of their own (map/towns.js): a tile's piece of a town would get a label in every tile.
      id: "town-name", type: "symbol", source: "town-names", maxzoom: 15,
      layout: {
        "text-field": ["get", "name"], "text-font": FONT_BOLD, "text-size": 13,
        "text-letter-spacing": 0.08, "text-padding": 20,
      },
      paint: { "text-color": p.label, "text-halo-color": p.halo, "text-halo-width": 1.6 },
    },
  ];
}

/** @param {boolean} dark @returns {Style} */
export function baseStyle(dark) {
  return {
    version: 8,
    sources: {
      base: {
        type: "vector", tiles: [`${location.origin}/tiles/{z}/{x}/{y}.mvt`], minzoom: 8, maxzoom: 15,
        attribution: "© OpenStreetMap",
      },
      "town-names": { type: "geojson", data: { type: "FeatureCollection", features: [] } },
    },
    layers: [...baseLayers(dark), ...labelLayers(dark)],
  };
}
