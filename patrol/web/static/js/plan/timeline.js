// The calendar as bars over weeks: what weighs when. A week can be chosen; the map then shows it.
import { fill, h, icon, byId } from "../dom.js";
import { t } from "../texts.js";
import { addDays, daysBetween, daysText, ICONS, mondayOf } from "./entries.js";

/** @typedef {import("./entries.js").Entry} Entry */

const WEEKS = 16;
const BACK = 4;
const STEP = 4;

export class Timeline {
  /** @param {(entry: Entry) => void} open @param {(monday: string | null) => void} pickWeek */
  constructor(open, pickWeek) {
    this.box = byId("timeline");
    this.open = open;
    this.pickWeek = pickWeek;
    /** @type {Entry[]} */
    this.entries = [];
    this.today = "";
    this.start = "";
    /** @type {string | null} */
    this.week = null;
    /** @type {string | null} */
    this.chosen = null;
    this.box.addEventListener("keydown", (event) => this.#arrows(event));
  }

  /** @param {Entry[]} entries @param {string} today @param {string | null} chosen */
  draw(entries, today, chosen) {
    this.entries = entries;
    this.chosen = chosen;
    if (today !== this.today) {
      this.today = today;
      this.start = addDays(mondayOf(today), -7 * BACK);
    }
    const end = addDays(this.start, 7 * WEEKS);
    const dated = entries.filter((one) => one.state !== "always");
    const inside = dated.filter((one) => (!one.first || one.first < end) && (!one.last || one.last >= this.start));
    const focused = document.activeElement instanceof HTMLElement && this.box.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    fill(this.box, this.#head(entries.length - dated.length), h("div", { class: "timeline-body" }, this.#weeks(), inside.length
      ? h("div", { class: "timeline-rows" }, ...inside.map((one) => this.#row(one)), this.#todayLine())
      : h("p", { class: "empty" }, icon("calendar-range"), h("span", { text: t("calendar.none_in_weeks") }))));
    if (focused) /** @type {HTMLElement | null} */ (this.box.querySelector(`[data-focus="${CSS.escape(focused)}"]`))?.focus();
  }

  /** @param {number} always */
  #head(always) {
    const step = (/** @type {number} */ weeks) => () => {
      this.start = addDays(this.start, 7 * weeks);
      this.draw(this.entries, this.today, this.chosen);
    };
    const button = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ run) =>
      h("button", { class: "btn-bare", type: "button", "aria-label": label, title: label, "data-focus": name, onclick: run }, icon(name));
    return h("header", { class: "panel-head timeline-head" }, h("h2", { text: t("calendar.timeline_title") }),
      always ? h("span", { class: "quiet", text: t("calendar.always_n", { n: always }) }) : null,
      button("chevron-left", t("calendar.earlier"), step(-STEP)),
      h("button", { class: "btn btn-sm btn-quiet", type: "button", "data-focus": "today", onclick: () => {
        this.start = addDays(mondayOf(this.today), -7 * BACK);
        this.week = null;
        this.pickWeek(null);
        this.draw(this.entries, this.today, this.chosen);
      } }, t("calendar.today")),
      button("chevron-right", t("calendar.later"), step(STEP)));
  }

  #weeks() {
    return h("div", { class: "timeline-weeks", role: "group", "aria-label": t("calendar.weeks") }, h("span", { class: "timeline-label quiet", text: t("calendar.week_of") }),
      ...Array.from({ length: WEEKS }, (_, index) => {
        const monday = addDays(this.start, 7 * index);
        const n = this.entries.filter((one) => (!one.first || one.first <= addDays(monday, 6)) && (!one.last || one.last >= monday)).length;
        const [, month, day] = monday.split("-").map(Number);
        return h("button", {
          class: "week", type: "button", "aria-pressed": String(this.week === monday), "data-focus": monday, title: t("calendar.week_help", { n, first: monday, last: addDays(monday, 6) }),
          onclick: () => {
            this.week = this.week === monday ? null : monday;
            this.pickWeek(this.week);
            this.draw(this.entries, this.today, this.chosen);
          },
        }, h("span", { text: `${month}/${day}` }), h("small", { text: String(n) }));
      }));
  }

  /** @param {Entry} one */
  #row(one) {
    const span = 7 * WEEKS;
    const from = one.first ? Math.max(0, daysBetween(this.start, one.first)) : 0;
    const to = one.last ? Math.min(span, daysBetween(this.start, one.last) + 1) : span;
    const bar = h("button", {
      class: "bar-item", type: "button", "data-what": one.what, "data-state": one.state, "data-focus": `${one.what}:${one.id}`, "aria-current": String(this.chosen === `${one.what}:${one.id}`),
      "aria-label": `${t(`calendar.${one.what}`)} ${one.name}, ${daysText(one)}, ${one.effect}`, title: `${one.name} · ${daysText(one)} · ${one.effect}`, onclick: () => this.open(one),
    }, h("b", { text: one.effect }));
    bar.style.left = `${(from / span) * 100}%`;
    bar.style.width = `${(Math.max(1, to - from) / span) * 100}%`;
    bar.classList.toggle("open-start", !one.first || one.first < this.start);
    bar.classList.toggle("open-end", !one.last || daysBetween(this.start, one.last) >= span);
    return h("div", { class: "timeline-row" }, h("span", { class: "timeline-label clip" }, icon(ICONS[one.what]), one.name), h("div", { class: "timeline-track" }, bar));
  }

  #todayLine() {
    const at = daysBetween(this.start, this.today) / (7 * WEEKS);
    const line = h("i", { class: "today-line", "aria-hidden": "true", hidden: at < 0 || at > 1 });
    line.style.setProperty("--at", String(at));
    return line;
  }

  /** Up and down go from bar to bar. @param {KeyboardEvent} event */
  #arrows(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    const bars = [...this.box.querySelectorAll(".bar-item")];
    const at = bars.indexOf(/** @type {Element} */ (document.activeElement));
    if (at < 0) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (bars[Math.min(bars.length - 1, Math.max(0, at + by))]).focus();
  }
}
