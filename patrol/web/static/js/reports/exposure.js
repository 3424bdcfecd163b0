// The exposure report: who gets how much presence, and where it is too much.
import { get } from "../api.js";
import { chartFrame, makeChart } from "../chart.js";
import { byId, fill, h, icon } from "../dom.js";
import { count, countyDay, decimal, fine, percent } from "../format.js";
import { bindKeys, helpSheet } from "../keys.js";
import { sayError, startShell } from "../shell.js";
import { t } from "../texts.js";
import { toggleTheme } from "../theme.js";

/** @typedef {"per_1000_residents" | "per_incident"} Measure */
/** @typedef {{town_id: string, name: string, hours: number, hours_before: number, residents: number | null,
 *   incidents: number, per_1000_residents: number | null, per_incident: number | null, change_share: number | null}} TownRow */
/** @typedef {{towns: number, max_over_median: number | null, gini: number, lorenz: number[]}} Spread */
/** @typedef {{from: string, to: string, before_from: string, limit_ratio: number, hours_elsewhere: number, towns: TownRow[],
 *   spread: Record<Measure, Spread>, alarms: {measure: Measure, town_id: string, name: string, ratio: number}[]}} Report */

const QUARTERS = 8;
/** @type {Measure[]} */
const MEASURES = ["per_1000_residents", "per_incident"];

/** The newest quarters, this one first, as the server names them.
 * @param {string} day  The county's day, YYYY-MM-DD. */
export function quarters(day) {
  const [year, month] = day.split("-").map(Number);
  const newest = year * 4 + Math.floor((month - 1) / 3);
  return Array.from({ length: QUARTERS }, (_, back) => `${Math.floor((newest - back) / 4)}Q${((newest - back) % 4) + 1}`);
}

class ExposurePage {
  constructor() {
    startShell(() => Date.now());
    this.select = byId("quarter", HTMLSelectElement);
    /** @type {{close: () => void}[]} */
    this.charts = [];
    this.turn = 0;
    const names = quarters(countyDay(Date.now()));
    fill(this.select, ...names.map((name, at) => h("option", {
      value: name, text: t(at ? "exposure.quarter_name" : "exposure.quarter_now", { year: name.slice(0, 4), n: name.slice(5) }),
    })));
    const asked = new URLSearchParams(location.search).get("quarter");
    if (asked && names.includes(asked)) this.select.value = asked;
    this.select.addEventListener("change", () => this.load());
    const shortcuts = [{ key: "d", text: "keys.theme", run: toggleTheme }];
    bindKeys([...shortcuts, { key: "?", text: "keys.help", run: helpSheet([...shortcuts, { key: "?", text: "keys.help", run: () => {} }]) }]);
    this.load();
  }

  async load() {
    const turn = (this.turn += 1);
    const box = byId("report");
    box.setAttribute("aria-busy", "true");
    history.replaceState(null, "", `?quarter=${this.select.value}`);
    try {
      /** @type {Report} */
      const report = await get(`/reports/exposure?quarter=${encodeURIComponent(this.select.value)}`);
      if (turn === this.turn) this.#draw(report);
    } catch (error) {
      if (turn !== this.turn) return;
      fill(byId("alarms"));
      fill(box, h("p", { class: "empty" }, icon("circle-alert"), h("span", { text: error instanceof Error ? error.message : String(error) }),
        h("button", { class: "btn btn-quiet", type: "button", onclick: () => this.load() }, icon("refresh-cw"), t("action.retry"))));
      sayError(error);
    } finally {
      if (turn === this.turn) box.removeAttribute("aria-busy");
    }
  }

