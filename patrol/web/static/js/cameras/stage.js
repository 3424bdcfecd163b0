// The picture on which rules are drawn: a still, or a blank grid of the camera's size, with points
// that are dragged or moved by arrow keys.
import { nameOf, t } from "../texts.js";
import { arrowHead, inside, isLine, middleOf, sidesOf } from "./shapes.js";

/** @typedef {import("../types").Point} Point */
/** @typedef {import("../types").DrawnRule} DrawnRule */
/** @typedef {{rules: DrawnRule[], chosen: number, width: number, height: number,
 *   drawing: {kind: import("../types").RuleKind, points: Point[]} | null}} Scene */

const SVG = "http://www.w3.org/2000/svg";
const GRID_STEPS = 8;

/** @param {string} tag @param {Record<string, string | number>} [attributes] @param {...Node} children */
function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** @param {Point[]} points */
const flat = (points) => points.map((point) => point.join(",")).join(" ");

export class Stage {
  /** @param {Scene} scene
   * @param {{onChoose: (index: number) => void, onChange: () => void, onSettle: () => void, onPoint: (point: Point) => void}} on */
  constructor(scene, on) {
    this.scene = scene;
    this.on = on;
    this.svg = /** @type {SVGSVGElement} */ (s("svg", { class: "stage", role: "group", tabindex: -1, "aria-label": t("rules.picture") }));
    this.back = s("g");
    this.front = s("g");
    this.svg.append(this.back, this.front);
    this.still = "";
    /** Where labels are already: of two rules in one place both names are read. @type {Point[]} */
    this.labels = [];
    this.svg.addEventListener("pointerdown", (event) => {
      if (this.scene.drawing) {
        event.preventDefault();
        this.on.onPoint(this.#at(event));
      }
    });
  }

  /** @param {PointerEvent} event @returns {Point} */
  #at(event) {
    const matrix = this.svg.getScreenCTM();
    const point = matrix ? new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse()) : { x: 0, y: 0 };
    return inside([point.x, point.y], this.scene.width, this.scene.height);
  }

  /** A still to draw on; "" for the blank grid. @param {string} url */
  setStill(url) {
    this.still = url;
    this.#drawBack();
  }

  #drawBack() {
    const { width, height } = this.scene;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const parts = [s("rect", { class: "stage-ground", x: 0, y: 0, width, height })];
    if (this.still) parts.push(s("image", { href: this.still, x: 0, y: 0, width, height, preserveAspectRatio: "none" }));
    else {
      for (let i = 1; i < GRID_STEPS; i += 1) {
        parts.push(s("line", { class: "stage-grid", x1: (width * i) / GRID_STEPS, y1: 0, x2: (width * i) / GRID_STEPS, y2: height }),
          s("line", { class: "stage-grid", x1: 0, y1: (height * i) / GRID_STEPS, x2: width, y2: (height * i) / GRID_STEPS }));
      }
    }
    this.back.replaceChildren(...parts);
  }

  /** Draw anew; keeps the focus on the point that has it. */
  draw() {
    const active = document.activeElement?.getAttribute("data-handle");
    this.#drawBack();
    const { rules, chosen, drawing } = this.scene;
    const order = rules.map((_, index) => index).filter((index) => index !== chosen);
    if (rules[chosen]) order.push(chosen);
    this.labels = [];
    this.front.replaceChildren(...order.map((index) => this.#ruleGroup(rules[index], index)),
      ...(drawing ? [this.#draft(drawing)] : []));
    if (active) /** @type {SVGElement | null} */ (this.front.querySelector(`[data-handle="${active}"]`))?.focus();
  }

  /** Length in picture pixels of so many pixels of the screen. @param {number} px */
  #unit(px) {
    const box = this.svg.getBoundingClientRect();
    const scale = Math.min(box.width / this.scene.width, box.height / this.scene.height) || 1;
    return px / scale;
  }

  /** @param {DrawnRule} rule @param {number} index */
  #ruleGroup(rule, index) {
    const isChosen = index === this.scene.chosen;
    const group = s("g", { class: `rule${isChosen ? " chosen" : ""}`, "data-kind": rule.kind });
    const body = isLine(rule.kind)
      ? s("line", { class: "rule-line", x1: rule.points[0][0], y1: rule.points[0][1], x2: rule.points[1][0], y2: rule.points[1][1] })
      : s("polygon", { class: "rule-zone", points: flat(rule.points) });
    body.addEventListener("pointerdown", (event) => this.#grabShape(/** @type {PointerEvent} */ (event), index));
    group.append(body);
    if (isLine(rule.kind)) group.append(...this.#sides(rule));
    group.append(this.#label(rule));
    if (isChosen) group.append(...this.#handles(rule, index));
    return group;
  }

  /** @param {DrawnRule} rule */
  #label(rule) {
    const size = this.#unit(13);
    // Near the upper edge: the middle is where lines cross and people walk.
    const x = isLine(rule.kind) ? rule.points[0][0] : middleOf(rule.points)[0];
    const top = Math.min(...rule.points.map((point) => point[1]));
    const y = isLine(rule.kind) ? rule.points[0][1] - size : top + size * 1.4;
    let at = Math.max(y, size);
    while (this.labels.some(([left, top]) => Math.abs(left - x) < 5 * size && Math.abs(top - at) < size)) at += 1.2 * size;
    this.labels.push([x, at]);
    const label = s("text", { class: "rule-label", x, y: at, "font-size": size, "text-anchor": "middle" });
    label.textContent = rule.name;
    return label;
  }

  /** Arrow, and which side is left: words that the counts carry. @param {DrawnRule} rule */
  #sides(rule) {
    const sides = sidesOf(rule.points, this.#unit(48));
    const back = rule.direction === "right_to_left";
    const [tail, head] = back ? [sides.head, sides.tail] : [sides.tail, sides.head];
    const size = this.#unit(12);
    const word = (/** @type {Point} */ [x, y], /** @type {string} */ text) => {
      const element = s("text", { class: "rule-side", x, y: y + size * 0.35, "font-size": size, "text-anchor": "middle" });
      element.textContent = text;
      return element;
    };
    const parts = [s("line", { class: "rule-arrow", x1: tail[0], y1: tail[1], x2: head[0], y2: head[1] }),
      s("polygon", { class: "rule-arrow-head", points: flat(arrowHead(tail, head, this.#unit(9))) })];
    // A line counts both ways; a wrong-way rule forbids the one that its arrow shows.
    if (rule.kind === "line") parts.push(s("polygon", { class: "rule-arrow-head", points: flat(arrowHead(head, tail, this.#unit(9))) }));
    return [...parts, word(sides.left, t("rules.left")), word(sides.right, t("rules.right"))];
  }

  /** @param {DrawnRule} rule @param {number} index */
  #handles(rule, index) {
    /** @type {Element[]} */
    const parts = [];
    if (!isLine(rule.kind)) {
      rule.points.forEach((point, at) => {
        const next = rule.points[(at + 1) % rule.points.length];
        const [x, y] = middleOf([point, next]);
        const add = s("circle", { class: "handle-add", cx: x, cy: y, r: this.#unit(5) });
        add.addEventListener("pointerdown", (event) => {
          rule.points.splice(at + 1, 0, inside([x, y], this.scene.width, this.scene.height));
          this.#grabPoint(/** @type {PointerEvent} */ (event), index, at + 1);
        });
        parts.push(add);
      });
    }
    rule.points.forEach(([x, y], at) => {
      const handle = s("circle", {
        class: "handle", cx: x, cy: y, r: this.#unit(8), tabindex: 0, role: "button", "data-handle": `${index}-${at}`,
        "aria-label": t("rules.point_of", { n: at + 1, rule: rule.name, x, y }),
      });
      handle.addEventListener("pointerdown", (event) => this.#grabPoint(/** @type {PointerEvent} */ (event), index, at));
      handle.addEventListener("keydown", (event) => this.#pressed(/** @type {KeyboardEvent} */ (event), index, at));
      parts.push(handle);
      if (isLine(rule.kind)) {
        const number = s("text", { class: "handle-number", x, y: y + this.#unit(4), "font-size": this.#unit(11), "text-anchor": "middle" });
        number.textContent = String(at + 1);
        parts.push(number);
      }
    });
    return parts;
  }

  /** @param {PointerEvent} event @param {number} index @param {number} at */
  #grabPoint(event, index, at) {
    if (this.scene.drawing) return;
    const rule = this.scene.rules[index];
    this.#drag(event, (to) => { rule.points[at] = to; });
  }

  /** @param {PointerEvent} event @param {number} index */
  #grabShape(event, index) {
    if (this.scene.drawing) return;
    if (index !== this.scene.chosen) this.on.onChoose(index);
    const rule = this.scene.rules[index];
    const from = this.#at(event);
    const start = rule.points.map((point) => /** @type {Point} */ ([...point]));
    this.#drag(event, (to) => {
      const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
      const moved = start.map(([x, y]) => /** @type {Point} */ ([x + dx, y + dy]));
      if (moved.every(([x, y]) => x >= 0 && y >= 0 && x < this.scene.width && y < this.scene.height)) rule.points = moved;
    });
  }

  /** @param {PointerEvent} event @param {(to: Point) => void} move */
  #drag(event, move) {
    event.preventDefault();
    event.stopPropagation();
    const onMove = (/** @type {PointerEvent} */ next) => {
      move(this.#at(next));
      this.draw();
      this.on.onChange();
    };
    const onUp = () => {
      removeEventListener("pointermove", onMove);
      removeEventListener("pointerup", onUp);
      this.draw();
      this.on.onSettle();
    };
    addEventListener("pointermove", onMove);
    addEventListener("pointerup", onUp);
  }

  /** Arrow keys move by a pixel, with Shift by ten; Delete takes a corner away, Insert adds one.
   * @param {KeyboardEvent} event @param {number} index @param {number} at */
  #pressed(event, index, at) {
    const rule = this.scene.rules[index];
    const by = event.shiftKey ? 10 : 1;
    const moves = /** @type {Record<string, Point>} */ ({ ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] });
    const move = moves[event.key];
    if (move) rule.points[at] = inside([rule.points[at][0] + move[0], rule.points[at][1] + move[1]], this.scene.width, this.scene.height);
    else if ((event.key === "Delete" || event.key === "Backspace") && !isLine(rule.kind) && rule.points.length > 3) rule.points.splice(at, 1);
    else if ((event.key === "Insert" || event.key === "+") && !isLine(rule.kind)) {
      rule.points.splice(at + 1, 0, inside(middleOf([rule.points[at], rule.points[(at + 1) % rule.points.length]]), this.scene.width, this.scene.height));
    } else return;
    event.preventDefault();
    event.stopPropagation();
    this.draw();
    this.on.onSettle();
  }

  /** @param {{kind: import("../types").RuleKind, points: Point[]}} drawing */
  #draft(drawing) {
    const group = s("g", { class: "rule chosen draft", "aria-label": nameOf("rule_kind", drawing.kind) });
    if (drawing.points.length > 1) group.append(s("polyline", { class: "rule-line", points: flat(drawing.points) }));
    for (const [x, y] of drawing.points) group.append(s("circle", { class: "handle", cx: x, cy: y, r: this.#unit(6) }));
    return group;
  }
}
