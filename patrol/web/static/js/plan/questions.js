// Questions about a plan that a job answers: one change of the units, and other bases for them.
import { get, post } from "../api.js";
import { fill, h, icon, setText } from "../dom.js";
import { count, decimal, finePercent, percent } from "../format.js";
import { sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { group } from "./weights.js";

/** @typedef {import("../types").Plan} Plan */

const POLL_MS = 500;

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
  ask.addEventListener("click", () => work(ask, answer, async (told) => {
    const [kind, one, mode] = what.value.split(":");
    const body = kind === "add" ? { add: one } : kind === "remove" ? { remove: one } : { unit: one, mode };
    return answerLines(plan, await askJob(`/plans/${encodeURIComponent(plan.id)}/whatif`, body, told));
  }));
  return group(t("whatif.title"), h("div", {}, h("div", { class: "foot-row" }, what, ask), answer));
}

/** Which unit should start from which base in this plan's shift. @param {Plan} plan @param {Map<string, string>} names */
export function basesGroup(plan, names) {
  const answer = h("div", { class: "whatif-answer", role: "status", "aria-live": "polite" });
  const ask = h("button", { class: "btn btn-sm btn-quiet", type: "button", id: "bases-ask" }, icon("house"), t("bases.ask"));
  ask.addEventListener("click", () => work(ask, answer, async (told) =>
    baseLines(names, await askJob(`/plans/${encodeURIComponent(plan.id)}/bases`, {}, told))));
  return group(t("bases.title"), h("div", {}, h("p", { class: "quiet small", text: t("bases.about") }), ask, answer));
}

/** Show how far a question has got, then its answer in the same place.
 * @param {HTMLButtonElement} ask @param {HTMLElement} answer @param {(told: (text: string) => void) => Promise<Node[]>} run */
async function work(ask, answer, run) {
  ask.disabled = true;
  const state = h("span", { text: t("run.queued") });
  fill(answer, h("p", { class: "quiet" }, icon("loader-circle", "spin"), " ", state));
  try {
    fill(answer, ...await run((text) => setText(state, text)));
  } catch (error) {
    fill(answer);
    sayError(error);
  }
  ask.disabled = false;
}

/** @param {string} path @param {Record<string, unknown>} body @param {(text: string) => void} told @returns {Promise<any>} */
async function askJob(path, body, told) {
  const { job_id: jobId } = await post(path, body);
  for (;;) {
    const job = await get(`/jobs/${encodeURIComponent(jobId)}`);
    if (job.state === "done") return job.result;
    // A plan that is being made goes first; that it waits is not that it works.
    told(job.state === "queued" ? t("run.queued") : t("whatif.working", { share: percent(job.progress?.share ?? 0) }));
    if (job.state !== "queued" && job.state !== "running") throw new Error(job.error ?? t("run.failed"));
    await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  }
}

/** @param {number} value */
const signed = (value) => `${value >= 0 ? "+" : ""}${decimal(value)}`;

/** @param {Map<string, string>} names @param {import("../types").BasesAnswer} answer */
function baseLines(names, answer) {
  const baseName = new Map(answer.needs.map((need) => [need.base_id, need.name]));
  const head = ["base", "weight", "has", "wanted"].map((name) => h("th", { scope: "col", text: t(`bases.col_${name}`) }));
  const rows = answer.needs.map((need) => h("tr", {}, h("td", { text: need.name }), h("td", { text: percent(need.weight_share) }),
    h("td", { text: count(need.has) }), h("td", { text: count(need.wanted) })));
  const minutes = (/** @type {number | null} */ seconds) => (seconds === null ? "–" : decimal(seconds / 60));
  const moves = answer.moves.map((move) => h("li", {}, h("span", { class: "grow" }, h("b", { text: names.get(move.unit_id) ?? move.name }),
    ` ${baseName.get(move.base_id) ?? move.base_id} → ${baseName.get(move.to_base_id) ?? move.to_base_id}`),
  h("span", { class: "num", text: t("bases.way", { before: minutes(move.way_before_s), after: minutes(move.way_after_s) }) })));
  const share = answer.before > 0 ? answer.gain / answer.before : 0;
  return [
    h("table", { class: "table-units table-loads" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows)),
    moves.length ? h("ul", { class: "gaps" }, ...moves) : h("p", { class: "quiet", text: t("bases.stay") }),
    ...(moves.length ? [h("p", { class: "num" }, h("b", { text: t("whatif.gain", { gain: signed(answer.gain), share: `${share >= 0 ? "+" : ""}${finePercent(share)}` }) })),
      h("p", { class: "quiet small", text: t(answer.gain > 0 ? "bases.worth" : "bases.not_worth") })] : []),
  ];
}

/** @param {Plan} plan @param {import("../types").WhatIfAnswer} answer */
function answerLines(plan, answer) {
  const share = answer.before > 0 ? answer.gain / answer.before : 0;
  const towns = Object.entries(answer.towns).filter(([, change]) => Math.abs(change) >= 0.05).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  return [
    h("p", { class: "num" }, h("b", { text: t("whatif.gain", { gain: signed(answer.gain), share: `${share >= 0 ? "+" : ""}${finePercent(share)}` }) })),
    h("p", { class: "quiet num", text: t("whatif.cover", { before: finePercent(answer.share_before), after: finePercent(answer.share_after), stops: `${answer.stops_after < answer.stops_before ? "−" : "+"}${Math.abs(answer.stops_after - answer.stops_before)}` }) }),
    towns.length ? h("p", { class: "quiet num", text: towns.map(([town, change]) => `${plan.towns?.[town] ?? "–"} ${signed(change)}`).join(" · ") }) : null,
    h("p", { class: "quiet small", text: t("whatif.about") }),
  ].filter((one) => one !== null);
}
