// What every signed-in page has: the clock, theme and language switches, the message line.
import { lang } from "./boot.js";
import { byId, fill, icon, setText } from "./dom.js";
import { clockWithSeconds, fullTime, zoneName } from "./format.js";
import { t } from "./texts.js";
import { cycleTheme, onTheme, themeChoice } from "./theme.js";

const YEAR_S = 31_536_000;

function showTheme() {
  const button = byId("theme-switch");
  const choice = themeChoice();
  const names = { system: "sun-moon", light: "sun", dark: "moon" };
  const label = t(`theme.${choice}`);
  fill(button, icon(names[choice]), button.classList.contains("btn") ? label : null);
  button.setAttribute("aria-label", label);
  button.title = label;
}

function switchLanguage() {
  const next = lang === "zh" ? "en" : "zh";
  document.cookie = `lang=${next}; path=/; max-age=${YEAR_S}; samesite=lax`;
  location.reload();
}

/** Start the shell.
 * @param {() => number} nowMs  The server's present, for the clock. */
export function startShell(nowMs) {
  byId("theme-switch").addEventListener("click", () => {
    cycleTheme();
    showTheme();
  });
  onTheme(showTheme);
  showTheme();
  byId("lang-switch").addEventListener("click", switchLanguage);
  const clockText = document.getElementById("clock");
  if (clockText) {
    const tick = () => {
      setText(clockText, clockWithSeconds(nowMs()));
      clockText.title = fullTime(nowMs());
    };
    const zoneText = document.getElementById("clock-zone");
    if (zoneText) setText(zoneText, zoneName(nowMs()));
    tick();
    setInterval(tick, 1000);
  }
}

/** Say what was done or what failed, where it is always said; screen readers hear it.
 * @param {string} text @param {"done" | "failed" | "info"} [tone] @param {number} [holdMs] */
export function say(text, tone = "info", holdMs = tone === "failed" ? 12_000 : 5_000) {
  const line = byId("message");
  const names = { done: "circle-check", failed: "circle-alert", info: "info" };
  fill(line, icon(names[tone]), text);
  line.dataset.tone = tone;
  line.hidden = false;
  clearTimeout(hideTimer);
  hideTimer = window.setTimeout(() => { line.hidden = true; }, holdMs);
}

let hideTimer = 0;

/** Say an error.
 * @param {unknown} error */
export function sayError(error) {
  if (error instanceof DOMException && error.name === "AbortError") return;
  say(error instanceof Error ? error.message : String(error), "failed");
}
