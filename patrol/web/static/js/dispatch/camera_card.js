// A camera's card: its feed's state and since when, and what each rule counted in the last hour.
import { get } from "../api.js";
import { chartFrame, makeChart } from "../chart.js";
import { fill, h } from "../dom.js";
import { clock, count, decimal, duration, fullTime } from "../format.js";
import { fact } from "../marks.js";
import { nameOf, t } from "../texts.js";
import { failed, section, waiting } from "./card.js";

/** @typedef {import("../types").CountBin} CountBin */

const MINUTES = 60;
const RELOAD_MS = 30_000;

/** @param {string} id @param {import("./main.js").Desk} desk @returns {import("./card.js").CardContent} */
export function cameraCard(id, desk) {
  const state = h("span");
  const facts = h("dl", { class: "facts" });
  const counts = h("div", {}, waiting());
  /** @type {{close: () => void}[]} */
  let charts = [];
  let loadedMs = 0;
  let closed = false;

  const refresh = () => {
    const camera = desk.store.cameras.get(id);
    if (!camera) return;
    const good = camera.state === "online";
    fill(state, h("span", { class: "status", "data-status": good ? "good" : "bad", text: nameOf("camera_state", camera.state) }));
    fill(facts, fact(t("camera.since"), camera.since
      ? duration((desk.store.nowMs() - Date.parse(camera.since)) / 1000) : null, camera.since ? fullTime(camera.since) : ""),
    ...Object.entries(camera.last ?? {}).map(([rule, last]) =>
      fact(t("camera.last", { rule }), count(last.value), t("camera.minute_from", { time: fullTime(last.start) }))));
    if (Date.now() - loadedMs > RELOAD_MS) load();
  };

  const load = async () => {
    loadedMs = Date.now();
    try {
      const answer = await get(`/cameras/${encodeURIComponent(id)}/counts?minutes=${MINUTES}`);
      if (closed) return;
      for (const chart of charts) chart.close();
      charts = [];
      const rules = [...new Set(/** @type {CountBin[]} */ (answer.bins).map((bin) => bin.rule))];
      if (!rules.length) fill(counts, h("p", { class: "quiet", text: t("camera.no_counts") }));
      else {
        const boxes = rules.map((rule) => ({ rule, box: h("div", { class: "chart", role: "img", "aria-label": t("camera.chart", { rule }) }) }));
        fill(counts, ...boxes.flatMap(({ rule, box }) => [ruleLine(rule, answer.bins), box]));
        for (const { rule, box } of boxes) charts.push(await ruleChart(box, rule, answer.bins, desk.store.nowMs()));
      }
    } catch (error) {
      if (!closed) fill(counts, failed(error, load));
    }
  };

  refresh();
  return {
    head: [h("h2", { class: "grow clip", text: desk.store.cameras.get(id)?.name ?? id }), state],
    body: h("div", { class: "card-body" }, facts, section(t("camera.last_hour"), counts),
      h("p", { class: "quiet small", text: t("camera.privacy") })),
    refresh,
    close: () => {
      closed = true;
      for (const chart of charts) chart.close();
    },
  };
}

/** @param {string} rule @param {CountBin[]} bins */
function ruleLine(rule, bins) {
  const own = bins.filter((bin) => bin.rule === rule);
  const total = own.reduce((sum, bin) => sum + bin.value, 0);
  const isZone = own.every((bin) => !bin.direction);
  const peak = own.reduce((most, bin) => Math.max(most, bin.peak), 0);
  const text = isZone
    ? t("camera.zone_sum", { mean: decimal(total / Math.max(1, own.length)), peak: count(peak) })
    : t("camera.line_sum", { n: count(total) });
  return h("p", {}, h("b", { text: rule }), " ", h("span", { class: "quiet", text }));
}

/** One bar per minute, stacked by direction; a minute without a report stays empty.
 * @param {HTMLElement} box @param {string} rule @param {CountBin[]} bins @param {number} nowMs */
function ruleChart(box, rule, bins, nowMs) {
  const last = Math.floor(nowMs / 60_000) * 60_000;
  const minutes = Array.from({ length: MINUTES }, (_, index) => last - (MINUTES - 1 - index) * 60_000);
  const own = bins.filter((bin) => bin.rule === rule);
  const directions = [...new Set(own.map((bin) => bin.direction))].sort();
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const bin of own) {
    const key = `${bin.direction} ${Math.floor(Date.parse(bin.start) / 60_000) * 60_000}`;
    sums.set(key, (sums.get(key) ?? 0) + bin.value);
  }
  return makeChart(box, (colors) => {
    const frame = chartFrame(colors);
    const shades = [colors.bar, colors.ink];
    return {
      ...frame,
      xAxis: {
        type: "category", data: minutes.map((at) => clock(at)), axisLabel: { ...frame.axisLabel, interval: 14 },
        axisTick: { show: false }, axisLine: { lineStyle: { color: colors.line } },
      },
      yAxis: { type: "value", minInterval: 1, axisLabel: frame.axisLabel, splitLine: frame.splitLine },
      series: directions.map((direction, index) => ({
        name: direction ? nameOf("direction", direction) : rule,
        type: "bar", stack: "all", barCategoryGap: "20%", itemStyle: { color: shades[index % 2] },
        data: minutes.map((at) => sums.get(`${direction} ${at}`) ?? null),
      })),
    };
  });
}
