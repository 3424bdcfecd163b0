// Trying the drafted weights in the background: on past weeks, and on the next shift's plan.
import { get, post, remove } from "../api.js";
import { county } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { count, countyDay, dayClock, distance, fine, finePercent, hoursMinutes, percent } from "../format.js";
import { recall, remember } from "../memory.js";
import { sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { changeList } from "./change_list.js";
import { leaves } from "./draft.js";
import { group } from "./weights.js";

/** @typedef {"backtest" | "plan"} Kind */
/** @typedef {{at?: string, version?: number, actor: string, from: string, to: string, weeks: number, incidents: number, changes: any,
 *   saved: Record<string, number>, draft: Record<string, number>,
 *   difference: Record<string, {hit_rate: number, ci95: [number, number], verdict: string}>}} BacktestResult */

const POLL_MS = 400;
const SHARES = ["0.01", "0.05", "0.1"];
const VERDICTS = { better: "good", worse: "bad" };

export class TrialPanel {
  /** @param {import("./draft.js").Draft} draft */
  constructor(draft) {
    this.draft = draft;
    this.box = byId("result-trial");
    this.start = h("div", {});
    this.boxes = { backtest: h("div", { role: "status" }), plan: h("div", { role: "status" }) };
    this.kept = h("div", {});
    /** @type {Map<string, string>} */
    this.townNames = new Map();
    fill(this.box, this.#backtestPart(), this.#planPart(), this.kept);
    draft.onChange(() => this.#allow());
    this.#allow();
    this.#loadKept();
    for (const kind of /** @type {Kind[]} */ (["backtest", "plan"])) {
      const job = recall(`trial.${kind}`, /** @type {string | null} */ (null));
      // One that was under way when the page was left is picked up again.
      if (job) this.#follow(kind, job, true);
    }
  }

  /** Without a change there is nothing to try. */
  #allow() {
    for (const button of this.box.querySelectorAll("[data-trial]")) {
      if (button instanceof HTMLButtonElement) button.disabled = this.draft.size === 0 || button.dataset.busy === "yes";
    }
    for (const hint of this.box.querySelectorAll(".trial-hint")) /** @type {HTMLElement} */ (hint).hidden = this.draft.size > 0;
  }

  /** @param {Kind} kind @param {string} mark */
  #button(kind, mark) {
    return h("button", { class: "btn btn-quiet", type: "button", "data-trial": kind, id: `trial-${kind}`, onclick: () => this.#run(kind) }, icon(mark), t(`trial.run_${kind}`));
  }

  #backtestPart() {
    this.weeks = h("input", { class: "field", type: "number", id: "trial-weeks", min: 2, max: 52, value: recall("trialWeeks", 12), "aria-label": t("trial.weeks") });
    return group(t("trial.backtest"), h("p", { class: "quiet small", text: t("trial.backtest_help") }),
      h("div", { class: "trial-row" }, h("label", { class: "life" }, h("span", { text: t("trial.weeks") }), this.weeks, h("span", { class: "quiet", text: t("unit_name.weeks") })), h("span", { class: "grow" }), this.#button("backtest", "flask-conical")),
      h("p", { class: "quiet small trial-hint", text: t("trial.needs_change") }), this.boxes.backtest);
  }

  #planPart() {
    const { shift, day } = nextShift(Date.now());
    this.shift = h("select", { class: "field", id: "trial-shift", "aria-label": t("run.shift") }, ...county.shifts.map((one) => h("option", { value: one.name, selected: one.name === shift }, `${nameOf("shift", one.name)} ${one.start}–${one.end}`)));
    this.day = h("input", { class: "field", type: "date", id: "trial-day", value: day, "aria-label": t("run.date") });
    return group(t("trial.plan"), h("p", { class: "quiet small", text: t("trial.plan_help") }),
      h("div", { class: "trial-row" }, this.shift, this.day, this.#button("plan", "route")),
      h("p", { class: "quiet small trial-hint", text: t("trial.needs_change") }), this.boxes.plan);
  }

  /** @param {Kind} kind */
  async #run(kind) {
    const hotspots = this.draft.partial();
    const weeks = Number(this.weeks?.value) || 12;
    remember("trialWeeks", weeks);
    const body = kind === "backtest" ? { hotspots, weeks } : { hotspots, shift: this.shift?.value, date: this.day?.value };
    try {
      const { job_id: job } = await post(`/trials/${kind}`, body);
      remember(`trial.${kind}`, job);
      await this.#follow(kind, job, false);
    } catch (error) {
      fill(this.boxes[kind], problem(error));
    }
  }

  /** @param {Kind} kind @param {string} job @param {boolean} again */
  async #follow(kind, job, again) {
    const box = this.boxes[kind];
    const button = this.box.querySelector(`[data-trial=${kind}]`);
    if (button instanceof HTMLButtonElement) button.dataset.busy = "yes";
    this.#allow();
    const bar = h("i", {});
    const text = h("span", { class: "grow quiet", text: t("run.queued") });
    const stop = h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => { remove(`/jobs/${job}`).catch(sayError); } }, t("run.cancel"));
    fill(box, h("div", { class: "progress-box" }, h("div", { class: "bar" }, bar), h("div", { class: "foot-row" }, text, stop)));
    try {
      for (;;) {
        const state = await get(`/jobs/${job}`);
        const share = state.progress?.share ?? 0;
        bar.style.width = `${Math.round(share * 100)}%`;
        if (state.state === "running") text.textContent = t("trial.running", { share: percent(share) });
        if (state.state === "done" && state.result) {
          this.#show(kind, state.result);
          break;
        }
        if (state.state === "cancelled") {
          fill(box, h("p", { class: "quiet", text: t("run.cancelled") }));
          break;
        }
        if (state.state === "failed") {
          fill(box, problem(new Error(state.error ?? t("trial.failed"))));
          break;
        }
        await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
      }
    } catch (error) {
      // A job of yesterday is gone; only one that was just asked for is worth a word.
      fill(box, again ? null : problem(error));
    }
    remember(`trial.${kind}`, null);
    if (button instanceof HTMLButtonElement) button.dataset.busy = "no";
    this.#allow();
    if (kind === "backtest") this.#loadKept();
  }

  /** @param {Kind} kind @param {any} result */
  async #show(kind, result) {
    if (kind === "backtest") fill(this.boxes.backtest, backtestTable(result));
    else {
      if (!this.townNames.size) {
        const calendar = await get("/calendar").catch(() => ({ towns: [] }));
        for (const town of calendar.towns) this.townNames.set(town.id, town.name);
      }
      fill(this.boxes.plan, planTable(result, this.townNames));
    }
  }

  async #loadKept() {
    const answer = await get("/trials").catch(() => null);
    if (!answer?.trials.length) {
      fill(this.kept);
      return;
    }
    fill(this.kept, h("section", { class: "group" }, h("h3", { text: t("trial.kept") }), h("ol", { class: "history kept-trials" }, ...answer.trials.map((/** @type {BacktestResult} */ one) => h("li", {},
      h("details", {}, h("summary", {}, h("span", { class: "grow" }, h("span", { class: "d-block", text: t("trial.kept_line", { weeks: one.weeks, n: leaves(one.changes).size }) }),
        h("small", { text: `${dayClock(one.at ?? "")} · ${one.actor} · ${t("trial.on_version", { n: one.version ?? 0 })}` })), verdictMark(one.difference["0.01"].verdict)),
      h("div", { class: "version-body kept-body" }, backtestTable(one), changeList([...leaves(one.changes).values()].map(({ path, value }) => ({ path, from: undefined, to: /** @type {any} */ (value) }))))))))));
  }
}

