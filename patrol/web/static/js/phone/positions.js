// Positions while the page is open. Browsers give none in the background and none without HTTPS
// (except on localhost): both are said, not hidden.
import { metersBetween } from "../format.js";

const MOVING_EVERY_MS = 5_000;
const STILL_EVERY_MS = 30_000;
const MOVED_M = 8;

/** @typedef {"starting" | "on" | "denied" | "insecure" | "unavailable"} PositionState */

export class Positions {
  /** @param {(fix: object) => void} send */
  constructor(send) {
    this.send = send;
    /** @type {PositionState} */
    this.state = "starting";
    /** @type {{lon: number, lat: number, accuracy_m: number} | null} */
    this.here = null;
    /** @type {{lon: number, lat: number, atMs: number} | null} */
    this.sent = null;
    /** @type {number | null} */
    this.batteryShare = null;
    this.sequence = 0;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {() => void} run */
  onChange(run) {
    this.listeners.add(run);
  }

  start() {
    if (!window.isSecureContext) {
      this.#become("insecure");
      return;
    }
    if (!navigator.geolocation) {
      this.#become("unavailable");
      return;
    }
    navigator.geolocation.watchPosition((position) => this.#take(position), (error) => {
      this.#become(error.code === error.PERMISSION_DENIED ? "denied" : "unavailable");
    }, { enableHighAccuracy: true, maximumAge: 2_000, timeout: 30_000 });
    this.#watchBattery();
    this.#keepAwake();
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#keepAwake();
    });
  }

  /** @param {PositionState} state */
  #become(state) {
    this.state = state;
    for (const run of this.listeners) run();
  }

  /** @param {GeolocationPosition} position */
  #take(position) {
    const { longitude, latitude, accuracy, speed, heading } = position.coords;
    this.here = { lon: longitude, lat: latitude, accuracy_m: accuracy };
    this.#become("on");
    const now = Date.now();
    const moved = this.sent ? metersBetween(this.sent, this.here) : Infinity;
    const due = moved > MOVED_M ? MOVING_EVERY_MS : STILL_EVERY_MS;
    if (this.sent && now - this.sent.atMs < due) return;
    this.sent = { lon: longitude, lat: latitude, atMs: now };
    this.send({
      time: new Date(position.timestamp).toISOString(), lon: longitude, lat: latitude, accuracy_m: accuracy,
      ...(speed === null || Number.isNaN(speed) ? {} : { speed_mps: speed }),
      ...(heading === null || Number.isNaN(heading) ? {} : { heading_deg: heading }),
      ...(this.batteryShare === null ? {} : { battery_share: this.batteryShare }),
      seq: this.sequence += 1,
    });
  }

  async #watchBattery() {
    // Not in every browser; a fix without it is complete all the same.
    const battery = await /** @type {any} */ (navigator).getBattery?.().catch(() => null);
    if (!battery) return;
    const take = () => { this.batteryShare = battery.level; };
    battery.addEventListener("levelchange", take);
    take();
  }

  async #keepAwake() {
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // The system refuses it on low battery; positions then stop with the screen.
    }
  }
}
