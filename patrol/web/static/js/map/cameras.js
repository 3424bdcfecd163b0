// Cameras with the last minute's count; a feed in trouble has another icon and says what is wrong.
import { count } from "../format.js";
import { nameOf, t } from "../texts.js";
import { collection, setSource } from "./create.js";
import { palette } from "./palette.js";
import { FONT } from "./style.js";

/** What a camera's rules counted in the minute that runs, in words: crossings of all its lines and
 * people in its fullest zone. They are never added up, as one is a flow and the other a level, and
 * what was noticed is no count at all.
 * @param {import("../types").Camera} camera */
export function lastCount(camera) {
  const kinds = new Map((camera.rules ?? []).map((rule) => [rule.name, rule.kind]));
  const of = (/** @type {import("../types").RuleKind} */ kind) => Object.entries(camera.last ?? {})
    .flatMap(([rule, one]) => (kinds.get(rule) === kind && one.value !== null ? [one.value] : []));
  const [lines, zones] = [of("line"), of("zone")];
  const parts = [];
  if (lines.length) parts.push(t("camera.crossings_n", { n: count(lines.reduce((sum, value) => sum + value, 0)) }));
  if (zones.length) parts.push(t("camera.people_n", { n: count(Math.max(...zones)) }));
  return parts.join(" · ");
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
      const label = good ? lastCount(camera) : look === "off" ? "" : nameOf("camera_state", camera.state);
      return /** @type {GeoJSON.Feature} */ ({
        type: "Feature", id: camera.id,
        geometry: { type: "Point", coordinates: [camera.lon, camera.lat] },
        properties: { id: camera.id, look, label, news: news.has(camera.id) },
      });
    });
    setSource(this.map, "cameras", collection(features));
  }
}
