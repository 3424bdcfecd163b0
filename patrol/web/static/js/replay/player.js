// The timeline: play, pause, jump; the clock of the past.
import { byId, fill, h, icon } from "../dom.js";
import { clock, clockWithSeconds, fullTime } from "../format.js";
import { recall, remember } from "../memory.js";
import { t } from "../texts.js";

const SPEEDS = [1, 10, 30, 60, 120, 300];
const FRAME_MS = 80;

export class Player {
  /** @param {(atMs: number) => void} show */
  constructor(show) {
    this.show = show;
    this.startMs = 0;
    this.endMs = 0;
    this.atMs = 0;
    this.playing = false;
    this.last = 0;
    this.bar = byId("replay-at", HTMLInputElement);
    this.speed = byId("replay-speed", HTMLSelectElement);
    const kept = recall("replaySpeed", 60);
    fill(this.speed, ...SPEEDS.map((speed) => h("option", { value: speed, selected: speed === kept }, `${speed}×`)));
    this.speed.addEventListener("change", () => remember("replaySpeed", Number(this.speed.value)));
    this.bar.addEventListener("input", () => this.go(this.startMs + Number(this.bar.value) * 1000));
    byId("replay-play").addEventListener("click", () => this.toggle());
    this.#drawButton();
  }

  /** @param {number} startMs @param {number} endMs @param {number[]} marksMs  Moments to mark. */
  load(startMs, endMs, marksMs) {
    [this.startMs, this.endMs] = [startMs, endMs];
    this.bar.max = String(Math.round((endMs - startMs) / 1000));
    byId("replay-first").textContent = clock(startMs);
    byId("replay-last").textContent = clock(endMs);
    this.#drawMarks(marksMs);
    this.go(startMs);
  }

  /** @param {number[]} marksMs */
  #drawMarks(marksMs) {
    const SVG = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 1000 10");
    svg.setAttribute("preserveAspectRatio", "none");
    for (const mark of marksMs) {
      const line = document.createElementNS(SVG, "line");
      const x = String((1000 * (mark - this.startMs)) / (this.endMs - this.startMs));
      for (const [name, value] of Object.entries({ x1: x, x2: x, y1: "1", y2: "10" })) line.setAttribute(name, value);
      svg.append(line);
    }
    fill(byId("replay-marks"), svg);
  }

  /** Jump. @param {number} atMs */
  go(atMs) {
    this.atMs = Math.min(Math.max(atMs, this.startMs), this.endMs);
    this.bar.value = String(Math.round((this.atMs - this.startMs) / 1000));
    const now = byId("replay-now");
    now.textContent = clockWithSeconds(this.atMs);
    now.title = fullTime(this.atMs);
    this.bar.setAttribute("aria-valuetext", clockWithSeconds(this.atMs));
    this.show(this.atMs);
  }

  toggle() {
    if (this.endMs <= this.startMs) return;
    this.playing = !this.playing;
    if (this.playing && this.atMs >= this.endMs) this.go(this.startMs);
    this.#drawButton();
    this.last = performance.now();
    if (this.playing) requestAnimationFrame((at) => this.#frame(at));
  }

  #drawButton() {
    const button = byId("replay-play");
    fill(button, icon(this.playing ? "pause" : "play"));
    button.setAttribute("aria-label", t(this.playing ? "replay.pause" : "replay.play"));
    button.title = `${t(this.playing ? "replay.pause" : "replay.play")} (${t("keys.space")})`;
  }

  /** @param {number} at */
  #frame(at) {
    if (!this.playing) return;
    if (at - this.last >= FRAME_MS) {
      this.go(this.atMs + (at - this.last) * Number(this.speed.value));
      this.last = at;
      if (this.atMs >= this.endMs) this.toggle();
    }
    if (this.playing) requestAnimationFrame((next) => this.#frame(next));
  }
}
