// One import's report: what is wrong, how much of it, and the buttons that leave it out.
import { fill, h, icon } from "../dom.js";
import { count, dayClock, finePercent, fullTime } from "../format.js";
import { nameOf, t } from "../texts.js";

/** @typedef {{suspicion: string, place: {lon: number, lat: number}, rows: number, share: number, address: string,
 *   near_kind: string, near_name: string}} Suspect */
/** @typedef {{rows: number, without_time: number, without_place: number, without_kind: number, outside_area: number | null,
 *   near_duplicates: number, same_event: number, midnight: {incidents: number, usual: number} | null, midnight_rows: number,
 *   dates_only: boolean, kinds: {kind: string, rows: number, without_place: number}[], suspects: Suspect[]}} Quality */
/** @typedef {{id: string, at: string, actor: string, file: string, source: string, read: number, kept: number, refused: number,
 *   refusals: string[], duplicates: number, added: number, known: number, checked_only: boolean, left_out: Record<string, number>, quality: Quality}} Report */
/** @typedef {{points: {id: string, lon: number, lat: number, label: string, radius_m: number}[], faults: {fault: string}[]}} Choices */

const SHOWN_POINTS = 60;
const SHOWN_KINDS = 12;

/** The point's id as the server makes it. @param {{lon: number, lat: number}} place */
export const pointId = (place) => `${place.lon.toFixed(6)},${place.lat.toFixed(6)}`;

/** @param {string} file */
export const fileName = (file) => (file === "stored" ? t("imports.stored") : file);

export class ReportPanel {
  /** @param {HTMLElement} box
   * @param {{toggleFault: (fault: string, out: boolean) => void, toggleOut: (suspect: Suspect, out: boolean) => void,
   *   dropPoint: (id: string) => void, pick: (id: string) => void}} acts */
  constructor(box, acts) {
    this.box = box;
    this.acts = acts;
  }

  /** @param {Report | null} report @param {Choices} choices @param {string | null} chosen */
  draw(report, choices, chosen) {
    const scroll = this.box.querySelector(".result-scroll")?.scrollTop ?? 0;
    if (!report) {
      fill(this.box, h("div", { class: "result-scroll" },
        h("p", { class: "empty" }, icon("database"), h("span", { text: t("imports.choose_report") })), this.#outside(choices, [])));
      return;
    }
    fill(this.box, h("div", { class: "result-scroll" }, head(report), this.#faults(report, choices),
      this.#points(report, choices, chosen), this.#outside(choices, report.quality.suspects), missingByKind(report.quality), refusals(report)));
    const fresh = this.box.querySelector(".result-scroll");
    if (fresh) fresh.scrollTop = scroll;
    if (chosen) this.box.querySelector(`[data-key="${CSS.escape(chosen)}"]`)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Report} report @param {Choices} choices */
  #faults(report, choices) {
    const q = report.quality;
    const out = new Set(choices.faults.map((one) => one.fault));
    const line = (/** @type {string} */ fault, /** @type {number} */ rows, /** @type {string} */ help) => {
      const left = out.has(fault);
      return h("div", { class: "fault", "data-fault": fault },
        h("span", {}, h("span", { class: "fault-count", text: count(rows) }), ` ${t(`fault.${fault}`)} `,
          h("span", { class: "quiet", text: finePercent(rows / Math.max(1, q.rows)) })),
        h("button", { class: `btn btn-sm ${left ? "btn-strong" : "btn-quiet"}`, type: "button", "aria-pressed": String(left),
          onclick: () => this.acts.toggleFault(fault, !left) }, icon(left ? "eye-off" : "eye"), t(left ? "imports.left_out" : "imports.counts")),
        h("small", { text: help }));
    };
    return h("section", { class: "group" }, h("h3", { text: t("imports.faults") }),
      line("near_duplicate", q.near_duplicates, t("imports.near_duplicate_help", { same: count(q.same_event) })),
      line("outside", q.outside_area ?? 0, t(q.outside_area === null ? "imports.no_area" : "imports.outside_help")),
      line("midnight", q.midnight_rows, q.midnight ? t("imports.midnight_help", { n: count(q.midnight.incidents), usual: count(q.midnight.usual) })
        : t(q.dates_only ? "imports.dates_only" : "imports.no_midnight")),
      line("no_place", q.without_place, t("imports.no_place_help")));
  }

  /** @param {Report} report @param {Choices} choices @param {string | null} chosen */
  #points(report, choices, chosen) {
    const out = new Set(choices.points.map((one) => one.id));
    const shown = report.quality.suspects.slice(0, SHOWN_POINTS);
    const rows = shown.map((one) => this.#pointRow(one, out.has(pointId(one.place)), chosen));
    const more = report.quality.suspects.length - shown.length;
    return h("section", {}, h("div", { class: "group" }, h("h3", { text: t("imports.points") }),
      h("p", { class: "quiet small", text: t(shown.length ? "imports.points_help" : "imports.no_points") })),
    ...rows, more > 0 ? h("p", { class: "group quiet small", text: t("imports.more_points", { n: count(more) }) }) : null);
  }

  /** @param {Suspect} one @param {boolean} left @param {string | null} chosen */
  #pointRow(one, left, chosen) {
    const id = pointId(one.place);
    const near = one.near_name ? t(`imports.near_${one.near_kind || "base"}`, { name: one.near_name }) : "";
    return h("div", { class: `point-row ${left ? "is-out" : ""}`, "data-key": id, "aria-current": String(chosen === id) },
      h("span", { class: "point-mark", "data-suspicion": one.suspicion }),
      h("button", { class: "point-go", type: "button", onclick: () => this.acts.pick(id) },
        h("div", { class: "row-title clip", text: one.address || near || id }),
        h("div", { class: "row-sub", text: [t("imports.point_rows", { n: count(one.rows), share: finePercent(one.share) }),
          t(`suspicion.${one.suspicion}`), one.address ? near : ""].filter(Boolean).join(" · ") })),
      h("button", { class: `btn btn-sm ${left ? "btn-strong" : "btn-quiet"}`, type: "button", "aria-pressed": String(left),
        onclick: () => this.acts.toggleOut(one, !left) }, icon(left ? "eye-off" : "eye"), t(left ? "imports.left_out" : "imports.counts")));
  }

  /** Points left out that this report does not show. @param {Choices} choices @param {Suspect[]} suspects */
  #outside(choices, suspects) {
    const shown = new Set(suspects.slice(0, SHOWN_POINTS).map((one) => pointId(one.place)));
    const others = choices.points.filter((one) => !shown.has(one.id));
    if (!others.length) return null;
    return h("section", {}, h("div", { class: "group" }, h("h3", { text: t("imports.other_points") })),
      ...others.map((one) => h("div", { class: "point-row is-out" }, icon("ban"),
        h("button", { class: "point-go", type: "button", onclick: () => this.acts.pick(one.id) }, h("div", { class: "row-title clip", text: one.label || one.id }),
          h("div", { class: "row-sub", text: `${one.id} · ${t("measure.m", { n: count(one.radius_m) })}` })),
        h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => this.acts.dropPoint(one.id) }, icon("eye"), t("imports.take_in")))));
  }
}

