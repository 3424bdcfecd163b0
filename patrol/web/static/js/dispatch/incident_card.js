// An incident's card: the nearest units by road time, one click from being sent; then its timeline.
import { get, post } from "../api.js";
import { may } from "../boot.js";
import { fill, h, icon } from "../dom.js";
import { clock, distance, duration, fullTime } from "../format.js";
import { fact, modeMark, shownStatus, statusMark, statusName } from "../marks.js";
import { say, sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { failed, section, waiting } from "./card.js";

/** @typedef {import("../types").Incident} Incident */
/** @typedef {import("../types").NearUnit} NearUnit */

const SHOWN_UNITS = 6;
const CONFIRM_MS = 4_000;

/** @param {string} id @param {import("./main.js").Desk} desk @returns {import("./card.js").CardContent} */
export function incidentCard(id, desk) {
  const state = h("span");
  const since = h("span", { class: "row-sub" });
  const about = h("div", { class: "card-body" });
  const near = h("div", {}, waiting());
  const timeline = h("div");
  /** @type {NearUnit[]} */
  let units = [];
  let drawn = "";
  let closed = false;

  const assign = async (/** @type {NearUnit} */ unit) => {
    try {
      const answer = await post(`/incidents/${encodeURIComponent(id)}/assign`, { unit_id: unit.unit_id });
      if (answer.incident) desk.store.putIncident(answer.incident);
      say(t("incident.sent", { unit: unit.name }), "done");
      loadNear();
    } catch (error) {
      sayError(error);
    }
  };

  const loadNear = async () => {
    try {
      units = (await get(`/incidents/${encodeURIComponent(id)}/nearest`)).units;
      if (!closed) fill(near, nearList(units, assign, desk.store));
    } catch (error) {
      if (!closed) fill(near, failed(error, loadNear));
    }
  };

  const refresh = () => {
    const incident = desk.store.incidents.get(id);
    if (!incident) return;
    fill(since, t("measure.ago", { time: duration((desk.store.nowMs() - Date.parse(incident.time)) / 1000) }));
    const look = JSON.stringify([incident.status, incident.assignments, incident.note, incident.address]);
    if (look === drawn) return;
    drawn = look;
    fill(state, statusMark(incident.status, "incident_status"));
    fill(about, ...aboutParts(incident));
    fill(timeline, timelineOf(incident, desk));
  };

  refresh();
  const dispatching = may("incident.dispatch");
  if (dispatching) loadNear();
  const incident = desk.store.incidents.get(id);
  return {
    head: [h("span", { class: "grow" },
      h("h2", { class: "clip", text: incident ? nameOf("kind", incident.kind) : id }), since), state],
    body: h("div", {}, about, h("div", { class: "card-body" },
      dispatching ? section(t("incident.nearest"), near) : null,
      section(t("incident.timeline"), timeline),
      h("div", { class: "card-actions" }, showButton(id, desk), dispatching ? closeButton(id, desk) : null))),
    refresh,
    close: () => { closed = true; },
    /** Enter sends the best free unit. */
    submit: () => {
      const heard = (/** @type {NearUnit} */ unit) => {
        const live = desk.store.units.get(unit.unit_id);
        return live !== undefined && desk.store.freshness(live) === "live";
      };
      const best = units.find((unit) => unit.free && heard(unit)) ?? null;
      if (best && desk.store.incidents.get(id)?.status === "open") assign(best);
    },
  };
}

/** @param {Incident} incident */
function aboutParts(incident) {
  return [
    incident.note ? h("p", { class: "note", text: incident.note }) : null,
    h("dl", { class: "facts" },
      fact(t("incident.where"), incident.address || placeText(incident)),
      fact(t("incident.source"), nameOf("source", incident.source)),
      fact(t("incident.at"), clock(incident.time), fullTime(incident.time))),
  ].filter((part) => part !== null);
}

/** @param {Incident} incident */
function placeText(incident) {
  if (incident.lon === null || incident.lat === null) return t("incident.no_place");
  return `${incident.lon.toFixed(5)}, ${incident.lat.toFixed(5)}`;
}

/** @param {NearUnit[]} units @param {(unit: NearUnit) => void} assign @param {import("../store.js").Store} store */
function nearList(units, assign, store) {
  if (!units.length) return h("p", { class: "quiet", text: t("incident.no_units") });
  return h("div", { class: "near" }, ...units.slice(0, SHOWN_UNITS).map((unit, index) =>
    h("button", {
      class: `row-item ${unit.free ? "" : "is-busy"}`, type: "button",
      title: t("incident.send_unit", { unit: unit.name }), onclick: () => assign(unit),
    }, modeMark(unit.mode, unit.status, freshOf(store, unit)),
    h("span", { class: "grow clip" }, h("span", { class: "row-title", text: unit.name }), " ",
      h("span", { class: "status", "data-status": shownStatus(unit.status, freshOf(store, unit)), text: statusName(shownStatus(unit.status, freshOf(store, unit))) })),
    h("span", { class: "eta" }, unit.travel_s === null ? t("incident.unreachable") : duration(unit.travel_s),
      unit.distance_m === null ? null : h("small", { text: distance(unit.distance_m) })),
    h("span", { class: `btn btn-sm pick ${index === 0 && unit.free ? "btn-strong" : "btn-quiet"}` }, t("incident.send"),
      index === 0 && unit.free ? h("kbd", { text: "↵" }) : null))));
}

/** How fresh the unit's position is. @param {import("../store.js").Store} store @param {NearUnit} unit */
function freshOf(store, unit) {
  const live = store.units.get(unit.unit_id);
  return live ? store.freshness(live) : "lost";
}

/** @param {Incident} incident @param {import("./main.js").Desk} desk */
function timelineOf(incident, desk) {
  /** @type {[string, string][]} */
  const events = [[incident.time, t("timeline.reported", { source: nameOf("source", incident.source) })]];
  for (const one of incident.assignments) {
    const unit = desk.store.units.get(one.unit_id)?.name ?? one.unit_id;
    for (const step of /** @type {const} */ (["assigned", "accepted", "arrived", "ended"])) {
      const at = one[step];
      if (at) events.push([at, t(`timeline.${step}`, { unit })]);
    }
  }
  events.sort((a, b) => Date.parse(a[0]) - Date.parse(b[0]));
  return h("ol", { class: "timeline" }, ...events.map(([at, text]) =>
    h("li", {}, h("time", { text: clock(at), title: fullTime(at) }), h("span", { text }))));
}

/** @param {string} id @param {import("./main.js").Desk} desk */
function showButton(id, desk) {
  return h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => desk.showIncident(id) },
    icon("crosshair"), t("unit.show"), h("kbd", { text: "f" }));
}

/** Closing cannot be undone, so the button asks once, in its own place.
 * @param {string} id @param {import("./main.js").Desk} desk */
function closeButton(id, desk) {
  let asked = false;
  const button = h("button", { class: "btn btn-sm btn-quiet", type: "button" }, icon("check"), t("incident.close"));
  button.addEventListener("click", async () => {
    if (!asked) {
      asked = true;
      fill(button, icon("check"), t("incident.close_sure"));
      setTimeout(() => {
        asked = false;
        fill(button, icon("check"), t("incident.close"));
      }, CONFIRM_MS);
      return;
    }
    try {
      const answer = await post(`/incidents/${encodeURIComponent(id)}/close`);
      if (answer.incident) desk.store.putIncident(answer.incident);
      say(t("incident.closed"), "done");
      desk.selection.clear();
    } catch (error) {
      sayError(error);
    }
  });
  return button;
}
