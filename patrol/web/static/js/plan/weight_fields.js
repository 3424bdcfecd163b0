// How each key of `hotspots` is shown: its group, its measure, and where its slider ends.
// A key that is not named here is shown all the same, under "other", as the schema describes it.
import { texts } from "../boot.js";
import { t } from "../texts.js";

/** @typedef {import("../types").WeightKey} WeightKey */
/** @typedef {import("./slider.js").Field} Field */

/** @type {Record<string, Partial<Field> & {unitKey?: string}>} */
const LOOKS = {
  half_life_d: { soft: 730, step: 1, unitKey: "unit_name.days" },
  smoothing_share: { step: 0.01, scale: 100, unit: "%" },
  shift_blend_share: { step: 0.01, scale: 100, unit: "%" },
  band_h: { step: 1, unitKey: "unit_name.hours" },
  exploration_share: { soft: 0.5, step: 0.01, scale: 100, unit: "%" },
  count: { soft: 1000, step: 10, unitKey: "unit_name.places" },
  snap_m: { soft: 200, step: 5, unitKey: "unit_name.meters" },
  segment_m: { soft: 500, step: 10, unitKey: "unit_name.meters" },
  other_kinds: { soft: 10, step: 0.1, unit: "×" },
};

/** Groups in their order; a path ends in "*" where all keys below it are meant. */
export const GROUPS = [
  { name: "layers", keys: ["layers.*"], open: true },
  { name: "time", keys: ["half_life_d", "smoothing_share", "shift_blend_share", "band_h"], open: true },
  { name: "sources", keys: ["sources.*", "correct_patrol"], open: false },
  { name: "picking", keys: ["count", "exploration_share"], open: false },
  { name: "streets", keys: ["snap_m", "segment_m"], open: false },
];

/** @param {WeightKey[]} keys @param {string[]} patterns @returns {WeightKey[]} */
export function keysOf(keys, patterns) {
  return patterns.flatMap((pattern) => keys.filter((key) => {
    const name = key.path.join(".");
    return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  }));
}

/** Keys in none of the groups: newer than this page. @param {WeightKey[]} keys */
export function keysLeft(keys) {
  const shown = new Set(GROUPS.flatMap((one) => keysOf(keys, one.keys)));
  return keys.filter((key) => !shown.has(key) && key.path[0] !== "kinds" && key.path[0] !== "other_kinds");
}

/** @param {WeightKey} key */
export const isSwitch = (key) => typeof key.default === "boolean";
/** Whether `auto` may stand instead of the number. @param {WeightKey} key */
export const isAuto = (key) => key.kind.split(" ").includes("auto");
/** What a number starts from where it was learned so far, by key. @type {Record<string, number>} */
export const STARTS = { half_life_d: 240, smoothing_share: 0, shift_blend_share: 0.5 };
/** @param {WeightKey} key */
export const isNumber = (key) => key.kind.includes("number");

/** The name of a key in the language of the page; "kinds.theft.weight" is told of any kind.
 * @param {string[]} path @param {string} [fallback] */
export function keyLabel(path, fallback) {
  return texts[`weightkey.${path.join(".")}`] ?? fallback ?? path.join(".");
}

/** @param {WeightKey} key @returns {Field} */
export function fieldOf(key) {
  const name = key.path.join(".");
  const look = LOOKS[name] ?? {};
  const high = key.high ?? 100;
  const layer = key.path[0] === "layers";
  const share = key.path[0] === "sources";
  return {
    path: key.path,
    label: keyLabel(key.path),
    help: texts[`weighthelp.${name}`] ?? key.description,
    min: key.low ?? 0,
    max: high,
    openLow: key.allowed.startsWith("("),
    step: layer ? 0.05 : share ? 0.01 : 0.1,
    soft: layer ? Math.min(3, high) : high,
    unit: layer ? "×" : share ? "%" : "",
    scale: share ? 100 : 1,
    ...look,
    ...(look.unitKey ? { unit: t(look.unitKey) } : {}),
  };
}
