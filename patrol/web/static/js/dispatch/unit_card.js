// A unit's card: how fresh, what it is doing, where it goes next, where it has been.
import { get } from "../api.js";
import { may } from "../boot.js";
import { fill, h, icon, setText } from "../dom.js";
import { clock, dayClock, duration, fullTime, percent, speed } from "../format.js";
import { batteryIcon, fact, modeMark, shownStatus, statusName } from "../marks.js";
import { nameOf, t } from "../texts.js";
import { failed, section, waiting } from "./card.js";

/** @typedef {import("../types").LiveUnit} LiveUnit */
/** @typedef {import("../types").UnitDetail} UnitDetail */

const TRAIL_MIN = 60;
const RELOAD_MS = 20_000;
const CONFIRM_MS = 4_000;

/** @param {string} id @param {import("./main.js").Desk} desk @returns {import("./card.js").CardContent} */
export function unitCard(id, desk) {
  const { store } = desk;
  const mark = h("span");
  const state = h("span");
  const facts = h("dl", { class: "facts" });
  const more = h("div", { class: "card-body" }, waiting());
  let loadedMs = 0;
  let closed = false;

  const refresh = () => {
    const unit = store.units.get(id);
    if (!unit) return;
    const fresh = store.freshness(unit);
    const shown = shownStatus(unit.status, fresh);
    fill(mark, modeMark(unit.mode, unit.status, fresh));
    fill(state, h("span", { class: "status", "data-status": shown, text: statusName(shown) }));
    fill(facts, ...liveFacts(unit, store.silenceS(unit)));
    if (Date.now() - loadedMs > RELOAD_MS) load();
  };

  const load = async () => {
    loadedMs = Date.now();
    try {
      const [detail, track] = await Promise.all([
        get(`/units/${encodeURIComponent(id)}`),
        get(`/units/${encodeURIComponent(id)}/track?minutes=${TRAIL_MIN}`),
      ]);
      if (closed) return;
      desk.routes.setTrail(trackPlaces(track));
      fill(more, ...details(detail, desk));
    } catch (error) {
      if (!closed) fill(more, failed(error, load));
    }
  };

  const name = h("h2", { class: "clip" });
  setText(name, store.units.get(id)?.name ?? id);
  refresh();
  return {
    head: [mark, h("span", { class: "grow" }, name), state],
    body: h("div", {}, h("div", { class: "card-body" }, facts), more),
    refresh,
    close: () => {
      closed = true;
      desk.routes.setTrail([]);
    },
  };
}

/** @param {LiveUnit} unit @param {number} silenceS */
function liveFacts(unit, silenceS) {
  const battery = unit.battery_share;
  return [
    fact(t("unit.fix_age"), silenceS === Infinity ? t("unit.no_fix") : t("measure.ago", { time: duration(silenceS) }),
      unit.time ? fullTime(unit.time * 1000) : undefined),
    fact(t("unit.mode"), nameOf("mode", unit.mode)),
    unit.speed_mps == null ? null : fact(t("unit.speed"), speed(unit.speed_mps)),
    battery == null ? null : fact(t("unit.battery"), h("span", {}, icon(batteryIcon(battery)), ` ${percent(battery)}`)),
  ];
}

/** The track as places, oldest first; the API gives GeoJSON or a list of fixes.
 * @param {any} track @returns {[number, number][]} */
export function trackPlaces(track) {
  const coordinates = track.geometry?.coordinates ?? track.features?.[0]?.geometry?.coordinates;
  if (coordinates) return coordinates;
  return (track.fixes ?? track.track ?? []).map((/** @type {any} */ fix) => [fix.lon, fix.lat]);
}

/** @param {UnitDetail} detail @param {import("./main.js").Desk} desk */
function details(detail, desk) {
  return [
    assignmentPart(detail, desk),
    section(t("unit.next_stops"), nextStops(detail)),
    h("dl", { class: "facts" },
      fact(t("unit.base"), detail.base?.name),
      fact(t("unit.crew"), detail.unit.crew ? t("unit.crew_n", { n: detail.unit.crew }) : null),
      fact(t("unit.guards"), detail.unit.guard_of),
      fact(t("unit.passes"), detail.passes?.length ? t("unit.passes_n", { n: detail.passes.length }) : null)),
    h("div", { class: "card-actions" },
      h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => desk.follow(detail.unit.id) },
        icon("crosshair"), t("unit.show"), h("kbd", { text: "f" })),
      may("incident.dispatch") ? lostButton(detail.unit.id, desk) : null),
  ].filter((part) => part !== null);
}

/** A unit that is gone for the rest of the shift leaves its stops to others; the button asks once.
 * @param {string} id @param {import("./main.js").Desk} desk */
function lostButton(id, desk) {
  let asked = false;
  const button = h("button", { class: "btn btn-sm btn-quiet", type: "button" }, icon("log-out"), t("unit.lost"));
  button.addEventListener("click", () => {
    if (asked) {
      desk.replans.ask([id]);
      button.disabled = true;
      return;
    }
    asked = true;
    fill(button, icon("log-out"), t("unit.lost_sure"));
    setTimeout(() => {
      asked = false;
      fill(button, icon("log-out"), t("unit.lost"));
    }, CONFIRM_MS);
  });
  return button;
}

/** @param {UnitDetail} detail @param {import("./main.js").Desk} desk */
function assignmentPart(detail, desk) {
  const assignment = detail.assignment;
  if (!assignment?.incident_id) return null;
  const incidentId = assignment.incident_id;
  const incident = desk.store.incidents.get(incidentId);
  return section(t("unit.assignment"), h("button", {
    class: "btn btn-quiet", type: "button",
    onclick: () => desk.selection.choose({ kind: "incident", id: incidentId }),
  }, icon("triangle-alert"), incident ? nameOf("kind", incident.kind) : incidentId,
  h("span", { class: "quiet" }, ` ${clock(assignment.assigned)}`)));
}

/** @param {UnitDetail} detail */
function nextStops(detail) {
  if (!detail.next_visits?.length) return h("p", { class: "quiet", text: t("unit.no_stops") });
  const today = dayClock(Date.now()).slice(0, 5);
  return h("ol", { class: "stops" }, ...detail.next_visits.slice(0, 5).map((visit, index) => {
    const text = dayClock(visit.arrive).startsWith(today) ? clock(visit.arrive) : dayClock(visit.arrive);
    return h("li", {}, h("span", { class: "stop-n", text: String(index + 1) }),
      h("span", { class: "clip", text: visit.name, title: visit.name }),
      h("span", {}, h("time", { text, title: fullTime(visit.arrive) }),
        h("span", { class: "quiet" }, ` ${duration(visit.dwell_s)}`)));
  }));
}
