// Shapes of rules in pixels of the picture, y down: where things are, without any drawing.

/** @typedef {import("../types").Point} Point */
/** @typedef {import("../types").DrawnRule} DrawnRule */
/** @typedef {import("../types").RuleKind} RuleKind */

/** @type {RuleKind[]} */
export const KINDS = ["line", "zone", "crowding", "loitering", "stopped_vehicle", "wrong_way"];
export const LASTING_S = { crowding: 10, loitering: 120, stopped_vehicle: 60 };
export const CROWD_OVER = 10;
const ICONS = { line: "move-horizontal", zone: "square", crowding: "users", loitering: "timer", stopped_vehicle: "car", wrong_way: "octagon-x" };

/** @param {RuleKind} kind */
export const isLine = (kind) => kind === "line" || kind === "wrong_way";
/** @param {RuleKind} kind */
export const kindIcon = (kind) => ICONS[kind];

/** A rule of a kind with what its parameters are where nobody sets them.
 * @param {RuleKind} kind @param {string} name @param {Point[]} points @returns {DrawnRule} */
export function newRule(kind, name, points) {
  /** @type {DrawnRule} */
  const rule = { name, kind, points };
  if (kind === "crowding") rule.over = CROWD_OVER;
  if (kind in LASTING_S) rule.lasting_s = LASTING_S[/** @type {keyof typeof LASTING_S} */ (kind)];
  if (kind === "wrong_way") rule.direction = "right_to_left";
  return rule;
}

/** A shape in the middle of the picture, for those who do not point.
 * @param {RuleKind} kind @param {number} width @param {number} height @returns {Point[]} */
export function middleShape(kind, width, height) {
  const x = (/** @type {number} */ share) => Math.round(width * share);
  const y = (/** @type {number} */ share) => Math.round(height * share);
  if (isLine(kind)) return [[x(0.5), y(0.3)], [x(0.5), y(0.9)]];
  return [[x(0.3), y(0.4)], [x(0.7), y(0.4)], [x(0.8), y(0.85)], [x(0.2), y(0.85)]];
}

/** @param {Point} point @param {number} width @param {number} height @returns {Point} */
export function inside([x, y], width, height) {
  return [Math.min(Math.max(Math.round(x), 0), width - 1), Math.min(Math.max(Math.round(y), 0), height - 1)];
}

/** @param {Point[]} points @returns {Point} */
export function middleOf(points) {
  const sum = points.reduce(([x, y], [px, py]) => [x + px, y + py], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}

/** Where left and right of a line are, and the arrow from left to right, seen from its first point
 * to its second.
 * @param {Point[]} points @param {number} reach  Distance from the line, pixels. */
export function sidesOf([from, to], reach) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  // y grows downwards, so a quarter turn to the right of (dx, dy) is (-dy, dx).
  const right = [-(to[1] - from[1]) / length, (to[0] - from[0]) / length];
  const [mx, my] = middleOf([from, to]);
  /** @type {(by: number) => Point} */
  const at = (by) => [mx + right[0] * by, my + right[1] * by];
  return { left: at(-reach), right: at(reach), tail: at(-reach * 0.62), head: at(reach * 0.62) };
}

/** The corners of an arrow's head. @param {Point} tail @param {Point} head @param {number} size @returns {Point[]} */
export function arrowHead(tail, head, size) {
  const length = Math.hypot(head[0] - tail[0], head[1] - tail[1]) || 1;
  const [ux, uy] = [(head[0] - tail[0]) / length, (head[1] - tail[1]) / length];
  return [head, [head[0] - ux * size - uy * size * 0.6, head[1] - uy * size + ux * size * 0.6],
    [head[0] - ux * size + uy * size * 0.6, head[1] - uy * size - ux * size * 0.6]];
}

/** A name that no rule has yet. @param {DrawnRule[]} rules @param {string} stem */
export function freeName(rules, stem) {
  for (let n = 1; ; n += 1) {
    const name = `${stem} ${n}`;
    if (!rules.some((rule) => rule.name === name)) return name;
  }
}

/** What is wrong with the rules, before the server says it: an empty or doubled name.
 * @param {DrawnRule[]} rules @returns {"name_empty" | "name_twice" | null} */
export function faultOf(rules) {
  const names = rules.map((rule) => rule.name.trim());
  if (names.some((name) => !name)) return "name_empty";
  return new Set(names).size < names.length ? "name_twice" : null;
}
