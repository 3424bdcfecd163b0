// Where a camera looks: a sector on the ground from its heading, width and range.
import { county } from "../boot.js";
import { collection, setSource } from "./create.js";
import { palette } from "./palette.js";

/** @typedef {{lon: number, lat: number, heading_deg?: number | null, fov_deg?: number | null, range_m?: number | null}} Looking */

const EARTH_M = 6_371_008.8;
const STEP_DEG = 6;

/** The sector's outline; null where nobody said which way the camera looks.
 * @param {Looking} camera @returns {[number, number][] | null} */
export function wedge(camera) {
  if (camera.heading_deg === null || camera.heading_deg === undefined) return null;
  const fov = camera.fov_deg ?? county.camera.fov_deg;
  const range = camera.range_m ?? county.camera.range_m;
  const perLat = (Math.PI / 180) * EARTH_M;
  const perLon = perLat * Math.cos((camera.lat * Math.PI) / 180);
  const steps = Math.max(2, Math.ceil(fov / STEP_DEG));
  /** @type {[number, number][]} */
  const ring = fov >= 360 ? [] : [[camera.lon, camera.lat]];
  for (let i = 0; i <= steps; i += 1) {
    const bearing = ((camera.heading_deg - fov / 2 + (fov * i) / steps) * Math.PI) / 180;
    ring.push([camera.lon + (Math.sin(bearing) * range) / perLon, camera.lat + (Math.cos(bearing) * range) / perLat]);
  }
  ring.push(ring[0]);
  return ring;
}

export class WedgesOverlay {
  /** @param {import("./create.js").CountyMap} owner @param {() => Iterable<Looking & {id: string}>} cameras
   * @param {string} before  Layer under which the sectors lie. */
  constructor(owner, cameras, before) {
    this.map = owner.map;
    this.cameras = cameras;
    this.before = before;
    /** @type {string | null} */
    this.selected = null;
    owner.join(this);
  }

  /** @param {boolean} dark */
  add(dark) {
    const p = palette(dark);
    const before = this.map.getLayer(this.before) ? this.before : undefined;
    this.map.addSource("wedges", { type: "geojson", data: collection([]) });
    this.map.addLayer({
      id: "wedges", type: "fill", source: "wedges", minzoom: 12,
      paint: { "fill-color": p.ink, "fill-opacity": ["case", ["get", "selected"], 0.28, 0.1] },
    }, before);
    this.map.addLayer({
      id: "wedges-edge", type: "line", source: "wedges", minzoom: 12,
      paint: { "line-color": p.ink, "line-width": ["case", ["get", "selected"], 1.8, 0.8], "line-opacity": 0.55 },
    }, before);
    this.draw();
  }

  draw() {
    /** @type {GeoJSON.Feature[]} */
    const features = [];
    for (const camera of this.cameras()) {
      const ring = wedge(camera);
      if (!ring) continue;
      features.push({
        type: "Feature", geometry: { type: "Polygon", coordinates: [ring] },
        properties: { id: camera.id, selected: camera.id === this.selected },
      });
    }
    setSource(this.map, "wedges", collection(features));
  }

  /** @param {string | null} id */
  select(id) {
    this.selected = id;
    this.draw();
  }
}
