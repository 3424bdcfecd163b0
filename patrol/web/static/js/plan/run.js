// Making a plan: the form, the value against time while the engine works, and giving up.
import { get, post, remove } from "../api.js";
import { county, may } from "../boot.js";
import { chartFrame, makeChart } from "../chart.js";
import { byId, fill, h, icon, setText } from "../dom.js";
import { countyDay, decimal, duration, percent } from "../format.js";
import { recall, remember } from "../memory.js";
import { say, sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";

const POLL_MS = 400;

export class RunForm {
  /** @param {(planId: string) => void} onDone */
  constructor(onDone) {
    this.onDone = onDone;
    this.box = byId("run-form");
    this.#drawForm();
    const job = recall("job", /** @type {string | null} */ (null));
    // A plan that was under way when the page was left is picked up again.
    if (job) this.#follow(job, 0);
  }

  #drawForm() {
    const last = recall("run", { seconds: 10, engine: "" });
    const shift = h("select", { class: "field", id: "run-shift" }, ...county.shifts.map((one) =>
      h("option", { value: one.name }, `${nameOf("shift", one.name)} ${one.start}–${one.end}`)));
    const date = h("input", { class: "field", id: "run-date", type: "date", value: countyDay(Date.now()), required: true });
    const seconds = h("input", { class: "field", id: "run-seconds", type: "number", min: 1, max: 600, step: 1, value: last.seconds });
    const engine = h("select", { class: "field", id: "run-engine" }, ...["", "local", "ortools"].map((name) =>
      h("option", { value: name, selected: name === last.engine }, t(`engine.${name || "default"}`))));
    const start = async () => {
      try {
        remember("run", { seconds: Number(seconds.value), engine: engine.value });
        const body = { shift: shift.value, date: date.value, seconds: Number(seconds.value), ...(engine.value ? { engine: engine.value } : {}) };
        const { job_id: jobId } = await post("/plans", body);
        remember("job", jobId);
        this.#follow(jobId, Number(seconds.value));
      } catch (error) {
        sayError(error);
      }
    };
    fill(this.box,
      h("div", { class: "form-grid" },
        labelled("run-shift", t("run.shift"), shift, "wide"), labelled("run-date", t("run.date"), date),
        labelled("run-seconds", t("run.seconds"), seconds), labelled("run-engine", t("run.engine"), engine, "wide")),
      h("button", { class: "btn btn-strong", type: "button", id: "run-start", disabled: !may("plan.make"), onclick: start }, icon("play"), t("run.start")));
  }

  /** @param {string} jobId @param {number} seconds */
  async #follow(jobId, seconds) {
    const text = h("span", { class: "grow" }, icon("loader-circle", "spin"), " ", h("span"));
    const words = /** @type {Element} */ (text.lastChild);
    const fillBar = h("i");
    const chartBox = h("div", { class: "chart", role: "img", "aria-label": t("run.curve") });
    /** @type {[number, number][]} */
    const curve = [];
    fill(this.box, h("div", { class: "progress-box" },
      h("div", { class: "foot-row" }, text, h("button", {
        class: "btn btn-sm btn-quiet", type: "button", onclick: () => remove(`/jobs/${encodeURIComponent(jobId)}`).catch(sayError),
      }, icon("x"), t("run.cancel"))),
      h("div", { class: "bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 }, fillBar), chartBox));
    const chart = await makeChart(chartBox, (colors) => curveOption(colors, curve));
    const started = Date.now();
    for (;;) {
      let job;
      try {
        job = /** @type {import("../types").Job} */ (await get(`/jobs/${encodeURIComponent(jobId)}`));
      } catch (error) {
        chart.close();
        this.#finish(error instanceof Error ? error.message : String(error));
        return;
      }
      const progress = job.progress ?? {};
      const share = progress.share ?? 0;
      fillBar.style.width = `${share * 100}%`;
      fillBar.parentElement?.setAttribute("aria-valuenow", String(Math.round(share * 100)));
      const value = progress.value;
      setText(words, job.state === "queued" ? t("run.queued")
        : t("run.running", { share: percent(share), value: value === undefined ? "–" : decimal(value), time: duration((Date.now() - started) / 1000) }));
      if (value !== undefined && value > 0) {
        curve.push([(Date.now() - started) / 1000, value]);
        chart.redraw();
      }
      if (job.state !== "queued" && job.state !== "running") {
        chart.close();
        this.#ended(job);
        return;
      }
      await new Promise((resolve) => { setTimeout(resolve, seconds > 60 ? POLL_MS * 2 : POLL_MS); });
    }
  }

  /** @param {import("../types").Job} job */
  #ended(job) {
    const planId = job.result?.plan_id;
    if (planId) {
      this.#finish("");
      say(t(job.state === "cancelled" ? "run.cancelled_kept" : "run.done"), "done");
      this.onDone(planId);
    } else this.#finish(job.state === "cancelled" ? t("run.cancelled") : job.error ?? t("run.failed"), job.state !== "cancelled");
  }

  /** @param {string} problem @param {boolean} [bad] */
  #finish(problem, bad = true) {
    remember("job", null);
    this.#drawForm();
    if (problem && bad) this.box.prepend(h("p", { class: "form-error", role: "alert" }, icon("circle-alert"), h("span", { text: problem })));
    else if (problem) say(problem);
  }
}

/** @param {string} id @param {string} text @param {HTMLElement} field @param {string} [className] */
function labelled(id, text, field, className = "") {
  return h("div", { class: className }, h("label", { for: id, text }), field);
}

/** @param {{ink: string, quiet: string, line: string, bar: string}} colors @param {[number, number][]} curve */
function curveOption(colors, curve) {
  const frame = chartFrame(colors);
  return {
    ...frame,
    grid: { left: 44, right: 10, top: 10, bottom: 20 },
    xAxis: { type: "value", min: 0, axisLabel: { ...frame.axisLabel, formatter: "{value} s" }, splitLine: { show: false } },
    yAxis: { type: "value", scale: true, splitNumber: 3, axisLabel: frame.axisLabel, splitLine: frame.splitLine },
    series: [{ type: "line", data: curve, step: "end", showSymbol: curve.length < 2, lineStyle: { color: colors.ink, width: 2 }, itemStyle: { color: colors.ink } }],
  };
}
