// Streets by what sees them: line style and color both say which.
import { collection, setSource, showLayers } from "./create.js";
import { palette } from "./palette.js";

/** @typedef {"both" | "camera" | "patrol" | "neither"} SeenBy */

export const SEEN_BY = /** @type {const} */ (["both", "camera", "patrol", "neither"]);
const IDS = SEEN_BY.map((name) => `coverage-${name}`);

/** The color of a class, by the map's palette. @param {SeenBy} name @param {boolean} dark */
export function coverageColor(name, dark) {
  const { status } = palette(dark);
  return { both: status.patrol, camera: status.onscene, patrol: status.enroute, neither: status.assigned }[name];
}

export class CoverageOverlay {
  /** @param {import("./create.js").CountyMap} owner @param {string} before */
  constructor(owner, before) {
    this.map = owner.map;
    this.before = before;
    this.visible = false;
    /** @type {GeoJSON.FeatureCollection} */
    this.data = collection([]);
    owner.join(this);
  }

  /** @param {boolean} dark */
  add(dark) {
    const before = this.map.getLayer(this.before) ? this.before : undefined;
    this.map.addSource("coverage", { type: "geojson", data: this.data });
    for (const name of SEEN_BY) {
      /** @type {any} */
      const paint = {
        "line-color": coverageColor(name, dark),
        "line-width": ["interpolate", ["linear"], ["zoom"], 11, name === "neither" ? 0.8 : 1.6, 16, name === "both" ? 6 : 3.5],
        "line-opacity": name === "neither" ? 0.75 : 1,
      };
      if (name === "camera") paint["line-dasharray"] = [1.2, 0.8];
      if (name === "neither") paint["line-dasharray"] = [0.6, 1.2];
      this.map.addLayer({
        id: `coverage-${name}`, type: "line", source: "coverage", filter: ["==", ["get", "seen_by"], name],
        layout: { "line-cap": name === "both" || name === "patrol" ? "round" : "butt", visibility: this.visible ? "visible" : "none" }, paint,
      }, before);
    }
  }

  /** @param {GeoJSON.FeatureCollection} data */
  setData(data) {
    this.data = data;
    setSource(this.map, "coverage", data);
  }

  /** @param {boolean} on */
  show(on) {
    this.visible = on;
    showLayers(this.map, IDS, on);
  }
}
