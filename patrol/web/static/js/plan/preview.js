// The map of the weights as they are being set, against the map of the saved ones.
import { byId, fill, h, icon } from "../dom.js";
import { count, fine } from "../format.js";
import { HeatOverlay } from "../map/heat.js";
import { sayError } from "../shell.js";
import { t } from "../texts.js";
import { ComparePair } from "./compare.js";
import { askScores, changesOf, findMoves, levelsOf, Streets, topTimes } from "./scores.js";

/** @typedef {import("./scores.js").HeatMap} HeatMap */
/** @typedef {"new" | "old" | "difference" | "side" | "swipe"} View */
/** @typedef {{streets: Streets, base: HeatMap, current: HeatMap, same: boolean, moves: import("./scores.js").Move[], chosen: number | null}} Shown */

const WAIT_MS = 30;
/** @type {View[]} */
const VIEWS = ["new", "old", "difference", "side", "swipe"];
const VIEW_ICONS = { new: "flame", old: "history", difference: "git-compare", side: "columns-2", swipe: "move-horizontal" };

export class Preview {
  /** @param {import("../map/create.js").CountyMap} owner @param {import("./draft.js").Draft} draft
   * @param {(shown: Shown | null, error: unknown) => void} onShown */
  constructor(owner, draft, onShown) {
    this.draft = draft;
    this.onShown = onShown;
    this.heat = new HeatOverlay(owner);
    this.pair = new ComparePair(owner);
    this.at = new Date().toISOString();
    /** @type {Streets | null} */
    this.streets = null;
    /** @type {{key: string, map: HeatMap} | null} */
    this.base = null;
    /** @type {Shown | null} */
    this.shown = null;
    /** @type {View} */
    this.view = "new";
    /** @type {number | null} */
    this.chosen = null;
    /** Whether a click on the map chooses a street. */
    this.clickable = true;
    this.timer = 0;
    this.changedMs = 0;
    this.tookMs = 0;
    /** @type {AbortController | null} */
    this.asked = null;
    owner.map.on("click", (event) => { if (this.clickable) this.choose(this.heat.streetAt(event.point)); });
    draft.onChange(() => this.ask());
  }

  /** @param {string} at */
  setHour(at) {
    this.at = at;
    this.ask();
  }

  /** Something that the saved map depends on has changed as well. */
  refresh() {
    this.base = null;
    this.ask();
  }

  /** Draw the map anew, soon; the newest wish wins. */
  ask() {
    if (!this.draft.saved) return;
    this.changedMs = performance.now();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#load(), WAIT_MS);
  }

  async #load() {
    this.asked?.abort();
    this.asked = new AbortController();
    const signal = this.asked.signal;
    const began = this.changedMs;
    const saved = this.draft.saved;
    try {
      this.streets ??= await this.#loadStreets();
      const explain = this.chosen === null ? [] : [this.streets.ids[this.chosen]];
      const key = `${saved?.version} ${saved?.digest} ${this.at}`;
      if (this.base?.key !== key || (explain.length && !(String(this.chosen) in this.base.map.reasons))) {
        this.base = { key, map: await this.#scores({}, explain, signal) };
      }
      const same = this.draft.size === 0;
      const current = same ? this.base.map : await this.#scores(this.draft.partial(), explain, signal);
      this.shown = { streets: this.streets, base: this.base.map, current, same, moves: findMoves(this.base.map, current), chosen: this.chosen };
      this.#draw();
      this.tookMs = performance.now() - began;
      this.#drawNote();
      this.onShown(this.shown, null);
    } catch (error) {
      if (signal.aborted) return;
      if (!this.shown) this.onShown(null, error);
      else sayError(error);
    }
  }