/** @param {unknown} error */
const problem = (error) => h("p", { class: "form-error", role: "alert" }, icon("circle-alert"), h("span", { text: error instanceof Error ? error.message : String(error) }));

/** @param {string} verdict */
function verdictMark(verdict) {
  const status = /** @type {Record<string, string>} */ (VERDICTS)[verdict] ?? "off";
  return h("span", { class: "status", "data-status": status, text: t(`trial.verdict_${verdict.replace(" ", "_")}`) });
}

/** @param {BacktestResult} one */
function backtestTable(one) {
  const signed = (/** @type {number} */ share) => `${share > 0 ? "+" : share < 0 ? "−" : ""}${fine(Math.abs(share) * 100)}`;
  return h("div", { class: "trial-result" }, h("p", { class: "quiet small", text: t("trial.tested", { from: one.from, to: one.to, n: count(one.incidents) }) }),
    h("table", { class: "trial-table" }, h("thead", {}, h("tr", {}, h("th", { text: t("trial.col_share") }), h("th", { text: t("weights.side_old") }), h("th", { text: t("weights.side_new") }), h("th", { text: t("trial.col_difference") }))),
      h("tbody", {}, ...SHARES.filter((share) => share in one.draft).map((share) => {
        const difference = one.difference[share];
        return h("tr", {}, h("th", { scope: "row", text: percent(Number(share)) }), h("td", { text: finePercent(one.saved[share]) }), h("td", {}, h("b", { text: finePercent(one.draft[share]) })),
          h("td", {}, signed(difference.hit_rate), h("small", { class: "quiet d-block", text: `${signed(difference.ci95[0])} … ${signed(difference.ci95[1])}` }), verdictMark(difference.verdict)));
      }))));
}

