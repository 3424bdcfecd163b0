// What a camera told of, newest first: when, for how long, who took note and what was made of it.
import { get } from "../api.js";
import { alertText } from "../dispatch/alerts_panel.js";
import { failed, waiting } from "../dispatch/card.js";
import { fill, h } from "../dom.js";
import { clock, duration, fullTime } from "../format.js";
import { t } from "../texts.js";

/** @typedef {import("../types").CameraAlert} CameraAlert */

const SHOWN = 20;

/** A list that fills itself. @param {string} cameraId @returns {HTMLElement} */
export function pastAlerts(cameraId) {
  const box = h("div", { class: "past-alerts" }, waiting());
  const load = async () => {
    try {
      const answer = await get(`/alerts?camera=${encodeURIComponent(cameraId)}&limit=${SHOWN}`);
      const alerts = /** @type {CameraAlert[]} */ (answer.alerts);
      fill(box, alerts.length ? h("ol", { class: "past-list" }, ...alerts.map(row))
        : h("p", { class: "quiet", text: t("alerts.none_past") }));
    } catch (error) {
      fill(box, failed(error, load));
    }
  };
  load();
  return box;
}

/** @param {CameraAlert} alert */
function row(alert) {
  const lasted = alert.ended ? duration((Date.parse(alert.ended) - Date.parse(alert.opened)) / 1000) : t("alerts.goes_on");
  return h("li", { class: "past-alert", "data-kind": alert.kind },
    h("div", { class: "past-head" }, h("b", { text: alertText(alert) }), h("span", { class: "quiet nowrap", text: lasted })),
    h("div", { class: "quiet small", text: `${fullTime(alert.opened)} · ${outcome(alert)}` }));
}

/** What the desk did. @param {CameraAlert} alert */
function outcome(alert) {
  const noted = !alert.acknowledged ? t("alerts.not_noted")
    : alert.acknowledged_by ? t("alerts.noted_by", { time: clock(alert.acknowledged), who: alert.acknowledged_by })
      : t("alerts.noted_at", { time: clock(alert.acknowledged) });
  return alert.incident_id ? `${noted} · ${t("alerts.incident_made")}` : noted;
}