  async #loadStreets() {
    const streets = await Streets.load();
    this.heat.setStreets(streets);
    this.pair.heat?.setStreets(streets);
    return streets;
  }

  /** @param {object} change @param {string[]} explain @param {AbortSignal} signal */
  async #scores(change, explain, signal) {
    const answer = await askScores(change, this.at, explain, signal);
    if (answer.streets === this.streets?.tag) return answer.map;
    // Streets were imported meanwhile; the lines that are drawn are not those that were scored.
    this.streets = await this.#loadStreets();
    return answer.map;
  }

  #draw() {
    if (!this.shown) return;
    const { base, current, moves, same } = this.shown;
    if (same && this.view !== "new") this.#useView("new");
    const top = Math.max(topTimes(base), topTimes(current));
    const changes = changesOf(moves);
    this.heat.setScores(levelsOf(this.view === "old" ? base : current, top), changes);
    this.pair.heat?.setScores(levelsOf(base, top), changes);
    drawLegend(this.view, top);
  }

  #drawNote() {
    if (!this.shown) return;
    const note = byId("map-note");
    note.hidden = false;
    const button = (/** @type {View} */ view) => h("button", {
      type: "button", "data-view": view, "aria-pressed": String(this.view === view), title: t(`compare.${view}_help`), onclick: () => this.show(view),
    }, icon(VIEW_ICONS[view]), h("span", { text: t(`compare.${view}`) }));
    fill(note, this.shown.same ? h("span", { class: "quiet", text: t("compare.none") })
      : h("span", { class: "tabs tabs-sm", role: "group", "aria-label": t("compare.title") }, ...VIEWS.map(button)),
    h("span", { id: "preview-ms", class: "quiet nowrap", text: t("weights.took", { server: count(this.shown.current.ms), all: count(this.tookMs) }) }));
  }

  /** @param {View} view */
  show(view) {
    if (!this.shown || (this.shown.same && view !== "new")) return;
    this.#useView(view);
    this.#draw();
    this.#drawNote();
  }

  /** @param {View} view */
  #useView(view) {
    this.view = view;
    this.pair.set(view === "side" || view === "swipe" ? view : "off", this.streets);
    this.heat.setLook(view === "difference" ? "difference" : "heat");
  }

  /** The old map instead of the new one, and back. */
  flip() {
    this.show(this.view === "old" ? "new" : "old");
  }

  /** The next way of comparing. */
  next() {
    this.show(VIEWS[(VIEWS.indexOf(this.view) + 1) % VIEWS.length]);
  }

  /** Show why a street scores; none: nothing is chosen. @param {number | null} index */
  choose(index) {
    this.chosen = index;
    this.heat.choose(index);
    this.pair.heat?.choose(index);
    this.ask();
  }

  /** @param {boolean} visible */
  setVisible(visible) {
    this.heat.show(visible);
    if (!visible) this.pair.set("off", this.streets);
    else if (this.shown) this.show(this.view);
  }
}

/** What the colors mean, in multiples of an average street. @param {View} view @param {number} top */
function drawLegend(view, top) {
  const difference = view === "difference";
  const box = byId("heat-legend");
  box.dataset.look = difference ? "difference" : "heat";
  const ends = difference
    ? [h("span", {}, icon("arrow-down"), t("legend.falls")), h("span", { text: t("legend.same") }), h("span", {}, icon("arrow-up"), t("legend.rises"))]
    // Levels are square roots: the middle of the ramp is a quarter of its end.
    : [0, 0.25, 0.5, 0.75, 1].map((part) => h("span", { text: part === 0 ? "0" : `${part === 1 ? "≥ " : ""}${fine(niceTimes(top * part * part))}×` }));
  fill(box, h("div", { class: "legend-name", text: t(difference ? "legend.difference" : "legend.heat") }),
    h("div", { class: "heat-ramp", "data-look": difference ? "difference" : "heat" }), h("div", { class: "heat-ends" }, ...ends));
}

/** @param {number} value */
const niceTimes = (value) => (value >= 10 ? Math.round(value) : Math.round(value * 10) / 10);