/** @param {any} one @param {Map<string, string>} names */
function planTable(one, names) {
  const { saved, draft } = one;
  const towns = [...new Set([...Object.keys(saved.towns), ...Object.keys(draft.towns)])];
  const row = (/** @type {string} */ name, /** @type {number} */ was, /** @type {number} */ is, /** @type {(value: number) => string} */ show) => {
    const way = is > was ? "▲" : is < was ? "▼" : "=";
    return h("tr", {}, h("th", { scope: "row", text: name }), h("td", { text: show(was) }), h("td", {}, h("b", { text: show(is) })), h("td", { class: "quiet" }, is === was ? "=" : `${way} ${show(Math.abs(is - was))}`));
  };
  const dwell = (/** @type {any} */ plan, /** @type {string} */ town) => plan.towns[town]?.dwell_s ?? 0;
  return h("div", { class: "trial-result" }, h("p", { class: "quiet small", text: t("trial.planned", { shift: nameOf("shift", one.shift), on: one.on, seconds: fine(one.seconds), share: percent(one.same_places_share) }) }),
    h("table", { class: "trial-table" }, h("thead", {}, h("tr", {}, h("th", {}), h("th", { text: t("weights.side_old") }), h("th", { text: t("weights.side_new") }), h("th", { text: t("trial.col_change") }))),
      h("tbody", {}, row(t("trial.coverage"), saved.coverage_share, draft.coverage_share, finePercent), row(t("trial.draft_map"), saved.draft_map_share, draft.draft_map_share, finePercent),
        row(t("plans.distance"), saved.distance_m, draft.distance_m, distance), row(t("plans.visits"), saved.visits, draft.visits, count), row(t("trial.places"), saved.places, draft.places, count),
        h("tr", { class: "trial-sub" }, h("th", { colspan: 4, text: t("trial.presence") })),
        ...towns.map((town) => row(names.get(town) ?? (town || t("weights.no_town")), dwell(saved, town), dwell(draft, town), hoursMinutes)))));
}

/** The shift that begins next, and on which day. @param {number} nowMs */
function nextShift(nowMs) {
  const now = new Intl.DateTimeFormat("en-GB", { timeZone: county.timezone, hour: "2-digit", minute: "2-digit", hour12: false }).format(nowMs);
  const order = [...county.shifts].sort((a, b) => a.start.localeCompare(b.start));
  const later = order.find((one) => one.start > now);
  return { shift: (later ?? order[0])?.name ?? "", day: countyDay(later ? nowMs : nowMs + 86_400_000) };
}
