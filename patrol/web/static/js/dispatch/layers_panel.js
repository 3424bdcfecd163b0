// Layers and legend in one: the mark that is switched is the mark that is seen.
import { byId, fill, h, icon } from "../dom.js";
import { lowGpu, setLowGpu, showLayers } from "../map/create.js";
import { modeMark, statusMark } from "../marks.js";
import { recall, remember } from "../memory.js";
import { t } from "../texts.js";

/** @typedef {"units" | "incidents" | "cameras" | "routes" | "hotspots"} LayerName */

/** @type {Record<LayerName, {icon: string, key: string, ids: string[]}>} */
export const LAYERS = {
  units: { icon: "users", key: "1", ids: ["units", "units-name", "units-heading", "units-ring"] },
  incidents: { icon: "triangle-alert", key: "2", ids: ["incidents", "incidents-ring"] },
  cameras: { icon: "cctv", key: "3", ids: ["cameras", "cameras-news", "wedges", "wedges-edge"] },
  routes: { icon: "route", key: "4", ids: ["route-foot", "route-ebike", "route-car", "route-stops", "route-stop-number"] },
  hotspots: { icon: "flame", key: "5", ids: ["hotspots-heat", "hotspots-line", "hotspots-point"] },
};

/** @typedef {Record<LayerName, boolean>} Shown */

export class LayersPanel {
  /** @param {import("maplibre-gl").Map} map @param {(name: LayerName, on: boolean) => void} onSwitch */
  constructor(map, onSwitch) {
    this.map = map;
    this.onSwitch = onSwitch;
    /** @type {Shown} */
    this.shown = { units: true, incidents: true, cameras: true, routes: true, hotspots: false, ...recall("layers", {}) };
    /** @type {Map<LayerName, HTMLInputElement>} */
    this.boxes = new Map();
    fill(byId("layer-list"), ...this.#rows(), this.#lowGpuRow());
    fill(byId("legend"), ...legend());
  }

  #rows() {
    return /** @type {LayerName[]} */ (Object.keys(LAYERS)).map((name) => {
      const box = h("input", { type: "checkbox", onchange: () => this.set(name, box.checked) });
      box.checked = this.shown[name];
      this.boxes.set(name, box);
      return h("label", { class: "layer" }, box, h("span", { class: "swatch" }, icon(LAYERS[name].icon)),
        h("span", { text: t(`layers.${name}`) }), h("kbd", { text: LAYERS[name].key }));
    });
  }

  #lowGpuRow() {
    const box = h("input", {
      type: "checkbox",
      onchange: () => {
        setLowGpu(box.checked);
        location.reload();
      },
    });
    box.checked = lowGpu();
    return h("label", { class: "layer", title: t("layers.low_gpu_help") }, box, h("span", { class: "swatch" }, icon("gauge")),
      h("span", { text: t("layers.low_gpu") }));
  }

  /** @param {LayerName} name @param {boolean} on */
  set(name, on) {
    this.shown[name] = on;
    remember("layers", this.shown);
    const box = this.boxes.get(name);
    if (box) box.checked = on;
    showLayers(this.map, LAYERS[name].ids, on);
    this.onSwitch(name, on);
  }

  /** @param {LayerName} name */
  toggle(name) {
    this.set(name, !this.shown[name]);
  }

  /** After the style was built anew. */
  add() {
    for (const name of /** @type {LayerName[]} */ (Object.keys(LAYERS))) {
      showLayers(this.map, LAYERS[name].ids, this.shown[name]);
    }
  }
}

function legend() {
  const modes = /** @type {const} */ (["foot", "ebike", "car"]);
  return [
    h("div", { class: "legend-row" }, ...modes.map((mode) =>
      h("span", { class: "legend-item" }, modeMark(mode), t(`mode.${mode}`), h("i", { class: "route-key", "data-mode": mode })))),
    h("div", { class: "legend-row" }, ...["patrol", "assigned", "enroute", "onscene", "break", "sos"].map((status) => statusMark(status)),
      statusMark("stale", "fresh"), statusMark("lost", "fresh")),
    h("div", {}, h("div", { class: "heat-ramp" }),
      h("div", { class: "heat-ends" }, h("span", { text: t("layers.heat_low") }), h("span", { text: t("layers.heat_high") }))),
  ];
}
