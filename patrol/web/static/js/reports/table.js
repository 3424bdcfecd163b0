// A report's table: town by town, the county last; what is not known is a dash.
import { count, decimal, finePercent } from "../format.js";
import { h, icon } from "../dom.js";
import { nameOf, t } from "../texts.js";

const MARKS = { met: "circle-check", missed: "triangle-alert", not_shown: "circle-help" };

/** @param {string | number | null} cell @param {string} measure */
export function cellText(cell, measure) {
  if (cell === null || cell === "") return "–";
  if (typeof cell === "string") return measure === "word" ? nameOf("report.word", cell) : cell;
  if (measure === "share") return finePercent(cell);
  if (measure === "change") return `${cell > 0 ? "+" : ""}${decimal(cell * 100)}`;
  return measure === "count" ? count(cell) : decimal(cell);
}

/** A row's name: the town or the county as a whole, the mode, the shift.
 * @param {import("./main.js").Row} row */
export const rowName = (row) => {
  if (row.town_id === "") return t("report.county");
  return row.town_id === undefined ? nameOf("report.word", String(row.mode ?? row.shift)) : String(row.town);
};

/** Whether a row stands for the whole. @param {import("./main.js").Row} row */
const isWhole = (row) => row.town_id === "" || row.shift === "all";

/** @param {import("./main.js").Report} report */
export function reportTable(report) {
  const columns = report.columns.filter((column) => column.key !== "town_id");
  const left = (/** @type {string} */ measure) => (measure === "text" || measure === "word" ? "left" : "");
  return h("table", { class: "reports-table" },
    h("thead", {}, h("tr", {}, ...columns.map((column) =>
      h("th", { scope: "col", class: left(column.measure), text: t(`report.col.${column.key}`) })))),
    h("tbody", {}, ...report.rows.map((row) =>
      h("tr", { class: isWhole(row) ? "whole" : "" }, ...columns.map((column) =>
        h("td", { class: left(column.measure) }, column.key === "town" ? rowName(row) : cell(row[column.key], column.measure)))))));
}

/** @param {string | number | null} value @param {string} measure */
function cell(value, measure) {
  const text = cellText(value, measure);
  if (measure !== "word" || value === null || !(value in MARKS)) return text;
  const state = /** @type {keyof typeof MARKS} */ (value);
  return h("span", { class: "verdict", "data-state": state }, icon(MARKS[state]), text);
}
