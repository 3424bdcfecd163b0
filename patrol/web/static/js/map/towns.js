// Names of the towns, once each, in the middle of their largest part.
import { get } from "../api.js";
import { may } from "../boot.js";
import { collection, setSource } from "./create.js";

/** @typedef {[number, number][]} Ring */

/** Area (signed, square degrees) and center of a ring.
 * @param {Ring} ring */
function measure(ring) {
  let [area, x, y] = [0, 0, 0];
  for (let i = 0; i + 1 < ring.length; i += 1) {
    const cross = ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
    area += cross;
    x += (ring[i][0] + ring[i + 1][0]) * cross;
    y += (ring[i][1] + ring[i + 1][1]) * cross;
  }
  return { area: Math.abs(area), center: area ? [x / (3 * area), y / (3 * area)] : ring[0] };
}

export class TownsOverlay {
  /** @param {import("./create.js").CountyMap} owner */
  constructor(owner) {
    this.map = owner.map;
    /** @type {GeoJSON.Feature[]} */
    this.names = [];
    owner.join(this);
    if (may("map.see") || may("hotspot.see")) this.#load();
  }

  async #load() {
    // A map without town names is still a map: a failure here is told by whatever else fails.
    const towns = await get("/towns").catch(() => null);
    this.names = (towns?.features ?? []).map((/** @type {any} */ town) => {
      const parts = town.geometry.type === "Polygon" ? [town.geometry.coordinates] : town.geometry.coordinates;
      const largest = parts.map((/** @type {Ring[]} */ rings) => measure(rings[0]))
        .reduce((/** @type {any} */ best, /** @type {any} */ one) => (one.area > best.area ? one : best));
      return { type: "Feature", geometry: { type: "Point", coordinates: largest.center }, properties: { name: town.properties.name } };
    });
    this.add();
  }

  add() {
    setSource(this.map, "town-names", collection(this.names));
  }
}
