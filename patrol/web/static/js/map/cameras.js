// Cameras with the last minute's count; a feed in trouble has another icon and says what is wrong.
import { count } from "../format.js";
import { nameOf } from "../texts.js";
import { collection, setSource } from "./create.js";
import { palette } from "./palette.js";
import { FONT } from "./style.js";

/** What a camera's rules counted last, taken together.
 * @param {import("../types").Camera} camera */
export function lastCount(camera) {
  const values = Object.values(camera.last ?? {}).map((one) => one.value).filter((value) => value !== null);
  return values.length ? values.reduce((sum, value) => sum + value, 0) : null;
}

export class CamerasOverlay {
  /** @param {import("./create.js").CountyMap} owner @param {import("../store.js").Store} store */
  constructor(owner, store) {
    this.map = owner.map;
    this.store = store;
    store.on(["cameras"], () => this.draw());
    owner.join(this);
  }

  /** @param {boolean} dark */
  add(dark) {
    const p = palette(dark);
    this.map.addSource("cameras", { type: "geojson", data: collection([]), promoteId: "id" });
    this.map.addLayer({
      // News that nobody has taken note of yet.
      id: "cameras-news", type: "circle", source: "cameras", filter: ["get", "news"],
      paint: {
        "circle-radius": 15, "circle-color": "rgba(0,0,0,0)", "circle-stroke-width": 2.5, "circle-stroke-color": p.status.open,
      },
    });
    this.map.addLayer({
      id: "cameras", type: "symbol", source: "cameras",
      layout: {
        "icon-image": ["concat", "camera-", ["get", "look"]],
        "icon-allow-overlap": true, "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.55, 15, 0.85],
        "text-field": ["get", "label"], "text-font": FONT, "text-size": 10.5, "text-offset": [1.15, 0],
        "text-anchor": "left", "text-optional": true,
      },
      paint: {
        "text-color": ["case", ["==", ["get", "look"], "bad"], p.status.sos, p.label],
        "text-halo-color": p.halo, "text-halo-width": 1.5,
      },
    });
    this.draw();
  }

  draw() {
    const news = new Set([...this.store.alerts.values()].filter((one) => one.acknowledged === null).map((one) => one.camera_id));
    const features = [...this.store.cameras.values()].map((camera) => {
      const good = camera.state === "online" || camera.state === "connecting";
      // Switched off is no trouble: it is what somebody wanted.
      const look = good ? "good" : camera.state === "disabled" ? "off" : "bad";
      const value = lastCount(camera);
      const label = good ? (value === null ? "" : count(value)) : look === "off" ? "" : nameOf("camera_state", camera.state);
      return /** @type {GeoJSON.Feature} */ ({
        type: "Feature", id: camera.id,
        geometry: { type: "Point", coordinates: [camera.lon, camera.lat] },
        properties: { id: camera.id, look, label, news: news.has(camera.id) },
      });
    });
    setSource(this.map, "cameras", collection(features));
  }
}
