// Key sites and planners' marks on the map, and the place that is being set.
import { collection, setSource, showLayers } from "./create.js";
import { palette } from "./palette.js";
import { FONT } from "./style.js";

/** @typedef {import("../plan/entries.js").Entry} Entry */

const IDS = ["place-area", "place-edge", "place-site", "place-name", "place-draft"];
const EARTH_M = 6_371_008.8;
const CORNERS = 48;

/** A circle of meters as a ring of places. @param {number} lon @param {number} lat @param {number} radiusM
 * @returns {[number, number][]} */
function ringOf(lon, lat, radiusM) {
  const up = (radiusM / EARTH_M) * (180 / Math.PI);
  const side = up / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: CORNERS + 1 }, (_, index) => {
    const angle = (2 * Math.PI * index) / CORNERS;
    return [lon + side * Math.cos(angle), lat + up * Math.sin(angle)];
  });
}

export class PlacesOverlay {
  /** @param {import("./create.js").CountyMap} owner */
  constructor(owner) {
    this.map = owner.map;
    this.visible = false;
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {string | null} */
    this.chosen = null;
    /** @type {{lon: number, lat: number, radius_m: number} | null} */
    this.draft = null;
    owner.join(this);
  }

  /** @param {boolean} dark */
  add(dark) {
    const p = palette(dark);
    this.map.addSource("places", { type: "geojson", data: collection([]) });
    this.map.addSource("place-areas", { type: "geojson", data: collection([]) });
    this.map.addLayer({ id: "place-area", type: "fill", source: "place-areas", paint: { "fill-color": p.ink, "fill-opacity": ["case", ["get", "chosen"], 0.14, 0.05] } });
    this.map.addLayer({ id: "place-edge", type: "line", source: "place-areas", paint: { "line-color": p.ink, "line-width": ["case", ["get", "chosen"], 2.5, 1.2], "line-opacity": ["case", ["get", "ended"], 0.35, 0.8], "line-dasharray": [3, 2] } });
    this.map.addLayer({
      id: "place-site", type: "circle", source: "places", filter: ["!", ["get", "draft"]],
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, ["case", ["get", "chosen"], 6, 3], 15, ["case", ["get", "chosen"], 10, 7]],
        "circle-color": ["case", ["get", "ended"], p.panel, p.ink], "circle-stroke-color": ["case", ["get", "ended"], p.quiet, p.panel], "circle-stroke-width": 1.5,
      },
    });
    this.map.addLayer({
      id: "place-name", type: "symbol", source: "places", minzoom: 13,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11.5, "text-offset": [0, 1.1], "text-anchor": "top", "text-optional": true },
      paint: { "text-color": p.label, "text-halo-color": p.halo, "text-halo-width": 1.6 },
    });
    this.map.addLayer({
      id: "place-draft", type: "circle", source: "places", filter: ["get", "draft"],
      paint: { "circle-radius": 8, "circle-color": "rgba(0,0,0,0)", "circle-stroke-color": p.ink, "circle-stroke-width": 3 },
    });
    this.#draw();
    this.show(this.visible);
  }

  /** @param {Entry[]} entries @param {string | null} chosen */
  setEntries(entries, chosen) {
    this.entries = entries.filter((one) => one.what === "sites" || one.what === "marks");
    this.chosen = chosen;
    this.#draw();
  }

  /** The place that is being set. @param {{lon: number, lat: number, radius_m: number} | null} draft */
  setDraft(draft) {
    this.draft = draft;
    this.#draw();
  }

  #draw() {
    const facts = (/** @type {Entry} */ one) => ({ key: `${one.what}:${one.id}`, name: one.name, chosen: `${one.what}:${one.id}` === this.chosen, ended: one.state === "ended", draft: false });
    /** @type {GeoJSON.Feature[]} */
    const points = this.entries.map((one) => ({ type: "Feature", properties: facts(one), geometry: { type: "Point", coordinates: [one.record.lon, one.record.lat] } }));
    /** @type {GeoJSON.Feature[]} */
    const areas = this.entries.filter((one) => one.what === "marks").map((one) => ({ type: "Feature", properties: facts(one), geometry: { type: "Polygon", coordinates: [ringOf(one.record.lon, one.record.lat, one.record.radius_m)] } }));
    if (this.draft) {
      const { lon, lat, radius_m: radius } = this.draft;
      points.push({ type: "Feature", properties: { draft: true, name: "", chosen: true, ended: false }, geometry: { type: "Point", coordinates: [lon, lat] } });
      if (radius) areas.push({ type: "Feature", properties: { chosen: true, ended: false }, geometry: { type: "Polygon", coordinates: [ringOf(lon, lat, radius)] } });
    }
    setSource(this.map, "places", collection(points));
    setSource(this.map, "place-areas", collection(areas));
  }

  /** The entry at a point of the screen. @param {import("maplibre-gl").Point} point @returns {string | null} */
  keyAt(point) {
    const reach = 6;
    const [found] = this.map.queryRenderedFeatures([[point.x - reach, point.y - reach], [point.x + reach, point.y + reach]], { layers: ["place-site"] });
    return found ? String(found.properties.key) : null;
  }

  /** @param {boolean} visible */
  show(visible) {
    this.visible = visible;
    showLayers(this.map, IDS, visible);
  }
}
