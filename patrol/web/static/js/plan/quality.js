// What a plan is like beside its value: rings kept, fair loads, how foreseeable; and what-if questions.
import { get, post } from "../api.js";
import { fill, h, icon } from "../dom.js";
import { clock, count, decimal, distance, duration, finePercent, hoursMinutes, percent } from "../format.js";
import { sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { group } from "./weights.js";

/** @typedef {import("../types").Plan} Plan */
/** @typedef {import("../types").Quality} Quality */

const SHOWN_GAPS = 12;
const POLL_MS = 500;

/** The groups under a plan's routes; none for plans made before these were kept. @param {Plan} plan @returns {Node[]} */
export function qualityGroups(plan) {
  const quality = plan.quality;
  if (!quality?.loads.length) return [];
  return [responseGroup(quality), fairnessGroup(quality), choiceGroup(quality)].filter((one) => one !== null);
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
    gaps.length ? h("ul", { class: "gaps" }, ...gaps) : h("p", { class: "quiet", text: t("quality.no_gaps") }),
    left > 0 ? h("p", { class: "quiet small", text: t("quality.more_gaps", { n: left }) }) : null));
}

/** @param {number} share */
function bar(share) {
  const inner = h("i");
  inner.style.width = `${Math.min(1, share) * 100}%`;
  return h("div", { class: "bar" }, inner);
}

/** @param {Quality} quality */
function fairnessGroup(quality) {
  const said = (/** @type {string} */ what, /** @type {number} */ value) => (what === "distance_m" ? distance(value) : hoursMinutes(value));
  const rows = quality.spreads.filter((one) => one.mean > 0).map((one) => h("tr", {},
    h("td", { text: `${nameOf("mode", one.mode)} · ${t(`quality.${one.what}`)}` }),
    h("td", { text: said(one.what, one.least) }), h("td", { text: said(one.what, one.mean) }), h("td", { text: said(one.what, one.most) }),
    h("td", { text: percent(one.apart_share) })));
  const short = Object.entries(quality.town_shortfalls).map(([town, lack]) => h("p", { class: "form-error" }, icon("circle-alert"),
    h("span", { text: t("quality.town_short", { town, lack: finePercent(lack) }) })));
  if (!rows.length && !short.length) return null;
  const head = ["what", "least", "mean", "most", "apart"].map((name) => h("th", { scope: "col", text: t(`quality.col_${name}`) }));
  return group(t("quality.fairness"), h("div", {}, ...short,
    rows.length ? h("table", { class: "table-units" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows)) : null));
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

/** A question about one change of the units, answered by a job. @param {Plan} plan @param {Map<string, string>} names */
export function whatIfGroup(plan, names) {
  const answer = h("div", { class: "whatif-answer", role: "status", "aria-live": "polite" });
  const what = h("select", { class: "field", id: "whatif-what", "aria-label": t("whatif.title") },
    ...["add:car", "add:ebike", "add:foot"].map((value) => h("option", { value, text: t("whatif.add", { mode: nameOf("mode", value.slice(4)) }) })),
    ...plan.routes.flatMap((route) => [
      ...["foot", "ebike", "car"].filter((mode) => mode !== route.mode).map((mode) =>
        h("option", { value: `mode:${route.unit_id}:${mode}`, text: t("whatif.mode", { unit: names.get(route.unit_id) ?? route.unit_id, mode: nameOf("mode", mode) }) })),
      h("option", { value: `remove:${route.unit_id}`, text: t("whatif.remove", { unit: names.get(route.unit_id) ?? route.unit_id }) }),
    ]));
  const ask = h("button", { class: "btn btn-sm btn-quiet", type: "button", id: "whatif-ask" }, icon("circle-help"), t("whatif.ask"));
  ask.addEventListener("click", async () => {
    ask.disabled = true;
    fill(answer, h("p", { class: "quiet" }, icon("loader-circle", "spin"), " ", t("whatif.working")));
    try {
      fill(answer, ...answerLines(await askWhatIf(plan.id, what.value)));
    } catch (error) {
      fill(answer);
      sayError(error);
    }
    ask.disabled = false;
  });
  return group(t("whatif.title"), h("div", {}, h("div", { class: "foot-row" }, what, ask), answer));
}

/** @param {string} planId @param {string} question @returns {Promise<import("../types").WhatIfAnswer>} */
async function askWhatIf(planId, question) {
  const [kind, one, mode] = question.split(":");
  const body = kind === "add" ? { add: one } : kind === "remove" ? { remove: one } : { unit: one, mode };
  const { job_id: jobId } = await post(`/plans/${encodeURIComponent(planId)}/whatif`, body);
  for (;;) {
    const job = await get(`/jobs/${encodeURIComponent(jobId)}`);
    if (job.state === "done") return job.result;
    if (job.state !== "queued" && job.state !== "running") throw new Error(job.error ?? t("run.failed"));
    await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  }
}

/** @param {import("../types").WhatIfAnswer} answer */
function answerLines(answer) {
  const share = answer.before > 0 ? answer.gain / answer.before : 0;
  const towns = Object.entries(answer.towns).filter(([, change]) => Math.abs(change) >= 0.05).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const sign = (/** @type {number} */ value) => `${value >= 0 ? "+" : ""}${decimal(value)}`;
  return [
    h("p", { class: "num" }, h("b", { text: t("whatif.gain", { gain: sign(answer.gain), share: `${share >= 0 ? "+" : ""}${finePercent(share)}` }) })),
    h("p", { class: "quiet num", text: t("whatif.cover", { before: finePercent(answer.share_before), after: finePercent(answer.share_after), stops: answer.stops_after - answer.stops_before }) }),
    towns.length ? h("p", { class: "quiet num", text: towns.map(([town, change]) => `${town || "–"} ${sign(change)}`).join(" · ") }) : null,
  ].filter((one) => one !== null);
}
