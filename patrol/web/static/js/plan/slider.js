// One weight: a slider for the feel, a number for the value, and what it was before.
import { h, setText } from "../dom.js";
import { fine } from "../format.js";
import { t } from "../texts.js";

/** @typedef {{path: string[], label: string, note?: string, min: number, max: number, step: number,
 *   unit?: string, scale?: number}} Field
 * `scale` turns the stored value into the shown one, for instance 100 for a share shown in percent. */

let made = 0;

/** @param {Field} field @param {number} saved @param {(value: number) => void} onChange */
export function weightSlider(field, saved, onChange) {
  const scale = field.scale ?? 1;
  const id = `weight-${made += 1}`;
  const was = h("small", { class: "was" });
  const common = { min: field.min * scale, max: field.max * scale, step: field.step * scale };
  const number = h("input", { id, type: "number", class: "field", inputmode: "decimal", ...common });
  const range = h("input", { type: "range", "aria-label": field.label, tabindex: "-1", ...common });
  const box = h("div", { class: "weight" },
    h("label", { for: id }, h("span", { text: field.label }), field.note ? h("small", { text: field.note }) : null, was),
    number, h("span", { class: "unit", text: field.unit ?? "" }), range);

  /** @param {number} value  As stored. */
  const show = (value) => {
    const shown = String(Number((value * scale).toFixed(4)));
    if (number.value !== shown && document.activeElement !== number) number.value = shown;
    range.value = shown;
    const changed = Math.abs(value - saved) > 1e-9;
    box.classList.toggle("changed", changed);
    setText(was, changed ? t("weights.was", { value: fine(saved * scale) }) : "");
  };
  const take = (/** @type {HTMLInputElement} */ input) => {
    const value = Number(input.value);
    if (input.value === "" || !Number.isFinite(value)) return;
    const stored = Math.min(field.max, Math.max(field.min, value / scale));
    show(stored);
    onChange(stored);
  };
  range.addEventListener("input", () => {
    number.value = range.value;
    take(range);
  });
  number.addEventListener("input", () => take(number));
  // What was typed beyond the range is put back within it on leaving the field.
  number.addEventListener("blur", () => { number.value = range.value; });
  number.value = String(Number((saved * scale).toFixed(4)));
  show(saved);
  return box;
}
