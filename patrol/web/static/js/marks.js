// Marks in lists and cards, the same shapes and words as on the map.
import { h, icon } from "./dom.js";
import { nameOf } from "./texts.js";

const MODE_ICONS = { foot: "footprints", ebike: "bike", car: "car" };

/** A unit's mark: shape and icon by mode, color by status, hollow where it is silent.
 * @param {string} mode @param {string} [status] @param {string} [fresh] */
export function modeMark(mode, status = "", fresh = "live") {
  const name = MODE_ICONS[/** @type {keyof typeof MODE_ICONS} */ (mode)] ?? "users";
  return h("span", {
    class: "mode", "data-mode": mode, "data-status": status, "data-fresh": fresh,
    role: "img", "aria-label": nameOf("mode", mode),
  }, icon(name));
}

/** A status as mark and name.
 * @param {string} status @param {string} [group] */
export function statusMark(status, group = "status") {
  return h("span", { class: "status", "data-status": status, text: nameOf(group, status) });
}

/** What to show of a unit's state: silence outweighs what it last said, except a call for help.
 * @param {string} status @param {import("./types").Freshness} fresh */
export function shownStatus(status, fresh) {
  return fresh === "live" || status === "sos" || status === "off" ? status : fresh;
}

/** @param {string} status */
export const statusName = (status) =>
  (status === "stale" || status === "lost" ? nameOf("fresh", status) : nameOf("status", status));

/** @param {number} share */
export function batteryIcon(share) {
  if (share < 0.15) return "battery-warning";
  if (share < 0.4) return "battery-low";
  return share < 0.8 ? "battery-medium" : "battery-full";
}

/** A labelled fact of a card; left out where there is nothing to say.
 * @param {string} label @param {Node | string | null | undefined} value @param {string} [title] */
export function fact(label, value, title) {
  if (value === null || value === undefined || value === "") return null;
  return h("div", {}, h("dt", { text: label }), h("dd", { title }, value));
}
