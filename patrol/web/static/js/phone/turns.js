// Turn instructions in the officer's language, from the codes of a route's steps.
import { h, icon } from "../dom.js";
import { distance } from "../format.js";
import { localName, t } from "../texts.js";

/** @typedef {import("../types").Step} Step */

/** @type {Record<string, string>} */
const ICONS = {
  depart: "navigation", straight: "arrow-up", slight_left: "arrow-up-left", left: "corner-up-left", sharp_left: "corner-up-left",
  slight_right: "arrow-up-right", right: "corner-up-right", sharp_right: "corner-up-right", uturn: "undo-2", arrive: "flag",
};

/** @param {Step} step */
export const turnIcon = (step) => icon(ICONS[step.turn] ?? "arrow-up");

/** @param {Step} step */
export function turnText(step) {
  if (step.turn === "arrive") return t("turn.arrive");
  const name = localName({ name: step.street, name_en: step.street_en });
  const street = name ? t("turn.onto", { street: name }) : "";
  return `${t(`turn.${step.turn}`)}${street}`;
}

/** @param {Step[]} steps */
export function turnList(steps) {
  return h("ol", { class: "turns" }, ...steps.map((step) => h("li", {}, turnIcon(step), h("span", { text: turnText(step) }),
    h("span", { class: "quiet nowrap", text: step.distance_m > 0 ? distance(step.distance_m) : "" }))));
}