/** @param {Report} report */
function head(report) {
  const figure = (/** @type {string} */ label, /** @type {number} */ value) => h("div", {}, h("dt", { text: label }), h("dd", { text: count(value) }));
  const left = Object.values(report.left_out).reduce((sum, rows) => sum + rows, 0);
  return h("div", { class: "result-head" },
    h("div", {}, h("h2", { class: "clip", text: fileName(report.file), title: report.file }),
      h("p", { class: "quiet small", title: fullTime(report.at), text: [dayClock(report.at), report.actor,
        report.source === "stored" ? "" : nameOf("source", report.source), report.checked_only ? t("imports.only_checked") : ""].filter(Boolean).join(" · ") })),
    h("dl", { class: "figures" }, figure(t("imports.read"), report.read), figure(t("imports.kept"), report.kept),
      figure(t("imports.refused"), report.refused), figure(t("imports.duplicates"), report.duplicates),
      figure(t("imports.left"), left), figure(t("imports.added"), report.added)),
    left ? h("p", { class: "quiet small", text: t("imports.left_help") }) : null);
}

/** @param {Quality} quality */
function missingByKind(quality) {
  const kinds = quality.kinds.filter((one) => one.without_place).sort((a, b) => b.without_place / b.rows - a.without_place / a.rows);
  if (!kinds.length) return null;
  return h("section", { class: "group" }, h("h3", { text: t("imports.missing_by_kind") }),
    ...kinds.slice(0, SHOWN_KINDS).map((one) => {
      const bar = h("i");
      bar.style.width = `${(one.without_place / one.rows) * 100}%`;
      return h("div", { class: "kind-line" }, h("span", { class: "clip", text: one.kind ? nameOf("kind", one.kind) : t("imports.no_kind") }),
        h("span", { class: "kinds-bar" }, bar), h("span", { class: "num", text: t("imports.of", { n: count(one.without_place), all: count(one.rows) }) }));
    }));
}

/** @param {Report} report */
function refusals(report) {
  if (!report.refusals.length) return null;
  return h("section", { class: "group" }, h("details", {}, h("summary", { text: t("imports.refused_rows", { n: count(report.refused) }) }),
    h("ul", { class: "small" }, ...report.refusals.map((line) => h("li", { text: line })))));
}
