// What a plan is like beside its value: rings kept, fair loads, how foreseeable.
import { h, icon } from "../dom.js";
import { clock, count, decimal, distance, duration, finePercent, hoursMinutes, percent } from "../format.js";
import { nameOf, t } from "../texts.js";
import { group } from "./weights.js";

/** @typedef {import("../types").Plan} Plan */
/** @typedef {import("../types").Quality} Quality */

const SHOWN_GAPS = 12;

/** The groups under a plan's routes; none for plans made before these were kept. @param {Plan} plan @returns {Node[]} */
export function qualityGroups(plan) {
  const quality = plan.quality;
  if (!quality?.loads.length) return [];
  return [responseGroup(quality), fairnessGroup(plan, quality), choiceGroup(quality)].filter((one) => one !== null);
}

/** @param {Quality} quality */
function responseGroup(quality) {
  const note = quality.response;
  if (!note) return null;
  const rings = note.by_class.map((share, index) => h("div", { class: "share" },
    h("span", { text: t("quality.ring", { n: note.rings_min[index] }) }), bar(share ?? 0),
    h("span", { class: "num", text: share === null ? "–" : percent(share) })));
  const gaps = note.gaps.slice(0, SHOWN_GAPS).map((gap) => h("li", {}, h("span", { class: "grow clip", text: gap.name || t("place.unnamed"), title: gap.name }),
    h("span", { class: "num quiet", text: `${clock(gap.begin)}–${clock(gap.end)}` }),
    h("span", { class: "num", text: gap.best_s === null ? t("quality.nobody") : `${duration(gap.best_s)} / ${duration(gap.limit_s)}` })));
  const left = note.gaps_total - gaps.length;
  return group(t("quality.response", { share: percent(note.kept_share) }), h("div", {}, h("div", { class: "shares" }, ...rings),
    gaps.length ? h("p", { class: "quiet small", text: t("quality.missed", { missed: decimal(note.missed) }) }) : null,
    gaps.length ? h("ul", { class: "gaps" }, ...gaps) : h("p", { class: "quiet", text: t("quality.no_gaps") }),
    left > 0 ? h("p", { class: "quiet small", text: t("quality.more_gaps", { n: left }) }) : null));
}

/** @param {number} share */
function bar(share) {
  const inner = h("i");
  inner.style.width = `${Math.min(1, share) * 100}%`;
  return h("div", { class: "bar" }, inner);
}

/** @param {Plan} plan @param {Quality} quality */
function fairnessGroup(plan, quality) {
  const said = (/** @type {string} */ what, /** @type {number} */ value) => (what === "distance_m" ? distance(value) : hoursMinutes(value));
  const rows = quality.spreads.filter((one) => one.mean > 0).map((one) => h("tr", {},
    h("td", { text: `${nameOf("mode", one.mode)} · ${t(`quality.${one.what}`)}` }),
    h("td", { text: said(one.what, one.least) }), h("td", { text: said(one.what, one.mean) }), h("td", { text: said(one.what, one.most) }),
    h("td", { text: percent(one.apart_share) })));
  const short = Object.entries(quality.town_shortfalls).map(([town, lack]) => h("p", { class: "form-error" }, icon("circle-alert"),
    h("span", { text: t("quality.town_short", { town: plan.towns?.[town] ?? town, lack: finePercent(lack) }) })));
  if (!rows.length && !short.length) return null;
  const head = ["what", "least", "mean", "most", "apart"].map((name) => h("th", { scope: "col", text: t(`quality.col_${name}`) }));
  return group(t("quality.fairness"), h("div", {}, ...short,
    rows.length ? h("table", { class: "table-units table-loads" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows)) : null,
    rows.length ? h("p", { class: "quiet small", text: t("quality.apart_about") }) : null));
}

/** @param {Quality} quality */
function choiceGroup(quality) {
  const note = quality.choice;
  if (!note) return null;
  const lines = [t("quality.tried", { tried: note.tried, near: note.near, cost: finePercent(note.cost_share) }),
    note.days ? t("quality.observer", { days: note.days, hit: percent(note.hit_rate), chance: percent(note.chance), lift: decimal(note.lift) }) : t("quality.no_history"),
    t("quality.explored", { n: count(quality.explored) })];
  return group(t("quality.choice"), h("div", {}, ...lines.map((text) => h("p", { class: "quiet", text }))));
}
