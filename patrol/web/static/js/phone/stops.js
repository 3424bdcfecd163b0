// All stops of the shift with the turns to the next one, the break among them.
import { byId, fill, h, icon } from "../dom.js";
import { clock, distance, duration } from "../format.js";
import { t } from "../texts.js";
import { turnList } from "./turns.js";

/** @param {import("./main.js").PhonePage} page */
export function drawStops(page) {
  const box = byId("phone-stops");
  const route = page.route?.route;
  if (!route) {
    fill(box);
    return;
  }
  const next = page.nextIndex();
  /** @type {Node[]} */
  const rows = [];
  const rest = route.rest;
  if (rest && rest.after === -1) rows.push(restRow(rest));
  route.visits.forEach((visit, index) => {
    const done = page.isDone(index);
    const mark = done ? icon("check") : String(index + 1);
    rows.push(h("li", { "aria-current": index === next ? "step" : null }, h("button", {
      class: `stop ${done ? "is-done" : ""} ${index === next ? "is-next" : ""}`, type: "button", disabled: done, onclick: () => page.pick(index),
    },
    h("span", { class: "stop-mark" }, mark),
    h("span", { class: "stop-name", text: visit.name || t("place.unnamed") }),
    h("span", { class: "stop-when" }, clock(visit.arrive), h("small", { text: `${duration(visit.dwell_s)} · ${distance(visit.leg.distance_m)}` })))));
    if (index === next && visit.leg.steps?.length) rows.push(h("li", {}, turnList(visit.leg.steps)));
    if (rest && rest.after === index) rows.push(restRow(rest));
  });
  rows.push(h("li", { class: "stop" }, h("span", { class: "stop-mark" }, icon("house")), h("span", { class: "stop-name", text: t("phone.back") }),
    h("span", { class: "stop-when" }, clock(route.end), h("small", { text: distance(route.back.distance_m) }))));
  // Who has made every stop wants to know the way home.
  if (next >= route.visits.length && route.back.steps?.length) rows.push(h("li", {}, turnList(route.back.steps)));
  fill(box, h("ol", { class: "stop-list" }, ...rows));
  scrollToNext(box, next);
}

/** Bring the next stop to the top once for each stop: never against the officer's own scrolling.
 * @param {HTMLElement} box @param {number} next */
function scrollToNext(box, next) {
  if (box.dataset.next === String(next)) return;
  box.dataset.next = String(next);
  const pane = box.parentElement;
  const row = /** @type {HTMLElement | null} */ (box.querySelector(".is-next"));
  if (pane && row) pane.scrollTop = Math.max(0, row.offsetTop - 8);
}

/** @param {import("../types").Rest} rest */
function restRow(rest) {
  return h("li", { class: "stop break-row" }, h("span", { class: "stop-mark" }, icon("coffee")), h("span", { class: "stop-name", text: t("status.break") }),
    h("span", { class: "stop-when" }, clock(rest.start), h("small", { text: duration(rest.length_s) })));
}
