// The newest state of everything on the map. Frames replace by id, so applying one twice is harmless.
import { county } from "./boot.js";
import { compareSeq } from "./seq.js";

/** @typedef {import("./types").LiveUnit} LiveUnit */
/** @typedef {"units" | "incidents" | "cameras" | "alerts" | "plan"} Part */

/** Milliseconds since 1970 of what the server sends as seconds or as ISO text.
 * @param {number | string} value */
const toMs = (value) => (typeof value === "number" ? value * 1000 : Date.parse(value));

/** Things by id, without those that the receiver may not see: of these only "gone" is told.
 * @template {{id: string, gone?: boolean}} T
 * @param {T[]} things @returns {Map<string, T>} */
const byKey = (things) => new Map(things.filter((one) => !one.gone).map((one) => [one.id, one]));

export class Store {
  constructor() {
    /** @type {Map<string, LiveUnit>} */
    this.units = new Map();
    /** @type {Map<string, import("./types").Incident>} */
    this.incidents = new Map();
    /** @type {Map<string, import("./types").Camera>} */
    this.cameras = new Map();
    /** @type {Map<string, import("./types").CameraAlert>} */
    this.alerts = new Map();
    /** @type {import("./types").PlanRef | null} */
    this.plan = null;
    /** Where in the event stream this state stands. */
    this.at = "";
    /** The server's clock minus this machine's, milliseconds. */
    this.clockOffsetMs = 0;
    this.ready = false;
    /** @type {Record<Part, Set<() => void>>} */
    this.listeners = { units: new Set(), incidents: new Set(), cameras: new Set(), alerts: new Set(), plan: new Set() };
  }

  /** The server's present, milliseconds since 1970. */
  nowMs() {
    return Date.now() + this.clockOffsetMs;
  }

  /** @param {Part[]} parts @param {() => void} run */
  on(parts, run) {
    for (const part of parts) this.listeners[part].add(run);
  }

  /** @param {Part} part */
  #tell(part) {
    for (const run of this.listeners[part]) run();
  }

  /** @param {number | string} now */
  setClock(now) {
    const offset = toMs(now) - Date.now();
    // Follow at once at first, then slowly: single frames arrive late, never early.
    this.clockOffsetMs = this.ready ? this.clockOffsetMs * 0.9 + offset * 0.1 : offset;
  }

  /** @param {import("./types").Snapshot} snapshot */
  replace(snapshot) {
    this.setClock(snapshot.now);
    this.units = byKey(snapshot.units);
    this.incidents = byKey(snapshot.incidents);
    this.cameras = byKey(snapshot.cameras);
    this.alerts = byKey(snapshot.alerts ?? []);
    this.plan = snapshot.plan;
    this.at = snapshot.to;
    this.ready = true;
    for (const part of /** @type {Part[]} */ (["units", "incidents", "cameras", "alerts", "plan"])) this.#tell(part);
  }

  /** Apply a frame, unless it is old news; false where frames before it are missing.
   * @param {import("./types").Delta} delta */
  apply(delta) {
    if (!this.ready || compareSeq(delta.from, this.at) > 0) return false;
    this.setClock(delta.now);
    if (compareSeq(delta.to, this.at) <= 0) return true;
    this.#merge("units", this.units, delta.units);
    this.#merge("incidents", this.incidents, delta.incidents);
    this.#merge("cameras", this.cameras, delta.cameras);
    this.#merge("alerts", this.alerts, delta.alerts);
    if (delta.plan !== undefined) {
      this.plan = delta.plan;
      this.#tell("plan");
    }
    this.at = delta.to;
    return true;
  }

  /** Take over one object an answer brought before its event arrives.
   * @param {import("./types").Incident} incident */
  putIncident(incident) {
    this.#merge("incidents", this.incidents, [incident]);
  }

  /** The same for an alert; one that is done leaves.
   * @param {import("./types").CameraAlert} alert */
  putAlert(alert) {
    this.#merge("alerts", this.alerts, [{ ...alert, gone: alert.done !== null }]);
  }

  /** All cameras, as an answer over HTTP brought them.
   * @param {import("./types").Camera[]} cameras */
  putCameras(cameras) {
    this.cameras = byKey(cameras);
    this.ready = true;
    this.#tell("cameras");
  }

  /** @template {{id: string, gone?: boolean}} T
   * @param {Part} part @param {Map<string, T>} map @param {T[] | undefined} items */
  #merge(part, map, items) {
    if (!items?.length) return;
    for (const item of items) {
      if (item.gone) map.delete(item.id);
      else map.set(item.id, item);
    }
    this.#tell(part);
  }

  /** Seconds since the server last heard of the unit; Infinity where it never did.
   * @param {LiveUnit} unit */
  silenceS(unit) {
    return unit.seen ? Math.max(0, this.nowMs() / 1000 - unit.seen) : Infinity;
  }

  /** @param {LiveUnit} unit @returns {import("./types").Freshness} */
  freshness(unit) {
    const silence = this.silenceS(unit);
    if (silence >= county.lost_s) return "lost";
    return silence >= county.stale_s ? "stale" : "live";
  }
}
