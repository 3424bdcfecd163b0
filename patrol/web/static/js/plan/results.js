// What the new weights do, in words and figures: the chosen place, what rises and falls, towns.
import { byId, fill, h, icon } from "../dom.js";
import { fine, finePercent } from "../format.js";
import { sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { keptShare, timesAverage, topOf, townShares } from "./scores.js";
import { group } from "./weights.js";

/** @typedef {import("./preview.js").Shown} Shown */
/** @typedef {import("./scores.js").Part} Part */

const SHOWN_MOVES = 12;
const SHOWN_TOP = 12;
const FIRST = 100;

export class ResultsPanel {
  /** @param {(index: number) => void} flyTo @param {(index: number | null) => void} choose @param {() => void} again */
  constructor(flyTo, choose, again) {
    this.flyTo = flyTo;
    this.choose = choose;
    this.again = again;
    this.box = byId("result-map");
  }

  /** @param {Shown | null} shown @param {unknown} error */
  draw(shown, error) {
    if (!shown) {
      const text = error instanceof Error ? error.message : String(error);
      fill(this.box, h("div", { class: "group" }, h("p", { class: "form-error" }, icon("circle-alert"), h("span", { class: "grow", text }),
        h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => this.again() }, t("action.retry")))));
      if (error) sayError(error);
      return;
    }
    fill(this.box, this.#placeCard(shown), ...(shown.same ? [this.#top(shown), this.#towns(shown)]
      : [this.#summary(shown), this.#towns(shown), this.#moves(shown, true), this.#moves(shown, false)]));
  }

  /** @param {Shown} shown */
  #summary(shown) {
    const changed = shown.moves.filter((one) => one.before !== one.after && one.before > 0 && one.before <= FIRST).length;
    return h("dl", { class: "figures group" },
      figure(t("weights.kept_first", { n: FIRST }), finePercent(keptShare(shown.base, shown.current, FIRST))),
      figure(t("weights.moved_first", { n: FIRST }), String(changed)),
      figure(t("weights.hotspots_n"), fine(shown.current.ranks.reduce((most, one) => Math.max(most, one), 0))));
  }

  /** @param {Shown} shown */
  #placeCard(shown) {
    const index = shown.chosen;
    if (index === null) return null;
    const { streets, base, current, same } = shown;
    const parts = current.reasons[String(index)] ?? [];
    const before = base.reasons[String(index)] ?? [];
    const rank = same ? rankText(current.ranks[index]) : `${rankText(base.ranks[index])} → ${rankText(current.ranks[index])}`;
    const times = same ? `${fine(timesAverage(current, index))}×` : `${fine(timesAverage(base, index))}× → ${fine(timesAverage(current, index))}×`;
    return h("section", { class: "group place-card", id: "place-card" },
      h("div", { class: "place-head" }, h("h2", { class: "grow clip", text: streets.name(index) }),
        h("button", { class: "btn-bare", type: "button", "aria-label": t("action.close"), onclick: () => this.choose(null) }, icon("x"))),
      h("p", { class: "quiet", text: [streets.townName(index), t("measure.m", { n: Math.round(streets.lengthM[index]) })].filter(Boolean).join(" · ") }),
      h("dl", { class: "facts" }, fact(t("weights.rank_name"), rank), fact(t("weights.times_average"), times)),
      parts.length ? partList(parts, same ? [] : before) : h("p", { class: "quiet", text: t("weights.no_score") }));
  }

  /** @param {Shown} shown */
  #top(shown) {
    const first = topOf(shown.current, SHOWN_TOP);
    if (!first.length) return h("p", { class: "empty" }, icon("flame"), h("span", { text: t("weights.no_places") }));
    return group(t("weights.top"), h("div", { class: "near" }, ...first.map((index, place) => h("button", {
      class: "row-item", type: "button", onclick: () => this.#show(index),
    }, h("span", { class: "quiet num place-n", text: String(place + 1) }),
    h("span", { class: "grow" }, h("span", { class: "row-title clip d-block", text: shown.streets.name(index) }),
      h("span", { class: "row-sub clip d-block", text: reasonText(shown.current.reasons[String(index)] ?? []) })),
    h("span", { class: "num", text: `${fine(timesAverage(shown.current, index))}×` })))));
  }

  /** @param {Shown} shown @param {boolean} up */
  #moves(shown, up) {
    const better = (/** @type {import("./scores.js").Move} */ one) => (up ? one.delta > 0 : one.delta < 0);
    const found = (up ? shown.moves : [...shown.moves].reverse()).filter(better).slice(0, SHOWN_MOVES);
    const title = t(up ? "weights.rise" : "weights.fall");
    if (!found.length) return group(title, h("p", { class: "quiet", text: t("weights.no_move") }));
    return group(title, h("div", { class: "near moves", "data-way": up ? "up" : "down" }, ...found.map((move) => h("button", {
      class: "row-item", type: "button", onclick: () => this.#show(move.index),
    }, icon(up ? "arrow-up" : "arrow-down"),
    h("span", { class: "grow" }, h("span", { class: "row-title clip d-block", text: shown.streets.name(move.index) }),
      h("span", { class: "row-sub clip d-block", text: shown.streets.townName(move.index) })),
    h("span", { class: "num move-ranks" }, h("span", { class: "quiet", text: rankText(move.before) }), " → ", h("b", { text: rankText(move.after) })),
    h("span", { class: "num move-delta", title: t("weights.part_change"), text: `${move.delta > 0 ? "+" : "−"}${fine(Math.abs(move.delta) * 100)}` })))));
  }

  /** @param {Shown} shown */
  #towns(shown) {
    const shares = townShares(shown.streets, shown.base, shown.current);
    if (shares.length < 2) return null;
    const most = shares.reduce((top, one) => Math.max(top, one.before, one.after), 0) || 1;
    return group(t("weights.towns"), h("div", { class: "town-shares" }, ...shares.map((one) => {
      const [now, was] = [h("i", { class: "now" }), h("i", { class: "was" })];
      now.style.width = `${(one.after / most) * 100}%`;
      was.style.left = `${(one.before / most) * 100}%`;
      const delta = (one.after - one.before) * 100;
      const changed = Math.abs(delta) >= 0.05;
      return h("div", { class: "town-share" }, h("span", { class: "clip", text: one.name }),
        h("div", { class: "town-bar" }, now, shown.same ? null : was),
        h("span", { class: "num", text: finePercent(one.after) }),
        shown.same ? null : h("span", { class: "num delta", text: changed ? `${delta > 0 ? "▲" : "▼"} ${fine(Math.abs(delta))}` : "=" }));
    })), shown.same ? null : h("p", { class: "quiet small", text: t("weights.towns_help") }));
  }

  /** @param {number} index */
  #show(index) {
    this.flyTo(index);
    this.choose(index);
  }
}

