// The next stop, always in sight: where, how far, when, how long, and the one thing to press.
import { byId, fill, h, icon } from "../dom.js";
import { clock, distance, duration, metersBetween } from "../format.js";
import { reasonWords } from "../reasons.js";
import { t } from "../texts.js";
import { turnIcon, turnText } from "./turns.js";

/** @typedef {import("../types").Visit} Visit */

const NEAR_M = 60;
const LATE_S = 600;

/** @param {import("./main.js").PhonePage} page */
export function drawNext(page) {
  const box = byId("phone-next");
  const route = page.route?.route;
  if (!page.route && !page.problem) return;
  box.setAttribute("aria-busy", "false");
  if (!page.route) {
    fill(box, h("p", { class: "form-error" }, icon("circle-alert"), h("span", { class: "grow", text: page.problem }),
      h("button", { class: "btn btn-quiet", type: "button", onclick: () => page.reload() }, t("action.retry"))));
    return;
  }
  if (!route) {
    fill(box, h("p", { class: "empty" }, icon("coffee"), h("span", { text: t("phone.no_route") })));
    return;
  }
  const index = page.nextIndex();
  const visit = route.visits[index];
  if (!visit) {
    fill(box, h("p", { class: "empty" }, icon("circle-check"), h("span", { text: t("phone.all_done") })));
    return;
  }
  if (page.assignment()) {
    drawCompact(box, visit, index);
    return;
  }
  const here = page.positions.here;
  const away = here ? metersBetween(here, visit) : null;
  const arrive = Date.parse(visit.arrive);
  const late = page.nowMs() - arrive > LATE_S * 1000;
  fill(box,
    h("div", { class: "next-top" }, h("span", { text: t("phone.stop_of", { n: index + 1, total: route.visits.length }) }),
      late ? h("span", { text: t("phone.late", { time: duration((page.nowMs() - arrive) / 1000) }) })
        : h("span", { text: t(arrive > page.nowMs() ? "phone.in_time" : "phone.now", { time: duration((arrive - page.nowMs()) / 1000) }) })),
    h("div", { class: "next-name", text: visit.name || t("place.unnamed") }),
    h("dl", { class: "next-facts" },
      h("div", {}, h("dt", { text: away === null ? t("phone.by_road") : t("phone.straight") }),
        h("dd", { text: distance(away ?? visit.leg.distance_m) })),
      h("div", {}, h("dt", { text: t("phone.window") }),
        h("dd", { class: late ? "late" : "", text: `${clock(arrive)}–${clock(arrive + visit.dwell_s * 1000)}` })),
      h("div", {}, h("dt", { text: t("phone.dwell") }), h("dd", { text: duration(visit.dwell_s) }))),
    visit.reason ? h("p", { class: "next-why clip", text: reasonWords(visit.reason) }) : null,
    firstTurn(visit, away),
    h("div", { class: "next-actions" },
      h("button", { class: "btn btn-strong", type: "button", id: "checkin", onclick: () => page.checkIn(visit, index) }, icon("check"), t("phone.checkin")),
      h("button", { class: "btn btn-quiet", type: "button", "aria-label": t("phone.show_stop"), onclick: () => page.showOnMap(visit) }, icon("navigation"))));
}

/** While an incident is being handled the next stop keeps one line: it is still what comes after.
 * @param {HTMLElement} box @param {Visit} visit @param {number} index */
function drawCompact(box, visit, index) {
  const arrive = Date.parse(visit.arrive);
  fill(box, h("div", { class: "next-top" },
    h("span", { class: "clip" }, `${t("phone.next")} ${index + 1} · `, h("b", { class: "ink", text: visit.name || t("place.unnamed") })),
    h("span", { class: "nowrap", text: `${clock(arrive)}–${clock(arrive + visit.dwell_s * 1000)}` })));
}

/** The way to start with, unless the officer is there already.
 * @param {Visit} visit @param {number | null} away */
function firstTurn(visit, away) {
  const step = visit.leg.steps?.find((one) => one.turn !== "arrive");
  if (!step || (away !== null && away < NEAR_M)) return null;
  return h("div", { class: "next-turn" }, turnIcon(step), h("span", { class: "grow clip", text: turnText(step) }),
    h("span", { class: "quiet", text: distance(step.distance_m) }));
}
