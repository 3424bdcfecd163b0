// Changes of weights in words: what, from which value, to which.
import { h, icon } from "../dom.js";
import { fine } from "../format.js";
import { nameOf, t } from "../texts.js";
import { keyLabel } from "./weight_fields.js";

/** @typedef {import("./draft.js").Change} Change */

const PERCENT = /_share$|^sources\./;

/** @param {string[]} path */
export function changeName(path) {
  if (path[0] === "kinds" && path.length > 1) {
    const kind = nameOf("kind", path[1]);
    return path[2] === "half_life_d" ? `${kind} · ${keyLabel(["kinds", "half_life_d"])}` : kind;
  }
  const group = path.length > 1 ? `${t(`weights.group_${path[0]}`)} · ` : "";
  return `${group}${keyLabel(path)}`;
}

/** @param {string[]} path @param {unknown} value */
export function valueText(path, value) {
  if (value === null || value === undefined) return path[2] === "half_life_d" ? t("weights.general") : t("weights.as_others");
  if (value === "auto") return t("weights.auto");
  if (typeof value === "boolean") return t(value ? "switch.on" : "switch.off");
  if (typeof value !== "number") return typeof value === "object" ? JSON.stringify(value) : String(value);
  if (PERCENT.test(path.join("."))) return `${fine(value * 100)} %`;
  if (path[path.length - 1].endsWith("_d")) return t("measure.d", { n: fine(value) });
  if (path[path.length - 1].endsWith("_h")) return t("measure.h", { n: fine(value) });
  if (path[path.length - 1].endsWith("_m")) return t("measure.m", { n: fine(value) });
  return fine(value);
}

/** @param {Change[]} changes @param {(change: Change) => void} [undo] */
export function changeList(changes, undo) {
  return h("ul", { class: "change-list" }, ...changes.map((one) => h("li", {},
    h("span", { class: "grow", text: changeName(one.path) }),
    h("span", { class: "num" }, ...(one.from === undefined ? [] : [h("s", { text: valueText(one.path, one.from) }), " → "]), h("b", { text: valueText(one.path, one.to) })),
    undo ? h("button", { class: "btn-bare", type: "button", title: t("weights.undo_one"), "aria-label": `${t("weights.undo_one")}: ${changeName(one.path)}`, onclick: () => undo(one) }, icon("undo-2")) : null)));
}
