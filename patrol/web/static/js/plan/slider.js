// One weight: a slider for the feel, a number for the value, and what it was before.
import { h, setText } from "../dom.js";
import { fine } from "../format.js";
import { t } from "../texts.js";

/** @typedef {{path: string[], label: string, help?: string, note?: string, min: number, max: number, step: number,
 *   soft?: number, unit?: string, scale?: number, openLow?: boolean}} Field
 * `scale` turns the stored value into the shown one, for instance 100 for a share shown in percent.
 * `soft` is where the slider ends unless the value lies beyond; the number may go up to `max`. */

let made = 0;

/** @param {number} value */
const tidy = (value) => String(Number(value.toFixed(4)));

/** @param {Field} field @param {() => number} read @param {() => number} readSaved
 * @param {(value: number) => void} onChange
 * @returns {{box: HTMLElement, refresh: () => void}} */
export function weightSlider(field, read, readSaved, onChange) {
  const scale = field.scale ?? 1;
  const id = `weight-${made += 1}`;
  const was = h("small", { class: "was" });
  const low = field.min * scale;
  const number = h("input", { id, type: "number", class: "field", inputmode: "decimal", min: low, max: field.max * scale, step: "any", "data-key": field.path.join(".") });
  const range = h("input", { type: "range", "aria-label": field.label, tabindex: "-1", min: low, step: field.step * scale, max: (field.soft ?? field.max) * scale });
  const box = h("div", { class: "weight" },
    h("label", { for: id, title: field.help ?? "" }, h("span", { text: field.label }), field.note ? h("small", { text: field.note }) : null, was),
    number, h("span", { class: "unit", text: field.unit ?? "" }), range);

  const refresh = () => {
    const [value, saved] = [read(), readSaved()];
    const shown = tidy(value * scale);
    if (document.activeElement !== number) number.value = shown;
    range.max = String(Math.max((field.soft ?? field.max) * scale, value * scale));
    range.value = shown;
    const part = (Number(range.value) - Number(range.min)) / (Number(range.max) - Number(range.min) || 1);
    range.style.setProperty("--filled", `${part * 100}%`);
    const changed = Math.abs(value - saved) > 1e-9;
    box.classList.toggle("changed", changed);
    setText(was, changed ? t("weights.was", { value: fine(saved * scale) }) : "");
  };
  const allowed = (/** @type {number} */ stored) =>
    stored <= field.max && (field.openLow ? stored > field.min : stored >= field.min);
  const take = (/** @type {HTMLInputElement} */ input) => {
    const value = Number(input.value);
    const good = input.value !== "" && Number.isFinite(value) && allowed(value / scale);
    number.toggleAttribute("aria-invalid", !good);
    if (good) onChange(value / scale);
  };
  range.addEventListener("input", () => {
    // The lowest mark of a slider whose end is not allowed is one step above it.
    if (!allowed(Number(range.value) / scale)) range.value = String(low + field.step * scale);
    number.value = tidy(Number(range.value));
    take(range);
  });
  number.addEventListener("input", () => take(number));
  number.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const by = field.step * (event.shiftKey ? 10 : 1) * (event.key === "ArrowUp" ? 1 : -1);
    const next = Math.min(field.max, Math.max(field.openLow ? field.min + field.step : field.min, read() + by));
    number.value = tidy(next * scale);
    take(number);
  });
  // What was typed beyond the range is put back on leaving the field.
  number.addEventListener("blur", () => {
    number.removeAttribute("aria-invalid");
    refresh();
  });
  refresh();
  return { box, refresh };
}

/** A weight that may be learned instead: `auto` beside the number. Setting the number fixes it.
 * @param {Field} field @param {() => number | "auto"} read @param {() => number | "auto"} readSaved
 * @param {(value: number | "auto") => void} onChange @param {number} start  What is fixed where nothing was before.
 * @param {() => string} [learned]  What was learned, in words.
 * @returns {{box: HTMLElement, refresh: () => void}} */
export function autoSlider(field, read, readSaved, onChange, start, learned = () => "") {
  const fixed = (/** @type {() => number | "auto"} */ value) => {
    const found = value();
    return found === "auto" ? start : found;
  };
  const slider = weightSlider(field, () => fixed(read), () => fixed(readSaved), onChange);
  const button = h("button", {
    class: "chip auto", type: "button", "data-auto": field.path.join("."), title: t("weights.auto_help"), "aria-label": `${field.label}: ${t("weights.auto")}`,
    onclick: () => onChange(read() === "auto" ? fixed(readSaved) : "auto"),
  }, t("weights.auto"));
  const was = /** @type {HTMLElement} */ (slider.box.querySelector(".was"));
  const note = h("small", { class: "learned" });
  was.before(note);
  slider.box.classList.add("weight-auto");
  slider.box.append(button);
  const refresh = () => {
    slider.refresh();
    const [value, saved] = [read(), readSaved()];
    const auto = value === "auto";
    button.setAttribute("aria-pressed", String(auto));
    slider.box.classList.toggle("is-auto", auto);
    slider.box.classList.toggle("changed", auto ? saved !== "auto" : saved === "auto" || Math.abs(value - saved) > 1e-9);
    const number = /** @type {HTMLInputElement} */ (slider.box.querySelector("input[type=number]"));
    number.placeholder = auto ? t("weights.auto") : "";
    setText(note, auto ? learned() : "");
    if (auto && document.activeElement !== number) number.value = "";
    if (auto !== (saved === "auto")) setText(was, t("weights.was", { value: saved === "auto" ? t("weights.auto") : fine(saved * (field.scale ?? 1)) }));
  };
  refresh();
  return { box: slider.box, refresh };
}

/** A switch: on or off. @param {{path: string[], label: string, help?: string}} field
 * @param {() => boolean} read @param {() => boolean} readSaved @param {(value: boolean) => void} onChange
 * @returns {{box: HTMLElement, refresh: () => void}} */
export function weightSwitch(field, read, readSaved, onChange) {
  const id = `weight-${made += 1}`;
  const input = h("input", { id, type: "checkbox", role: "switch", class: "switch", "data-key": field.path.join(".") });
  input.addEventListener("change", () => onChange(input.checked));
  const box = h("div", { class: "weight weight-switch" },
    h("label", { for: id }, h("span", { text: field.label }), field.help ? h("small", { text: field.help }) : null), input);
  const refresh = () => {
    input.checked = read();
    box.classList.toggle("changed", read() !== readSaved());
  };
  refresh();
  return { box, refresh };
}