  /** @param {Report} report */
  #draw(report) {
    for (const chart of this.charts.splice(0)) chart.close();
    fill(byId("alarms"), ...alarmLines(report));
    const hours = report.towns.reduce((sum, town) => sum + town.hours, 0);
    const towns = h("section", { class: "card-box" }, h("h2", { text: t("exposure.towns") }), townTable(report));
    if (hours <= 0) {
      // Charts of nothing would look like equality.
      fill(byId("alarms"), h("p", { class: "notice calm" }, icon("info"), t("exposure.none")));
      fill(byId("report"), summary(report), towns);
      return;
    }
    const boxes = MEASURES.map((measure) => ({ measure, bars: h("div", { class: "chart" }), curve: h("div", { class: "chart" }) }));
    fill(byId("report"),
      summary(report),
      h("div", { class: "cards" }, ...boxes.map((one) => spreadCard(report, one.measure, one.bars))),
      towns,
      h("div", { class: "cards" }, ...boxes.map((one) => h("section", { class: "card-box" },
        h("h2", { text: t(`exposure.lorenz_${one.measure}`) }),
        h("p", { class: "quiet small", text: t("exposure.lorenz_help") }), one.curve))));
    for (const one of boxes) {
      this.#chart(one.bars, (colors) => barsOption(report, one.measure, colors));
      this.#chart(one.curve, (colors) => lorenzOption(report.spread[one.measure], colors));
    }
  }

  /** @param {HTMLElement} box @param {Parameters<typeof makeChart>[1]} option */
  async #chart(box, option) {
    const chart = await makeChart(box, option);
    if (box.isConnected) this.charts.push(chart);
    else chart.close();
  }
}

/** @param {Report} report */
function alarmLines(report) {
  if (!report.alarms.length) {
    return [h("p", { class: "notice calm" }, icon("circle-check"), t("exposure.no_alarm", { limit: decimal(report.limit_ratio) }))];
  }
  return report.alarms.map((alarm) => h("p", { class: "notice" }, icon("triangle-alert"), t("exposure.alarm", {
    what: t(`exposure.${alarm.measure}`), town: alarm.name, ratio: decimal(alarm.ratio), limit: decimal(report.limit_ratio),
  })));
}

/** @param {Report} report */
function summary(report) {
  const hours = report.towns.reduce((sum, town) => sum + town.hours, 0);
  const before = report.towns.reduce((sum, town) => sum + town.hours_before, 0);
  const residents = report.towns.reduce((sum, town) => sum + (town.residents ?? 0), 0);
  const incidents = report.towns.reduce((sum, town) => sum + town.incidents, 0);
  const fact = (/** @type {string} */ label, /** @type {string} */ value) => h("div", {}, h("dt", { text: label }), h("dd", { text: value }));
  return h("section", { class: "card-box" },
    h("h2", { text: t("exposure.period", { from: countyDay(report.from), to: countyDay(new Date(report.to).getTime() - 1) }) }),
    h("dl", { class: "facts" },
      fact(t("exposure.hours"), t("exposure.h", { n: decimal(hours) })),
      fact(t("exposure.hours_before"), t("exposure.h", { n: decimal(before) })),
      fact(t("exposure.hours_elsewhere"), t("exposure.h", { n: decimal(report.hours_elsewhere) })),
      fact(t("exposure.residents"), count(residents)),
      fact(t("exposure.incidents"), count(incidents))));
}

/** @param {Report} report @param {Measure} measure @param {HTMLElement} chart */
function spreadCard(report, measure, chart) {
  const spread = report.spread[measure];
  const fact = (/** @type {string} */ label, /** @type {string} */ value) => h("div", {}, h("dt", { text: label }), h("dd", { text: value }));
  return h("section", { class: "card-box" },
    h("h2", { text: t(`exposure.${measure}`) }),
    h("dl", { class: "facts" },
      fact(t("exposure.gini"), fine(spread.gini)),
      fact(t("exposure.max_over_median"), spread.max_over_median === null ? "–" : fine(spread.max_over_median)),
      fact(t("exposure.towns_n"), count(spread.towns))),
    chart);
}

/** @param {number | null} change */
function changeText(change) {
  if (change === null) return "–";
  return `${change > 0 ? "+" : change < 0 ? "−" : ""}${percent(Math.abs(change))}`;
}