/** @param {number} rank */
const rankText = (rank) => (rank === 0 ? t("weights.rank_none") : t("weights.rank", { n: rank }));
/** @param {string} name @param {string} value */
const figure = (name, value) => h("div", {}, h("dt", { text: name }), h("dd", { text: value }));
/** @param {string} name @param {string} value */
const fact = (name, value) => h("div", {}, h("dt", { text: name }), h("dd", { text: value }));

/** @param {Part} part */
const partName = (part) => (part.layer === "incidents" ? nameOf("kind", part.kind) : nameOf("layer", part.layer));

/** What a score is made of, each part with its bar and what it was before.
 * @param {Part[]} parts @param {Part[]} before */
function partList(parts, before) {
  const old = new Map(before.map((one) => [`${one.layer}:${one.kind}`, one.share]));
  return h("div", { class: "town-shares parts" }, ...parts.slice(0, 8).map((part) => {
    const now = h("i", { class: "now" });
    now.style.width = `${part.share * 100}%`;
    const was = h("i", { class: "was" });
    was.style.left = `${(old.get(`${part.layer}:${part.kind}`) ?? 0) * 100}%`;
    return h("div", { class: "town-share" }, h("span", { class: "clip", text: partName(part) }),
      h("div", { class: "town-bar" }, now, before.length ? was : null), h("span", { class: "num", text: finePercent(part.share) }));
  }));
}

/** Why a place scores: its three largest parts. @param {Part[]} parts */
export function reasonText(parts) {
  return [...parts].sort((a, b) => b.share - a.share).slice(0, 3).map((part) => `${partName(part)} ${finePercent(part.share)}`).join(" · ");
}
