// What a camera's rules counted in the last hours, in bins of five minutes: the shortest in which
// small numbers are told as they are.
import { get } from "./api.js";
import { chartFrame, makeChart } from "./chart.js";
import { fill, h } from "./dom.js";
import { clock, count, decimal } from "./format.js";
import { nameOf, t } from "./texts.js";

/** @typedef {import("./types").CountBin} CountBin */

const MINUTES = 180;
const BIN_MIN = 5;
const BIN_MS = BIN_MIN * 60_000;

export class CountCharts {
  /** @param {HTMLElement} box @param {string} cameraId @param {() => number} nowMs
   * @param {() => import("./types").CameraRule[]} rules  The camera's rules, whose kinds say what a number is. */
  constructor(box, cameraId, nowMs, rules) {
    this.rules = rules;
    this.box = box;
    this.cameraId = cameraId;
    this.nowMs = nowMs;
    /** @type {{close: () => void}[]} */
    this.charts = [];
    this.closed = false;
    this.loadedMs = 0;
  }

  /** Load again and draw; fails as the request fails. */
  async load() {
    this.loadedMs = Date.now();
    const path = `/cameras/${encodeURIComponent(this.cameraId)}/counts?minutes=${MINUTES}&bin_min=${BIN_MIN}`;
    const [answer, usual] = await Promise.all([get(path), get(`/cameras/${encodeURIComponent(this.cameraId)}/usual`)]);
    if (this.closed) return;
    this.#clear();
    const bins = /** @type {CountBin[]} */ (answer.bins);
    const rules = [...new Set(bins.map((bin) => bin.rule))];
    if (!rules.length) {
      fill(this.box, h("p", { class: "quiet", text: t("camera.no_counts") }));
      return;
    }
    const boxes = rules.map((rule) => ({ rule, box: h("div", { class: "chart", role: "img", "aria-label": t("camera.chart", { rule }) }) }));
    const kinds = new Map(this.rules().map((rule) => [rule.name, rule.kind]));
    fill(this.box, ...boxes.flatMap(({ rule, box }) => [ruleLine(rule, kinds.get(rule), bins), usualLine(usual, rule, kinds.get(rule)), box]));
    for (const { rule, box } of boxes) this.charts.push(await ruleChart(box, rule, bins, this.nowMs()));
  }

  #clear() {
    for (const chart of this.charts) chart.close();
    this.charts = [];
  }

  close() {
    this.closed = true;
    this.#clear();
  }
}

/** A rule that is gone from the camera is told by its counts: only lines have directions.
 * @param {string} rule @param {import("./types").RuleKind | undefined} kind @param {CountBin[]} bins */
function ruleLine(rule, kind, bins) {
  const own = bins.filter((bin) => bin.rule === rule);
  const total = own.reduce((sum, bin) => sum + (bin.value ?? 0), 0);
  const isZone = kind === "zone" || (kind === undefined && own.every((bin) => !bin.direction));
  const peak = own.reduce((most, bin) => Math.max(most, bin.peak ?? 0), 0);
  const text = isZone
    ? t("camera.zone_sum", { mean: decimal(total / Math.max(1, own.length)), peak: count(peak) })
    : t(kind && kind !== "line" ? "camera.notice_sum" : "camera.line_sum", { n: count(total) });
  return h("p", {}, h("b", { text: rule }), " ", h("span", { class: "quiet", text }));
}

/** What is usual at this hour of the week, and what that was learned from; "" where a rule gives notices.
 * @param {import("./types").UsualLevels} usual @param {string} rule @param {import("./types").RuleKind | undefined} kind */
function usualLine(usual, rule, kind) {
  if (kind !== "line" && kind !== "zone") return "";
  const known = usual.rules[rule];
  const text = known
    ? t(`camera.usual_${kind}`, { n: known.level >= 20 ? count(known.level) : decimal(known.level), from: t(known.daily ? "camera.usual_days" : "camera.usual_weeks", { n: known.hours }) })
    : t("camera.usual_unknown", { n: usual.least });
  return h("p", { class: "quiet small usual", text });
}

/** One bar per bin, stacked by direction; a bin in which the feed was away stays empty.
 * @param {HTMLElement} box @param {string} rule @param {CountBin[]} bins @param {number} nowMs */
function ruleChart(box, rule, bins, nowMs) {
  const last = Math.floor(nowMs / BIN_MS) * BIN_MS;
  const size = MINUTES / BIN_MIN;
  const starts = Array.from({ length: size }, (_, index) => last - (size - 1 - index) * BIN_MS);
  const own = bins.filter((bin) => bin.rule === rule);
  const directions = [...new Set(own.map((bin) => bin.direction))].sort();
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const bin of own) {
    if (bin.value === null) continue;
    const key = `${bin.direction} ${Date.parse(bin.start)}`;
    sums.set(key, (sums.get(key) ?? 0) + bin.value);
  }
  return makeChart(box, (colors) => {
    const frame = chartFrame(colors);
    const shades = [colors.bar, colors.ink];
    return {
      ...frame,
      xAxis: {
        type: "category", data: starts.map((at) => clock(at)), axisLabel: { ...frame.axisLabel, interval: 11 },
        axisTick: { show: false }, axisLine: { lineStyle: { color: colors.line } },
      },
      yAxis: { type: "value", minInterval: 1, axisLabel: frame.axisLabel, splitLine: frame.splitLine },
      series: directions.map((direction, index) => ({
        name: direction ? nameOf("direction", direction) : rule,
        type: "bar", stack: "all", barCategoryGap: "20%", itemStyle: { color: shades[index % 2] },
        data: starts.map((at) => sums.get(`${direction} ${at}`) ?? null),
      })),
    };
  });
}