/** @param {Report} report */
function townTable(report) {
  const alarming = new Set(report.alarms.map((alarm) => alarm.town_id));
  const heads = ["exposure.town", "exposure.hours", "exposure.per_1000_residents", "exposure.per_incident", "exposure.change",
    "exposure.residents", "exposure.incidents"];
  const rows = [...report.towns].sort((a, b) => (b.per_1000_residents ?? -1) - (a.per_1000_residents ?? -1));
  return h("div", { class: "table-wide" }, h("table", { class: "table-sheet" },
    h("thead", {}, h("tr", {}, ...heads.map((key) => h("th", { scope: "col", text: t(key) })))),
    h("tbody", {}, ...rows.map((town) => h("tr", { class: alarming.has(town.town_id) ? "is-alarm" : null },
      h("td", {}, alarming.has(town.town_id) ? icon("triangle-alert") : null, ` ${town.name}`),
      h("td", { text: decimal(town.hours) }),
      h("td", { text: town.per_1000_residents === null ? "–" : fine(town.per_1000_residents) }),
      h("td", { text: town.per_incident === null ? "–" : fine(town.per_incident) }),
      h("td", { text: changeText(town.change_share) }),
      h("td", { text: town.residents === null ? t("exposure.unknown") : count(town.residents) }),
      h("td", { text: count(town.incidents) }))))));
}

/** Towns from most to least, with the median and the limit as lines.
 * @param {Report} report @param {Measure} measure
 * @param {{ink: string, quiet: string, line: string, bar: string}} colors */
function barsOption(report, measure, colors) {
  const frame = chartFrame(colors);
  const rows = report.towns.filter((town) => town[measure] !== null).sort((a, b) => (a[measure] ?? 0) - (b[measure] ?? 0));
  const middle = Math.floor(rows.length / 2);
  const value = (/** @type {number} */ at) => rows[at]?.[measure] ?? 0;
  const median = rows.length % 2 ? value(middle) : (value(middle - 1) + value(middle)) / 2;
  const limit = median * report.limit_ratio;
  const most = Math.max(0, ...rows.map((town) => town[measure] ?? 0));
  const mark = (/** @type {number} */ x, /** @type {string} */ name, /** @type {string} */ type) => ({
    xAxis: x, name, label: { formatter: name, color: colors.quiet, fontSize: 11 }, lineStyle: { color: colors.ink, type },
  });
  return {
    ...frame,
    grid: { left: 8, right: 40, top: 24, bottom: 4, containLabel: true },
    tooltip: { ...frame.tooltip, valueFormatter: (/** @type {unknown} */ one) => fine(Number(one)) },
    xAxis: { type: "value", axisLabel: frame.axisLabel, splitLine: frame.splitLine },
    yAxis: { type: "category", data: rows.map((town) => town.name), axisLabel: { ...frame.axisLabel, width: 96, overflow: "truncate" }, axisTick: { show: false } },
    series: [{
      type: "bar", name: t(`exposure.${measure}`), data: rows.map((town) => town[measure]), itemStyle: { color: colors.bar }, barMaxWidth: 18,
      markLine: { symbol: "none", silent: true, data: median > 0
        ? [mark(median, t("exposure.median"), "solid"), ...(most > limit * 0.6 ? [mark(limit, t("exposure.limit"), "dashed")] : [])] : [] },
    }],
  };
}

/** @param {Spread} spread @param {{ink: string, quiet: string, line: string, bar: string}} colors */
function lorenzOption(spread, colors) {
  const frame = chartFrame(colors);
  const points = [[0, 0], ...spread.lorenz.map((share, at) => [(at + 1) / spread.lorenz.length, share])];
  const axis = { type: "value", min: 0, max: 1, axisLabel: { ...frame.axisLabel, formatter: (/** @type {number} */ one) => percent(one) }, splitLine: frame.splitLine };
  return {
    ...frame,
    grid: { left: 8, right: 20, top: 12, bottom: 4, containLabel: true },
    tooltip: { ...frame.tooltip, valueFormatter: (/** @type {unknown} */ one) => percent(Number(one)) },
    xAxis: axis, yAxis: axis,
    series: [
      { type: "line", name: t("exposure.equal"), data: [[0, 0], [1, 1]], showSymbol: false, lineStyle: { color: colors.quiet, type: "dashed", width: 1 } },
      { type: "line", name: t("exposure.share"), data: points, showSymbol: points.length < 40, symbolSize: 5, lineStyle: { color: colors.ink, width: 2 }, itemStyle: { color: colors.ink } },
    ],
  };
}

Object.assign(globalThis, { patrol: new ExposurePage() });
