// All units of the shift: counts by status that filter, a text filter, and who has been silent.
import { byId, fill, h, renderList, setText } from "../dom.js";
import { duration, fullTime } from "../format.js";
import { modeMark, shownStatus, statusName } from "../marks.js";
import { nameOf, t } from "../texts.js";

/** @typedef {import("../types").LiveUnit} LiveUnit */

const ORDER = ["sos", "onscene", "enroute", "assigned", "lost", "stale", "patrol", "break", "off"];

export class UnitsPanel {
  /** @param {import("../store.js").Store} store @param {import("./selection.js").Selection} selection
   * @param {(shown: Set<string> | null) => void} onFilter */
  constructor(store, selection, onFilter) {
    this.store = store;
    this.selection = selection;
    this.onFilter = onFilter;
    this.list = byId("units-list");
    this.filter = byId("units-filter", HTMLInputElement);
    /** @type {string | null} */
    this.only = null;
    this.told = "";
    this.filter.addEventListener("input", () => this.draw());
    this.filter.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#chooseFirst();
    });
    store.on(["units"], () => this.#soon());
    selection.on(() => this.draw());
    setInterval(() => this.draw(), 1_000);
  }

  /** Moves come four times a second; the list needs two. */
  #soon() {
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(() => {
      this.waiting = false;
      this.draw();
    }, 500);
    if (this.list.getAttribute("aria-busy") === "true") this.draw();
  }

  /** @param {LiveUnit} unit */
  #shown(unit) {
    return shownStatus(unit.status, this.store.freshness(unit));
  }

  /** @returns {{unit: LiveUnit, shown: string}[]} */
  #matching() {
    const words = this.filter.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    return [...this.store.units.values()]
      .map((unit) => ({ unit, shown: this.#shown(unit) }))
      .filter(({ unit, shown }) => {
        if (this.only && shown !== this.only) return false;
        const text = `${unit.name} ${unit.id} ${nameOf("mode", unit.mode)} ${statusName(shown)}`.toLowerCase();
        return words.every((word) => text.includes(word));
      })
      .sort((a, b) => ORDER.indexOf(a.shown) - ORDER.indexOf(b.shown)
        || a.unit.name.localeCompare(b.unit.name, undefined, { numeric: true }));
  }

  #chooseFirst() {
    const first = this.#matching()[0];
    if (first) this.selection.choose({ kind: "unit", id: first.unit.id });
    this.filter.blur();
  }

  /** Step through the list with the keyboard. @param {1 | -1} step */
  step(step) {
    const matching = this.#matching();
    if (!matching.length) return;
    const index = matching.findIndex(({ unit }) => this.selection.is("unit", unit.id));
    const next = matching[(index + step + matching.length) % matching.length];
    this.selection.choose({ kind: "unit", id: next.unit.id });
  }

  /** Put the filter back; true where there was one. */
  clearFilter() {
    if (!this.filter.value && !this.only) return false;
    this.filter.value = "";
    this.only = null;
    this.draw();
    return true;
  }

  draw() {
    if (!this.store.ready) return;
    this.list.setAttribute("aria-busy", "false");
    this.#drawChips();
    const matching = this.#matching();
    const total = this.store.units.size;
    const filtered = Boolean(this.only || this.filter.value.trim());
    setText(byId("units-tally"), filtered ? t("units.tally_of", { n: matching.length, total }) : String(total));
    const empty = byId("units-empty");
    empty.hidden = matching.length > 0;
    this.list.hidden = matching.length === 0;
    setText(empty, total ? t("units.no_match") : t("units.none"));
    renderList(this.list, matching, ({ unit }) => unit.id, ({ unit }) => this.#make(unit),
      (row, { unit, shown }) => this.#update(row, unit, shown));
    this.#tellFilter(filtered ? matching.map(({ unit }) => unit.id) : null);
  }

  /** The map is drawn anew only when another set of units is meant. @param {string[] | null} ids */
  #tellFilter(ids) {
    const look = ids === null ? "" : ids.join();
    if (look === this.told) return;
    this.told = look;
    this.onFilter(ids === null ? null : new Set(ids));
  }

  #drawChips() {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const unit of this.store.units.values()) {
      const shown = this.#shown(unit);
      counts.set(shown, (counts.get(shown) ?? 0) + 1);
    }
    const present = ORDER.filter((status) => counts.has(status) || status === this.only);
    renderList(byId("units-chips"), present, (status) => status, (status) => h("button", {
      class: "chip", type: "button",
      onclick: () => {
        this.only = this.only === status ? null : status;
        this.draw();
      },
    }, h("span", { class: "status", "data-status": status }, statusName(status)), h("b")), (chip, status) => {
      setText(/** @type {Element} */ (chip.querySelector("b")), String(counts.get(status) ?? 0));
      chip.setAttribute("aria-pressed", String(this.only === status));
    });
  }

  /** @param {LiveUnit} unit */
  #make(unit) {
    return h("button", {
      class: "row-item unit-row", type: "button",
      onclick: () => this.selection.choose({ kind: "unit", id: unit.id }),
    }, h("span", { class: "glyph" }), h("span", { class: "row-title grow clip" }),
    h("span", { class: "state" }), h("span", { class: "unit-age" }));
  }

  /** @param {HTMLElement} row @param {LiveUnit} unit @param {string} shown */
  #update(row, unit, shown) {
    const fresh = this.store.freshness(unit);
    row.setAttribute("aria-current", String(this.selection.is("unit", unit.id)));
    setText(/** @type {Element} */ (row.querySelector(".row-title")), unit.name);
    const age = /** @type {HTMLElement} */ (row.querySelector(".unit-age"));
    const silence = this.store.silenceS(unit);
    setText(age, unit.status === "off" || silence === Infinity ? "—" : duration(silence));
    age.title = unit.seen ? t("units.heard_at", { time: fullTime(unit.seen * 1000) }) : "";
    const look = `${unit.mode} ${unit.status} ${fresh}`;
    if (row.dataset.look === look) return;
    row.dataset.look = look;
    row.dataset.fresh = fresh;
    fill(/** @type {Element} */ (row.querySelector(".glyph")), modeMark(unit.mode, unit.status, fresh));
    fill(/** @type {Element} */ (row.querySelector(".state")),
      h("span", { class: "status", "data-status": shown, text: statusName(shown) }));
  }
}
