// A report's chart: one line a town, the figure as a dot, its 95 % interval as a line.
import { chartFrame, makeChart } from "../chart.js";
import { decimal, finePercent } from "../format.js";
import { t } from "../texts.js";
import { rowName } from "./table.js";

/** @typedef {import("./main.js").Report} Report */
/** @typedef {import("./main.js").Row} Row */
/** @typedef {{key: string, low?: string, high?: string, share: boolean, measure?: string, ends?: boolean}} Shown */

/** @type {Record<string, Shown>} */
const SHOWN = {
  visibility: { key: "outings_meet", low: "outings_low", high: "outings_high", share: true },
  coverage: { key: "done_share", low: "done_low", high: "done_high", share: true },
  response: { key: "arrive_median_min", high: "arrive_p90_min", share: false },
  safety: { key: "share", low: "low", high: "high", share: true },
  fairness: { key: "active_mean_h", low: "active_least_h", high: "active_most_h", share: false, measure: "measure.h", ends: true },
  guarantee: { key: "kept", low: "kept_worst", share: true, ends: true },
};

/** The chart, or null where no row has the figure.
 * @param {HTMLElement} box @param {Report} report */
export function reportChart(box, report) {
  const shown = SHOWN[report.report];
  const newest = report.rows[0]?.quarter;
  const rows = report.rows.filter((row) => row[shown.key] !== null && (newest === undefined || row.quarter === newest));
  if (!rows.length) return null;
  return { rows: rows.length, chart: makeChart(box, (colors) => option(colors, shown, rows)) };
}

/** @param {number} value @param {Shown} shown */
const figure = (value, shown) => (shown.share ? finePercent(value) : t(shown.measure ?? "measure.min", { n: decimal(value) }));

/** @param {{ink: string, quiet: string, line: string, bar: string}} colors @param {Shown} shown @param {Row[]} rows
 * @returns {import("echarts").EChartsCoreOption} */
function option(colors, shown, rows) {
  const frame = chartFrame(colors);
  const names = rows.map((row) => (row.quarter ? `${rowName(row)} ${row.quarter}` : rowName(row)));
  const low = (/** @type {Row} */ row) => Number(row[shown.low ?? shown.key]);
  const high = (/** @type {Row} */ row) => Number(row[shown.high ?? shown.key] ?? row[shown.key]);
  return {
    ...frame,
    grid: { left: 8, right: 24, top: 8, bottom: 4, containLabel: true },
    tooltip: {
      ...frame.tooltip, trigger: "item",
      formatter: (/** @type {{dataIndex: number}} */ item) => {
        const row = rows[item.dataIndex];
        const interval = t(shown.ends ? "reports.ends" : "reports.interval", { low: figure(low(row), shown), high: figure(high(row), shown) });
        return `${names[item.dataIndex]}  ${figure(Number(row[shown.key]), shown)}${shown.low ? `\n${interval}` : ""}`;
      },
    },
    xAxis: {
      type: "value", min: shown.share ? bottom(rows.map(low)) : 0, max: shown.share ? top(rows.map(high)) : undefined,
      axisLabel: { ...frame.axisLabel, formatter: (/** @type {number} */ value) => (shown.share ? `${Math.round(value * 100)} %` : String(value)) },
      splitLine: frame.splitLine,
    },
    yAxis: { type: "category", data: names, inverse: true, axisTick: { show: false }, axisLine: { show: false },
      axisLabel: { ...frame.axisLabel, color: colors.ink, fontSize: 12, width: 150, overflow: "truncate" } },
    series: [
      { type: "custom", encode: { x: [1, 2], y: 0 }, data: rows.map((row, at) => [at, low(row), high(row)]),
        renderItem: (/** @type {unknown} */ _, /** @type {any} */ api) => interval(api, colors) },
      { type: "scatter", symbolSize: 11, itemStyle: { color: colors.ink }, data: rows.map((row, at) => [row[shown.key], at]) },
    ],
  };
}

/** Where the axis begins: at a round share below every interval. @param {number[]} values */
const bottom = (values) => Math.max(0, Math.floor((Math.min(...values) - 0.02) * 10) / 10);

/** And where it ends: rare things would all lie at its left end otherwise. @param {number[]} values */
const top = (values) => Math.min(1, Math.ceil((Math.max(...values) + 0.02) * 10) / 10);

/** @param {any} api @param {{bar: string}} colors */
function interval(api, colors) {
  const from = api.coord([api.value(1), api.value(0)]);
  const to = api.coord([api.value(2), api.value(0)]);
  return {
    type: "line", shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
    style: { stroke: colors.bar, lineWidth: 4, lineCap: "round" },
  };
}
