// The past as the overlays of the live map want it: the state of everything at one moment.
import { Store } from "../store.js";

/** @typedef {{id: string, name: string, mode: import("../types").Mode, t_s: number[], lon_e5: number[], lat_e5: number[]}} Track */
/** @typedef {{id: string, time: string, kind: string, address: string, lon: number | null, lat: number | null,
 *   assigned: string | null, arrived: string | null, ended: string | null, units: string[]}} PastIncident */
/** @typedef {{from: string, to: string, step_s: number, units: Track[], incidents: PastIncident[]}} Replay */

// An incident that nobody was sent to leaves the map after a while: it was handled elsewhere.
const UNSENT_SHOWN_MS = 1_800_000;
// Between two positions farther apart than this nobody knows the way: the mark waits.
const GLIDE_S = 90;

/** Index of the last value that is not above the wanted one, -1 where all are.
 * @param {number[]} values  Rising. @param {number} wanted */
export function lastUpTo(values, wanted) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where a unit was, and when it was last heard of; null before its first position.
 * @param {Track} track @param {number} atS  Seconds after the beginning. */
export function placeAt(track, atS) {
  const index = lastUpTo(track.t_s, atS);
  if (index < 0) return null;
  const [lon, lat] = [track.lon_e5[index] / 1e5, track.lat_e5[index] / 1e5];
  const gap = (track.t_s[index + 1] ?? Infinity) - track.t_s[index];
  if (gap > GLIDE_S) return { lon, lat, heardS: track.t_s[index], moved: null };
  const share = (atS - track.t_s[index]) / gap;
  const [east, north] = [track.lon_e5[index + 1] / 1e5 - lon, track.lat_e5[index + 1] / 1e5 - lat];
  return { lon: lon + share * east, lat: lat + share * north, heardS: atS, moved: { east, north } };
}

/** What an incident was at a moment; null where it did not exist yet or was done.
 * @param {PastIncident} incident @param {number} atMs @returns {import("../types").IncidentStatus | null} */
export function statusAt(incident, atMs) {
  const reached = (/** @type {string | null} */ time) => time !== null && Date.parse(time) <= atMs;
  if (!reached(incident.time) || reached(incident.ended)) return null;
  if (reached(incident.arrived)) return "onscene";
  if (reached(incident.assigned)) return "assigned";
  return incident.assigned === null && atMs - Date.parse(incident.time) > UNSENT_SHOWN_MS ? null : "open";
}

/** What a unit was doing at a moment, as far as its assignments tell.
 * @param {string} unitId @param {PastIncident[]} incidents @param {number} atMs @returns {import("../types").UnitStatus} */
export function dutyAt(unitId, incidents, atMs) {
  const sent = incidents.find((one) => one.units.includes(unitId) && ["assigned", "onscene"].includes(statusAt(one, atMs) ?? ""));
  if (!sent) return "patrol";
  return statusAt(sent, atMs) === "onscene" ? "onscene" : "assigned";
}

export class PastStore extends Store {
  constructor() {
    super();
    this.atMs = Date.now();
    /** @type {Replay | null} */
    this.replay = null;
  }

  nowMs() {
    return this.atMs;
  }

  /** Show this moment. @param {number} atMs */
  show(atMs) {
    this.atMs = atMs;
    const replay = this.replay;
    if (!replay) return;
    const startMs = Date.parse(replay.from);
    /** @type {import("../types").LiveUnit[]} */
    const units = [];
    for (const track of replay.units) {
      const place = placeAt(track, (atMs - startMs) / 1000);
      if (!place) continue;
      const moving = place.moved !== null && (place.moved.east !== 0 || place.moved.north !== 0);
      units.push({
        id: track.id, name: track.name, mode: track.mode, lon: place.lon, lat: place.lat,
        status: dutyAt(track.id, replay.incidents, atMs), seen: startMs / 1000 + place.heardS,
        heading_deg: moving && place.moved ? heading(place.moved, place.lat) : null,
      });
    }
    /** @type {import("../types").Incident[]} */
    const incidents = [];
    for (const one of replay.incidents) {
      const status = statusAt(one, atMs);
      if (status) incidents.push({ ...one, status, source: "", note: "", town_id: null, assignments: [] });
    }
    this.replace({ now: new Date(atMs).toISOString(), to: "", units, incidents, cameras: [], alerts: [], plan: null });
  }
}

/** Degrees clockwise from north. @param {{east: number, north: number}} moved @param {number} lat */
function heading(moved, lat) {
  const east = moved.east * Math.cos((lat * Math.PI) / 180);
  return (Math.atan2(east, moved.north) * 180 / Math.PI + 360) % 360;
}
