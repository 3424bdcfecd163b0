// Active incidents, the unanswered first and the longest waiting on top; what is closed leaves.
import { byId, h, renderList, setText } from "../dom.js";
import { clock, duration, fullTime } from "../format.js";
import { statusMark } from "../marks.js";
import { nameOf, t } from "../texts.js";

/** @typedef {import("../types").Incident} Incident */

const ORDER = { open: 0, assigned: 1, onscene: 2, closed: 3 };

/** @param {Incident} a @param {Incident} b */
function byUrgency(a, b) {
  return ORDER[a.status] - ORDER[b.status] || Date.parse(a.time) - Date.parse(b.time);
}

export class IncidentsPanel {
  /** @param {import("../store.js").Store} store @param {import("./selection.js").Selection} selection */
  constructor(store, selection) {
    this.store = store;
    this.selection = selection;
    this.list = byId("incidents-list");
    this.title = document.title;
    store.on(["incidents", "units"], () => this.draw());
    selection.on(() => this.draw());
    setInterval(() => this.draw(), 1_000);
  }

  /** @returns {Incident[]} */
  active() {
    return [...this.store.incidents.values()].filter((one) => one.status !== "closed").sort(byUrgency);
  }

  draw() {
    if (!this.store.ready) return;
    const incidents = this.active();
    this.list.setAttribute("aria-busy", "false");
    byId("incidents-empty").hidden = incidents.length > 0;
    this.list.hidden = incidents.length === 0;
    const open = incidents.filter((one) => one.status === "open").length;
    document.title = open ? `(${open}) ${this.title}` : this.title;
    setText(byId("incidents-tally"), open ? t("incidents.tally_open", { n: incidents.length, open }) : String(incidents.length));
    renderList(this.list, incidents, (one) => one.id, (one) => this.#make(one), (row, one) => this.#update(row, one));
  }

  /** @param {Incident} incident */
  #make(incident) {
    return h("button", {
      class: "row-item incident", type: "button",
      onclick: () => this.selection.choose({ kind: "incident", id: incident.id }),
    }, h("span", { class: "grow" },
      h("span", { class: "row-head" }, h("span", { class: "row-title clip" }), h("span", { class: "since" })),
      h("span", { class: "row-sub" }, h("span", { class: "clip where" }), h("span", { class: "state nowrap" }))));
  }

  /** @param {HTMLElement} row @param {Incident} incident */
  #update(row, incident) {
    row.setAttribute("aria-current", String(this.selection.is("incident", incident.id)));
    setText(/** @type {Element} */ (row.querySelector(".row-title")), nameOf("kind", incident.kind));
    const since = /** @type {HTMLElement} */ (row.querySelector(".since"));
    setText(since, duration((this.store.nowMs() - Date.parse(incident.time)) / 1000));
    since.title = fullTime(incident.time);
    const where = incident.address || incident.note || t("incidents.at_clock", { time: clock(incident.time) });
    setText(/** @type {Element} */ (row.querySelector(".where")), this.#who(incident) ?? where);
    if (row.dataset.status !== incident.status) {
      row.dataset.status = incident.status;
      const state = /** @type {Element} */ (row.querySelector(".state"));
      state.replaceChildren(statusMark(incident.status, "incident_status"));
    }
  }

  /** Who is on it, once somebody is. @param {Incident} incident */
  #who(incident) {
    const going = incident.assignments.filter((one) => !one.ended);
    if (!going.length) return null;
    const names = going.map((one) => this.store.units.get(one.unit_id)?.name ?? one.unit_id).join(t("list.comma"));
    return incident.address ? `${names} → ${incident.address}` : names;
  }
}
