// Day and night: by the system, or by the person's switch, which is remembered.
import { recall, remember } from "./memory.js";

/** @typedef {"system" | "light" | "dark"} Choice */

const systemDark = matchMedia("(prefers-color-scheme: dark)");
/** @type {Set<(dark: boolean) => void>} */
const listeners = new Set();

/** @returns {Choice} */
export const themeChoice = () => recall("theme", /** @type {Choice} */ ("system"));

export const isDark = () => document.documentElement.dataset.bsTheme === "dark";

function apply() {
  const choice = themeChoice();
  const dark = choice === "dark" || (choice === "system" && systemDark.matches);
  if (dark === isDark()) return;
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
  for (const listener of listeners) listener(dark);
}

/** Go to the next of system, light and dark. */
export function cycleTheme() {
  /** @type {Choice[]} */
  const order = ["system", "light", "dark"];
  remember("theme", order[(order.indexOf(themeChoice()) + 1) % order.length]);
  apply();
}

/** Switch straight between day and night. */
export function toggleTheme() {
  remember("theme", isDark() ? "light" : "dark");
  apply();
}

/** @param {(dark: boolean) => void} listener */
export function onTheme(listener) {
  listeners.add(listener);
}

systemDark.addEventListener("change", apply);

/** A color of the stylesheet as it is now, for what is drawn on a canvas.
 * @param {string} name  For instance "--ink". */
export function cssColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
