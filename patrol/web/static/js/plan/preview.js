// The heat map of the weights as they are being set, against the map of the saved ones.
import { post } from "../api.js";
import { byId, fill, h, icon } from "../dom.js";
import { count, finePercent } from "../format.js";
import { middle } from "../map/hotspots.js";
import { sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { group, historyList } from "./weights.js";

/** @typedef {GeoJSON.FeatureCollection & {ms?: number}} HeatMap */
/** @typedef {{id: string, name: string, place: [number, number], before: number | null, after: number | null, delta: number}} Move */

const LIMIT = 2_000;
const WAIT_MS = 70;
const SHOWN_MOVES = 10;
const SHOWN_TOP = 12;

/** Scores as shares of their sum: maps of different weights can only be compared so.
 * @param {HeatMap} map @returns {Map<string, number>} */
function shares(map) {
  const sum = map.features.reduce((total, one) => total + (one.properties?.score ?? 0), 0) || 1;
  return new Map(map.features.map((one) => [String(one.properties?.id), (one.properties?.score ?? 0) / sum]));
}

/** Each place's rank, 1 the highest. @param {HeatMap} map @returns {Map<string, number>} */
const ranks = (map) => new Map(map.features.map((one, index) => [String(one.properties?.id), index + 1]));

/** Places by how much their share changes, the largest gain first.
 * @param {HeatMap} before @param {HeatMap} after @returns {Move[]} */
export function findMoves(before, after) {
  const old = shares(before);
  const now = shares(after);
  const [oldRanks, newRanks] = [ranks(before), ranks(after)];
  /** @type {Map<string, GeoJSON.Feature>} */
  const known = new Map([...before.features, ...after.features].map((one) => [String(one.properties?.id), one]));
  return [...known].map(([id, feature]) => {
    const [was, is] = [old.get(id) ?? 0, now.get(id) ?? 0];
    return { id, name: feature.properties?.name || t("place.unnamed"), place: middle(feature.geometry),
      before: oldRanks.get(id) ?? null, after: newRanks.get(id) ?? null, delta: is - was };
  }).sort((a, b) => b.delta - a.delta);
}

export class Preview {
  /** @param {import("../map/hotspots.js").HotspotsOverlay} overlay @param {(place: [number, number]) => void} showPlace
   * @param {(version: number) => void} bringBack */
  constructor(overlay, showPlace, bringBack) {
    this.bringBack = bringBack;
    this.overlay = overlay;
    this.showPlace = showPlace;
    /** @type {HeatMap | null} */
    this.base = null;
    this.baseAt = "";
    /** @type {HeatMap | null} */
    this.current = null;
    /** @type {"new" | "old"} */
    this.side = "new";
    this.timer = 0;
    /** @type {AbortController | null} */
    this.asked = null;
    /** @type {import("../types").Weights | null} */
    this.saved = null;
  }

  /** The saved weights were read anew. @param {import("../types").Weights | null} saved */
  setSaved(saved) {
    this.saved = saved;
    this.baseAt = "";
  }

  /** Draw the map of a change, soon; the newest request wins.
   * @param {object} change @param {string} at */
  ask(change, at) {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#load(change, at), WAIT_MS);
  }

  /** @param {object} change @param {string} at */
  async #load(change, at) {
    this.asked?.abort();
    this.asked = new AbortController();
    const signal = this.asked.signal;
    const started = performance.now();
    try {
      if (this.baseAt !== at || !this.base) {
        this.base = await post("/hotspots/preview", { hotspots: {}, at, limit: LIMIT }, signal);
        this.baseAt = at;
      }
      const same = Object.keys(change).length === 0;
      this.current = same ? this.base : await post("/hotspots/preview", { hotspots: change, at, limit: LIMIT }, signal);
      this.#draw(same, performance.now() - started);
    } catch (error) {
      if (!signal.aborted) sayError(error);
    }
  }

  /** @param {boolean} same @param {number} tookMs */
  #draw(same, tookMs) {
    if (!this.current || !this.base) return;
    if (same) this.side = "new";
    this.overlay.setData(this.side === "old" ? this.base : this.current);
    const note = byId("map-note");
    note.hidden = false;
    const parts = [h("span", {}, h("b", { text: count(this.current.features.length) }), ` ${t("weights.places")}`)];
    if (this.current.ms !== undefined) parts.push(h("span", { id: "preview-ms", text: t("weights.took", { server: count(this.current.ms), all: count(tookMs) }) }));
    if (!same) parts.push(this.#sides());
    fill(note, ...parts);
    this.#drawMoves(same);
  }

  #sides() {
    const button = (/** @type {"new" | "old"} */ side) => h("button", {
      type: "button", "aria-pressed": String(this.side === side), onclick: () => this.show(side),
    }, t(`weights.side_${side}`));
    return h("span", { class: "tabs tabs-sm", role: "group" }, button("old"), button("new"));
  }

  /** Show the map of the saved or of the new weights. @param {"new" | "old"} side */
  show(side) {
    this.side = side;
    this.#draw(this.current === this.base, 0);
  }

  flip() {
    if (this.current !== this.base) this.show(this.side === "new" ? "old" : "new");
  }

  /** @param {boolean} same */
  #drawMoves(same) {
    const box = byId("result-weights");
    const history = this.saved ? group(t("weights.history"), historyList(this.saved, this.bringBack)) : null;
    if (same || !this.base || !this.current) {
      fill(box, h("div", { class: "result-scroll" }, group(t("weights.top"), this.#topList()), history));
      return;
    }
    const moves = findMoves(this.base, this.current);
    const better = (/** @type {Move} */ one) => (one.after ?? LIMIT + 1) < (one.before ?? LIMIT + 1);
    const worse = (/** @type {Move} */ one) => (one.after ?? LIMIT + 1) > (one.before ?? LIMIT + 1);
    const risen = moves.filter((one) => one.delta > 0 && better(one)).slice(0, SHOWN_MOVES);
    const fallen = moves.filter((one) => one.delta < 0 && worse(one)).reverse().slice(0, SHOWN_MOVES);
    const kept = this.#keptShare();
    fill(box, h("div", { class: "result-scroll" },
      h("p", { class: "group quiet", text: t("weights.kept", { share: finePercent(kept) }) }),
      group(t("weights.rise"), this.#moveList(risen, "arrow-up")),
      group(t("weights.fall"), this.#moveList(fallen, "arrow-down")), history));
  }

  /** How many of the first hundred places stay among them. */
  #keptShare() {
    const top = (/** @type {HeatMap} */ map) => new Set(map.features.slice(0, 100).map((one) => one.properties?.id));
    if (!this.base || !this.current) return 1;
    const [old, now] = [top(this.base), top(this.current)];
    return [...now].filter((id) => old.has(id)).length / Math.max(1, now.size);
  }

  #topList() {
    const map = this.current;
    if (!map?.features.length) return h("p", { class: "quiet", text: t("weights.no_places") });
    const all = shares(map);
    return h("div", { class: "near" }, ...map.features.slice(0, SHOWN_TOP).map((one, index) => {
      const p = one.properties ?? {};
      return h("button", { class: "row-item", type: "button", onclick: () => this.showPlace(middle(one.geometry)) },
        h("span", { class: "quiet num", text: String(index + 1) }),
        h("span", { class: "grow" }, h("span", { class: "row-title clip d-block", text: p.name || t("place.unnamed") }),
          h("span", { class: "row-sub clip d-block", text: reasonText(p.contributions ?? []) })),
        h("span", { class: "num", text: finePercent(all.get(String(p.id)) ?? 0) }));
    }));
  }

  /** @param {Move[]} moves @param {string} arrow */
  #moveList(moves, arrow) {
    if (!moves.length) return h("p", { class: "quiet", text: t("weights.no_move") });
    return h("div", { class: "near" }, ...moves.map((move) => h("button", {
      class: "row-item", type: "button", onclick: () => this.showPlace(move.place),
    }, icon(arrow), h("span", { class: "row-title grow clip", text: move.name }),
    h("span", { class: "num quiet", text: rankText(move.before) }), h("span", { class: "quiet", text: "→" }),
    h("b", { class: "num", text: rankText(move.after) }))));
  }
}

/** @param {number | null} rank */
const rankText = (rank) => (rank === null ? t("weights.beyond", { n: LIMIT }) : t("weights.rank", { n: rank }));

/** Why a place scores: its three largest parts.
 * @param {{layer: string, kind: string, share: number}[]} parts */
export function reasonText(parts) {
  return [...parts].sort((a, b) => b.share - a.share).slice(0, 3).map((part) => {
    const name = part.layer === "incidents" ? nameOf("kind", part.kind) : nameOf("layer", part.layer);
    return `${name} ${finePercent(part.share)}`;
  }).join(" · ");
}
