// Two maps of one place: the saved weights on the left, the new ones on the right, moving together.
// Side by side each has its half; swiped, one lies over the other and a handle says where it ends.
import { byId, h } from "../dom.js";
import { CountyMap } from "../map/create.js";
import { HeatOverlay } from "../map/heat.js";
import { t } from "../texts.js";

/** @typedef {"off" | "side" | "swipe"} Compare */

const STEP = 0.05;

export class ComparePair {
  /** @param {CountyMap} main  The map of the new weights. */
  constructor(main) {
    this.main = main;
    this.frame = byId("map-frame");
    /** @type {Compare} */
    this.mode = "off";
    this.at = 0.5;
    /** @type {CountyMap | null} */
    this.other = null;
    /** @type {HeatOverlay | null} */
    this.heat = null;
    this.pane = h("div", { class: "map-canvas map-other", id: "map-other", hidden: true });
    this.handle = h("div", { class: "swipe", role: "slider", tabindex: "0", hidden: true, "aria-label": t("compare.handle"),
      "aria-valuemin": 0, "aria-valuemax": 100, "aria-orientation": "horizontal" }, h("i", {}));
    this.labels = h("div", { class: "map-sides", hidden: true }, h("span", { text: t("weights.side_old") }), h("span", { text: t("weights.side_new") }));
    byId("map").after(this.pane, this.handle, this.labels);
    this.#wireHandle();
    new ResizeObserver(() => this.#place()).observe(this.frame);
  }

  /** @param {Compare} mode @param {import("./scores.js").Streets | null} streets */
  set(mode, streets) {
    this.mode = mode;
    this.frame.dataset.compare = mode;
    if (mode !== "off") this.#open(streets);
    for (const part of [this.pane, this.labels]) part.hidden = mode === "off";
    this.handle.hidden = mode !== "swipe";
    this.#place();
  }

  /** @param {import("./scores.js").Streets | null} streets */
  #open(streets) {
    if (this.other || !streets) return;
    this.pane.hidden = false;
    this.other = new CountyMap(this.pane, { compact: true });
    this.heat = new HeatOverlay(this.other);
    this.heat.setStreets(streets);
    const [main, other] = [this.main.map, this.other.map];
    // Each move of the one moves the other; the flag keeps them from chasing each other.
    let following = false;
    const follow = (/** @type {typeof main} */ from, /** @type {typeof main} */ to) => from.on("move", () => {
      if (following || this.mode === "off") return;
      following = true;
      to.jumpTo({ center: from.getCenter(), zoom: from.getZoom() });
      following = false;
    });
    follow(main, other);
    follow(other, main);
  }

  #place() {
    const side = this.mode === "side";
    const share = side ? 0.5 : this.at;
    this.frame.style.setProperty("--split", `${share * 100}%`);
    this.handle.setAttribute("aria-valuenow", String(Math.round(this.at * 100)));
    requestAnimationFrame(() => {
      this.main.map.resize();
      if (!this.other || this.mode === "off") return;
      this.other.map.resize();
      this.other.map.jumpTo({ center: this.main.map.getCenter(), zoom: this.main.map.getZoom() });
    });
  }

  /** @param {number} share */
  #move(share) {
    this.at = Math.min(1, Math.max(0, share));
    this.frame.style.setProperty("--split", `${this.at * 100}%`);
    this.handle.setAttribute("aria-valuenow", String(Math.round(this.at * 100)));
  }

  #wireHandle() {
    this.handle.addEventListener("pointerdown", (event) => {
      this.handle.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    this.handle.addEventListener("pointermove", (event) => {
      if (!this.handle.hasPointerCapture(event.pointerId)) return;
      const box = this.frame.getBoundingClientRect();
      this.#move((event.clientX - box.left) / box.width);
    });
    this.handle.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -STEP, ArrowRight: STEP, Home: -1, End: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.#move(this.at + by);
    });
  }
}
