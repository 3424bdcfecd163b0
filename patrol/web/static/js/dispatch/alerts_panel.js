// News of cameras, below the incidents: what nobody has taken note of on top; what is done leaves.
import { post } from "../api.js";
import { may } from "../boot.js";
import { byId, fill, h, icon, renderList, setText } from "../dom.js";
import { clock, count, decimal, duration, fullTime } from "../format.js";
import { say, sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";

/** @typedef {import("../types").CameraAlert} CameraAlert */
/** @typedef {"events" | "levels" | "feeds"} Group */

const ICONS = {
  high: "arrow-up", low: "arrow-down", crowding: "users", loitering: "timer", stopped_vehicle: "car",
  wrong_way: "octagon-x", trouble: "video-off",
};
/** @type {Group[]} */
const GROUPS = ["events", "levels", "feeds"];

/** @param {CameraAlert} alert @returns {Group} */
function groupOf(alert) {
  if (alert.kind === "trouble") return "feeds";
  return alert.kind === "high" || alert.kind === "low" ? "levels" : "events";
}

/** What nobody knows first, feeds last, then the newest.
 * @param {CameraAlert} a @param {CameraAlert} b */
function byUrgency(a, b) {
  return Number(a.acknowledged !== null) - Number(b.acknowledged !== null)
    || GROUPS.indexOf(groupOf(a)) - GROUPS.indexOf(groupOf(b))
    || Date.parse(b.newest) - Date.parse(a.newest);
}

/** What it is, in words. @param {CameraAlert} alert */
export function alertText(alert) {
  if (alert.kind === "trouble") return nameOf("camera_state", alert.state ?? "");
  const name = nameOf("alert_kind", alert.kind);
  if (groupOf(alert) === "levels") {
    return t("alerts.level", { name, rule: alert.rule, value: shown(alert.value), usual: shown(alert.usual ?? 0) });
  }
  const times = alert.times > 1 ? ` ×${count(alert.times)}` : "";
  return alert.kind === "crowding" ? `${name} ${t("alerts.people", { n: count(alert.value) })}${times}` : `${name}${times}`;
}

/** @param {number} value */
const shown = (value) => (value >= 20 ? count(value) : decimal(value));

export class AlertsPanel {
  /** @param {import("../store.js").Store} store @param {import("./main.js").Desk} desk */
  constructor(store, desk) {
    this.store = store;
    this.desk = desk;
    this.panel = byId("pane-alerts");
    this.list = byId("alerts-list");
    /** @type {Group | null} */
    this.group = null;
    this.filter = byId("alerts-filter", HTMLInputElement);
    this.filter.addEventListener("input", () => this.draw());
    store.on(["alerts"], () => this.draw());
    setInterval(() => this.draw(), 1_000);
  }

  /** @returns {CameraAlert[]} */
  shown() {
    const words = this.filter.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    return [...this.store.alerts.values()]
      .filter((one) => this.group === null || groupOf(one) === this.group)
      .filter((one) => {
        const text = `${one.name} ${one.camera_id} ${one.rule} ${alertText(one)}`.toLowerCase();
        return words.every((word) => text.includes(word));
      })
      .sort(byUrgency);
  }

  draw() {
    if (!this.store.ready) return;
    const all = [...this.store.alerts.values()];
    const fresh = all.filter((one) => one.acknowledged === null).length;
    this.panel.hidden = all.length === 0;
    setText(byId("alerts-tally"), fresh ? t("alerts.tally", { n: all.length, fresh }) : String(all.length));
    this.#drawChips(all);
    const rows = this.shown();
    byId("alerts-empty").hidden = rows.length > 0;
    renderList(this.list, rows, (one) => one.id, (one) => this.#make(one), (row, one) => this.#update(row, one));
  }

  /** @param {CameraAlert[]} all */
  #drawChips(all) {
    const there = GROUPS.filter((group) => all.some((one) => groupOf(one) === group));
    if (this.group !== null && !there.includes(this.group)) this.group = null;
    renderList(byId("alerts-chips"), there, (group) => group, (group) =>
      h("button", { class: "chip", type: "button", onclick: () => {
        this.group = this.group === group ? null : group;
        this.draw();
      } }, h("span", { text: t(`alerts.group_${group}`) }), h("b")),
    (chip, group) => {
      chip.setAttribute("aria-pressed", String(this.group === group));
      setText(/** @type {Element} */ (chip.querySelector("b")), String(all.filter((one) => groupOf(one) === group).length));
    });
  }

  /** @param {CameraAlert} alert */
  #make(alert) {
    const actions = may("incident.dispatch") ? h("span", { class: "alert-actions" },
      h("button", { class: "btn btn-sm btn-quiet note", type: "button", onclick: () => this.#note(alert.id) }, icon("check"), t("alerts.note")),
      h("button", { class: "btn btn-sm btn-quiet send", type: "button", onclick: () => this.#send(alert.id) }, icon("send"), t("alerts.send"))) : null;
    return h("div", { class: "alert-row" },
      h("button", { class: "row-item", type: "button", onclick: () => this.desk.showCamera(alert.camera_id) },
        h("span", { class: "alert-icon" }, icon(ICONS[alert.kind])),
        h("span", { class: "grow" },
          h("span", { class: "row-head" }, h("span", { class: "row-title clip what" }), h("span", { class: "since nowrap" })),
          h("span", { class: "row-sub clip d-block where" }))),
      actions);
  }

  /** @param {HTMLElement} row @param {CameraAlert} alert */
  #update(row, alert) {
    row.dataset.state = alert.acknowledged ? "noted" : alert.ended ? "over" : "live";
    row.dataset.kind = alert.kind;
    setText(/** @type {Element} */ (row.querySelector(".what")), alertText(alert));
    const since = /** @type {HTMLElement} */ (row.querySelector(".since"));
    setText(since, alert.ended ? t("alerts.over_at", { time: clock(alert.ended) })
      : duration((this.store.nowMs() - Date.parse(alert.opened)) / 1000));
    since.title = fullTime(alert.opened);
    setText(/** @type {Element} */ (row.querySelector(".where")), [alert.name, alert.incident_id ? t("alerts.incident_made") : null].filter(Boolean).join(" · "));
    row.querySelector(".note")?.toggleAttribute("hidden", alert.acknowledged !== null);
    const send = row.querySelector(".send");
    if (send && send.getAttribute("data-made") !== String(alert.incident_id !== null)) {
      send.setAttribute("data-made", String(alert.incident_id !== null));
      fill(send, icon(alert.incident_id ? "arrow-up-right" : "send"), t(alert.incident_id ? "alerts.see_incident" : "alerts.send"));
    }
  }

  /** @param {string} id */
  async #note(id) {
    try {
      const answer = await post(`/alerts/${encodeURIComponent(id)}/acknowledge`);
      this.store.putAlert(answer.alert);
    } catch (error) {
      sayError(error);
    }
  }

  /** An incident at the camera's place; its card has the nearest units one key away. @param {string} id */
  async #send(id) {
    try {
      const answer = await post(`/alerts/${encodeURIComponent(id)}/incident`);
      this.store.putAlert(answer.alert);
      if (answer.incident.status === "closed") {
        say(t("incident.closed"), "info");
        return;
      }
      this.store.putIncident(answer.incident);
      this.desk.openIncident(answer.incident.id);
    } catch (error) {
      sayError(error);
    }
  }

  /** Take note of the topmost that nobody knows. */
  noteFirst() {
    const first = this.shown().find((one) => one.acknowledged === null);
    if (first) this.#note(first.id);
  }
}
