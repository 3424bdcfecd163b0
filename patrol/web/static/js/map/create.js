// One map with our base style; layers of a subject join it and are put back after a theme switch.
import { AttributionControl, Map as BaseMap, NavigationControl, ScaleControl } from "maplibre-gl";
import { county } from "../boot.js";
import { recall, remember } from "../memory.js";
import { isDark, onTheme } from "../theme.js";
import { baseStyle } from "./style.js";
import { addSymbols } from "./symbols.js";

/** A subject on the map: adds its sources and layers to a fresh style.
 * @typedef {{add: (dark: boolean) => void}} Overlay */

export const lowGpu = () => recall("lowGpu", false);
/** @param {boolean} on */
export const setLowGpu = (on) => remember("lowGpu", on);

const WORLD = /** @type {[number, number, number, number]} */ ([-180, -60, 180, 75]);

export class CountyMap {
  /** @param {HTMLElement} container @param {{compact?: boolean}} [options] */
  constructor(container, options = {}) {
    this.map = new BaseMap({
      container,
      style: baseStyle(isDark()),
      bounds: county.bbox ?? WORLD,
      fitBoundsOptions: { padding: 24 },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      minZoom: 8,
      maxZoom: 19,
      fadeDuration: lowGpu() ? 0 : 150,
      // Pictures in tests and screenshots read the canvas after the frame is shown.
      canvasContextAttributes: { preserveDrawingBuffer: true, antialias: !lowGpu() },
      pixelRatio: lowGpu() ? 1 : undefined,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    if (!options.compact) {
      this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
      this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-right");
    }
    this.map.addControl(new AttributionControl({ compact: false }), "bottom-right");
    /** @type {Overlay[]} */
    this.overlays = [];
    this.ready = this.map.once("load").then(() => this.#dress());
    onTheme((dark) => this.#redress(dark));
  }

  /** Show the whole county. */
  fitCounty() {
    this.map.fitBounds(county.bbox ?? WORLD, { padding: 24, duration: 400 });
  }

  /** @param {Overlay} overlay */
  async join(overlay) {
    this.overlays.push(overlay);
    await this.ready;
    // An overlay that joined before the first dressing was added by it.
    if (!this.dressed?.has(overlay)) {
      overlay.add(isDark());
      this.dressed?.add(overlay);
    }
  }

  async #dress() {
    const dark = isDark();
    await addSymbols(this.map, dark);
    this.dressed = new Set(this.overlays);
    for (const overlay of this.overlays) overlay.add(dark);
  }

  /** @param {boolean} dark */
  async #redress(dark) {
    await this.ready;
    this.map.setStyle(baseStyle(dark), { diff: false });
    await this.map.once("style.load");
    await this.#dress();
  }
}

/** @param {GeoJSON.Feature[]} features @returns {GeoJSON.FeatureCollection} */
export const collection = (features) => ({ type: "FeatureCollection", features });

/** Set a source's data, if the style that holds it is there.
 * @param {import("maplibre-gl").Map} map @param {string} name @param {GeoJSON.FeatureCollection} data */
export function setSource(map, name, data) {
  const source = map.getSource(name);
  if (source && "setData" in source) {
    /** @type {import("maplibre-gl").GeoJSONSource} */ (source).setData(data);
  }
}

/** Show or hide layers.
 * @param {import("maplibre-gl").Map} map @param {string[]} ids @param {boolean} visible */
export function showLayers(map, ids, visible) {
  for (const id of ids) {
    if (map.getLayer(id)) map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
  }
}
