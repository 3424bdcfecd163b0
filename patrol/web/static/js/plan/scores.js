// All streets of the county and what the map says of them, as arrays; maps are compared here.
import { get, post } from "../api.js";
import { t } from "../texts.js";

/** @typedef {{layer: string, kind: string, share: number}} Part */
/** @typedef {{scores: Float64Array, reasons: Record<string, Part[]>, ms: number, ranks: Int32Array, mean: number}} HeatMap */
/** @typedef {{index: number, before: number, after: number, delta: number}} Move
 * Ranks before and after, 0 for none; `delta` is the change of its part of the whole map. */
/** @typedef {{name: string, before: number, after: number}} TownShare */

export class Streets {
  /** @param {any} columns  As GET /hotspots/streets gives them. */
  constructor(columns) {
    /** @type {string} */
    this.tag = columns.streets;
    /** @type {string[]} */
    this.ids = columns.ids;
    /** @type {string[]} */
    this.names = columns.names;
    /** @type {number[]} */
    this.lengthM = columns.length_m;
    /** @type {number[]} */
    this.town = columns.town;
    /** @type {{id: string, name: string}[]} */
    this.towns = columns.towns;
    /** @type {number[][]} */
    this.lines = columns.lines;
  }

  /** @returns {Promise<Streets>} */
  static async load() {
    return new Streets(await get("/hotspots/streets"));
  }

  /** @param {number} index @returns {[number, number][]} */
  line(index) {
    const flat = this.lines[index];
    return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at], flat[2 * at + 1]]);
  }

  /** @param {number} index @returns {[number, number]} */
  middle(index) {
    const flat = this.lines[index];
    const half = Math.floor(flat.length / 4);
    const before = Math.max(0, half - 1);
    return [(flat[2 * half] + flat[2 * before]) / 2, (flat[2 * half + 1] + flat[2 * before + 1]) / 2];
  }

  /** @param {number} index */
  name(index) {
    return this.names[index] || t("place.unnamed");
  }

  /** @param {number} index */
  townName(index) {
    return this.towns[this.town[index]]?.name ?? "";
  }
}

/** Ask for the map with some weights changed.
 * @param {object} hotspots @param {string} at @param {string[]} explain @param {AbortSignal} signal
 * @returns {Promise<{map: HeatMap, streets: string}>} */
export async function askScores(hotspots, at, explain, signal) {
  const answer = await post("/hotspots/scores", { hotspots, at, explain }, signal);
  const scores = Float64Array.from(answer.scores);
  const mean = scores.reduce((sum, one) => sum + one, 0) / (scores.length || 1);
  return { map: { scores, reasons: answer.reasons, ms: answer.ms, ranks: rank(scores), mean }, streets: answer.streets };
}

/** Each street's rank, 1 the highest; 0 where the score is 0. @param {Float64Array} scores */
function rank(scores) {
  const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]);
  const ranks = new Int32Array(scores.length);
  order.forEach((index, place) => { ranks[index] = scores[index] > 0 ? place + 1 : 0; });
  return ranks;
}

/** The first streets by rank. @param {HeatMap} map @param {number} count @returns {number[]} */
export function topOf(map, count) {
  /** @type {number[]} */
  const found = [];
  map.ranks.forEach((place, index) => { if (place > 0 && place <= count) found[place - 1] = index; });
  return found;
}

/** How often the average a street has; maps of different weights can only be compared so.
 * @param {HeatMap} map @param {number} index */
export const timesAverage = (map, index) => (map.mean > 0 ? map.scores[index] / map.mean : 0);

/** Streets by how much their part of the map changes, the largest gain first.
 * @param {HeatMap} before @param {HeatMap} after @returns {Move[]} */
export function findMoves(before, after) {
  const count = after.scores.length;
  const [oldSum, newSum] = [before.mean * count || 1, after.mean * count || 1];
  return Array.from({ length: count }, (_, index) => ({
    index, before: before.ranks[index], after: after.ranks[index],
    delta: after.scores[index] / newSum - before.scores[index] / oldSum,
  })).sort((a, b) => b.delta - a.delta);
}

/** How many of the first streets stay among the first. @param {HeatMap} before @param {HeatMap} after @param {number} count */
export function keptShare(before, after, count) {
  const old = new Set(topOf(before, count));
  const now = topOf(after, count);
  return now.length ? now.filter((index) => old.has(index)).length / now.length : 1;
}

/** Each town's part of the whole map. @param {Streets} streets @param {HeatMap} before @param {HeatMap} after
 * @returns {TownShare[]} */
export function townShares(streets, before, after) {
  const sums = [...streets.towns, { name: t("weights.no_town") }].map((town) => ({ name: town.name, before: 0, after: 0 }));
  const count = after.scores.length;
  const [oldSum, newSum] = [before.mean * count || 1, after.mean * count || 1];
  for (let index = 0; index < count; index += 1) {
    const sum = sums[streets.town[index] < 0 ? sums.length - 1 : streets.town[index]];
    sum.before += before.scores[index] / oldSum;
    sum.after += after.scores[index] / newSum;
  }
  return sums.filter((one) => one.before + one.after > 0.0005).sort((a, b) => b.after - a.after);
}

/** Levels for drawing, in [0, 1] of `top` times the average. The square root lifts the middle: scores
 * fall off steeply from the first to the hundredth. @param {HeatMap} map @param {number} top */
export function levelsOf(map, top) {
  const scale = top * map.mean || 1;
  return Float32Array.from(map.scores, (score) => Math.sqrt(Math.min(1, score / scale)));
}

/** Changes for drawing, in [-1, 1]. @param {Move[]} moves */
export function changesOf(moves) {
  const sizes = moves.map((one) => Math.abs(one.delta)).sort((a, b) => b - a);
  // A few extreme places must not make all others look unchanged.
  const full = sizes[Math.min(sizes.length - 1, 25)] || sizes[0] || 1;
  const found = new Float32Array(moves.length);
  for (const { index, delta } of moves) found[index] = Math.max(-1, Math.min(1, delta / full));
  return found;
}

/** Where the colors end, in multiples of an average street: the two hundredth part of the streets may
 * lie beyond, or a handful of key sites would leave all the rest pale. @param {HeatMap} map */
export function topTimes(map) {
  if (map.mean <= 0) return 1;
  const sorted = Float64Array.from(map.scores).sort();
  const beyond = Math.max(1, Math.floor(sorted.length / 200));
  return (sorted[sorted.length - beyond] || sorted[sorted.length - 1] || 1) / map.mean;
}
