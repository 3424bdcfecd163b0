// Incidents: triangles in the color of their state, with what and how long ago in text.
import { duration } from "../format.js";
import { nameOf } from "../texts.js";
import { collection, setSource } from "./create.js";
import { palette } from "./palette.js";
import { FONT_BOLD } from "./style.js";

export class IncidentsOverlay {
  /** @param {import("./create.js").CountyMap} owner @param {import("../store.js").Store} store */
  constructor(owner, store) {
    this.map = owner.map;
    this.store = store;
    /** @type {string | null} */
    this.selected = null;
    /** Where a new incident is about to be put. @type {{lon: number, lat: number} | null} */
    this.draft = null;
    store.on(["incidents"], () => this.draw());
    setInterval(() => this.draw(), 15_000);
    owner.join(this);
  }

  /** @param {boolean} dark */
  add(dark) {
    const p = palette(dark);
    this.map.addSource("incidents", { type: "geojson", data: collection([]), promoteId: "id" });
    this.map.addLayer({
      id: "incidents-ring", type: "circle", source: "incidents", filter: ["get", "selected"],
      paint: {
        "circle-radius": 22, "circle-color": "rgba(0,0,0,0)", "circle-stroke-width": 2.5,
        "circle-stroke-color": p.ink,
      },
    });
    this.map.addLayer({
      id: "incidents", type: "symbol", source: "incidents",
      layout: {
        "icon-image": ["concat", "incident-", ["get", "status"]], "icon-allow-overlap": true,
        "icon-ignore-placement": true, "icon-anchor": "center",
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.75, 15, 1.05],
        "text-field": ["get", "label"], "text-font": FONT_BOLD, "text-size": 11.5,
        "text-offset": [0, -1.5], "text-anchor": "bottom", "text-optional": true,
      },
      paint: { "text-color": p.ink, "text-halo-color": p.halo, "text-halo-width": 1.8 },
    });
    this.draw();
  }

  draw() {
    /** @type {GeoJSON.Feature[]} */
    const features = [];
    const now = this.store.nowMs();
    for (const incident of this.store.incidents.values()) {
      if (incident.lon === null || incident.lat === null || incident.status === "closed") continue;
      const since = duration((now - Date.parse(incident.time)) / 1000);
      features.push({
        type: "Feature", id: incident.id,
        geometry: { type: "Point", coordinates: [incident.lon, incident.lat] },
        properties: {
          id: incident.id, status: incident.status, selected: incident.id === this.selected,
          label: `${nameOf("kind", incident.kind)} ${since}`,
        },
      });
    }
    if (this.draft) {
      features.push({
        type: "Feature", geometry: { type: "Point", coordinates: [this.draft.lon, this.draft.lat] },
        properties: { id: "", status: "open", selected: true, label: "" },
      });
    }
    setSource(this.map, "incidents", collection(features));
  }

  /** @param {string | null} id */
  select(id) {
    this.selected = id;
    this.draw();
  }

  /** @param {{lon: number, lat: number} | null} place */
  setDraft(place) {
    this.draft = place;
    this.draw();
  }
}
