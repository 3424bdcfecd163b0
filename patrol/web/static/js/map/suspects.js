// Suspicious points of an import: filled, thick or thin rings by suspicion, sized by their rows.
import { collection, setSource } from "./create.js";
import { palette } from "./palette.js";

/** @typedef {{id: string, suspicion: string, lon: number, lat: number, rows: number, out: boolean}} SuspectMark */

const LAYERS = ["suspects-chosen", "suspects"];

export class SuspectsOverlay {
  /** @param {import("./create.js").CountyMap} owner @param {(id: string) => void} onPick */
  constructor(owner, onPick) {
    this.map = owner.map;
    /** @type {GeoJSON.FeatureCollection} */
    this.data = collection([]);
    /** @type {string | null} */
    this.chosen = null;
    owner.join(this);
    owner.ready.then(() => {
      this.map.on("click", "suspects", (event) => {
        const id = event.features?.[0]?.properties?.id;
        if (id) onPick(String(id));
      });
      this.map.on("mouseenter", "suspects", () => { this.map.getCanvas().style.cursor = "pointer"; });
      this.map.on("mouseleave", "suspects", () => { this.map.getCanvas().style.cursor = ""; });
    });
  }

  /** @param {boolean} dark */
  add(dark) {
    const p = palette(dark);
    this.map.addSource("suspects", { type: "geojson", data: this.data });
    const radius = /** @type {any} */ (["interpolate", ["linear"], ["sqrt", ["get", "rows"]], 1, 4, 10, 7, 60, 17]);
    this.map.addLayer({
      id: "suspects-chosen", type: "circle", source: "suspects", filter: ["==", ["get", "id"], this.chosen ?? ""],
      paint: { "circle-radius": ["+", radius, 8], "circle-color": p.quiet, "circle-opacity": 0.35 },
    });
    this.map.addLayer({
      id: "suspects", type: "circle", source: "suspects",
      layout: { "circle-sort-key": ["get", "rows"] },
      paint: {
        "circle-radius": radius,
        "circle-color": ["match", ["get", "suspicion"], "heavy", p.ink, "repeated", p.quiet, p.panel],
        "circle-stroke-color": ["match", ["get", "suspicion"], ["heavy", "landmark"], p.ink, p.quiet],
        "circle-stroke-width": ["match", ["get", "suspicion"], "landmark", 4, 2],
        // What is left out pales and keeps its place.
        "circle-opacity": ["case", ["get", "out"], 0.15, 0.85],
        "circle-stroke-opacity": ["case", ["get", "out"], 0.4, 1],
      },
    });
  }

  /** @param {SuspectMark[]} marks */
  setMarks(marks) {
    this.data = collection(marks.map((one) => ({
      type: "Feature", geometry: { type: "Point", coordinates: [one.lon, one.lat] },
      properties: { id: one.id, suspicion: one.suspicion, rows: one.rows, out: one.out },
    })));
    setSource(this.map, "suspects", this.data);
  }

  /** @param {string | null} id */
  choose(id) {
    this.chosen = id;
    if (this.map.getLayer(LAYERS[0])) this.map.setFilter(LAYERS[0], ["==", ["get", "id"], id ?? ""]);
  }
}
