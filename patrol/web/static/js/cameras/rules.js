// The rule editor: the picture in the middle, the rules and their parameters beside it.
import { get, put } from "../api.js";
import { may } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { say } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { showErrors } from "./form.js";
import { fetchStill } from "./still.js";
import { KINDS, faultOf, freeName, isLine, kindIcon, middleShape, newRule } from "./shapes.js";
import { Stage } from "./stage.js";

/** @typedef {import("../types").CameraDetail} CameraDetail */
/** @typedef {import("../types").DrawnRule} DrawnRule */
/** @typedef {import("../types").RuleKind} RuleKind */

const BLANK = { width: 640, height: 480 };
const MOST_UNDO = 100;

export class RuleEditor {
  /** @param {CameraDetail} camera @param {{side: HTMLElement, onDone: (saved?: CameraDetail) => void}} how */
  constructor(camera, how) {
    this.camera = camera;
    this.how = how;
    this.digest = camera.digest;
    /** @type {import("./stage.js").Scene} */
    this.scene = {
      rules: structuredClone(camera.rules), chosen: camera.rules.length ? 0 : -1,
      width: camera.width_px ?? BLANK.width, height: camera.height_px ?? BLANK.height, drawing: null,
    };
    /** Earlier states, the newest last. @type {string[]} */
    this.undoable = [];
    this.saved = this.#look();
    this.last = this.saved;
    this.errors = h("div", { class: "form-error", role: "alert", hidden: true });
    this.hint = h("p", { class: "drawing-hint", role: "status" });
    this.stillUrl = "";
    this.stage = new Stage(this.scene, {
      onChoose: (index) => { this.scene.chosen = index; this.draw(); },
      onChange: () => {},
      onSettle: () => this.#settle(),
      onPoint: (point) => this.#addPoint(point),
    });
    this.frame = byId("drawing");
    this.#build();
    this.resize = new ResizeObserver(() => this.stage.draw());
    this.resize.observe(this.frame);
    this.draw();
  }

  #look() {
    return JSON.stringify([this.scene.rules, this.scene.width, this.scene.height]);
  }

  /** Something changed for good: what was before can be brought back. */
  #settle() {
    const now = this.#look();
    if (now === this.last) return;
    this.undoable.push(this.last);
    this.undoable.splice(0, this.undoable.length - MOST_UNDO);
    this.last = now;
    this.draw();
  }

  undo() {
    const before = this.undoable.pop();
    if (before === undefined) return;
    [this.scene.rules, this.scene.width, this.scene.height] = JSON.parse(before);
    this.scene.chosen = Math.min(this.scene.chosen, this.scene.rules.length - 1);
    this.last = before;
    this.draw();
  }

  get changed() {
    return this.#look() !== this.saved;
  }

  #build() {
    this.undoButton = h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => this.undo() }, icon("undo-2"), t("rules.undo"), h("kbd", { text: "u" }));
    this.stillsOff = may("camera.still") && this.frame.dataset.stills === "off";
    this.stillButton = may("camera.still") && !this.stillsOff
      ? h("button", { class: "btn btn-sm btn-quiet", type: "button", id: "rules-still", onclick: () => this.#loadStill() }, icon("image"), t("rules.still")) : null;
    fill(this.frame,
      h("header", { class: "drawing-head" },
        ...KINDS.map((kind, index) => h("button", {
          class: "btn btn-sm btn-quiet", type: "button", "data-kind": kind, onclick: () => this.startDrawing(kind),
        }, icon(kindIcon(kind)), nameOf("rule_kind", kind), h("kbd", { text: String(index + 1) }))),
        h("span", { class: "grow" }), this.undoButton, this.stillButton),
      h("div", { class: "drawing-stage" }, this.stage.svg), this.hint);
    this.frame.hidden = false;
    this.rows = h("div", { class: "rule-rows" });
    this.saveButton = h("button", { class: "btn btn-strong", type: "button", id: "rules-save", onclick: () => this.save() }, icon("check"), t("rules.save"));
    fill(this.how.side,
      h("header", { class: "card-head" }, h("h2", { class: "grow clip", text: t("rules.of", { name: this.camera.name }) }),
        h("button", { class: "btn-bare", type: "button", "aria-label": t("action.close"), onclick: () => this.leave() }, icon("x"))),
      h("div", { class: "card-body result-scroll" }, this.rows, this.#sizeRow(),
        h("p", { class: "quiet small", text: t("rules.keys_help") }), this.errors,
        h("div", { class: "foot-row" }, this.saveButton,
          h("button", { class: "btn btn-quiet", type: "button", onclick: () => this.leave() }, t("action.cancel")))));
  }

  #sizeRow() {
    const field = (/** @type {"width" | "height"} */ side) => {
      const input = h("input", { class: "field", id: `rules-${side}`, type: "number", min: 16, max: 8192, step: 1 });
      input.value = String(this.scene[side]);
      input.addEventListener("change", () => {
        const value = Number(input.value);
        if (Number.isInteger(value) && value >= 16 && value <= 8192) this.scene[side] = value;
        input.value = String(this.scene[side]);
        this.#settle();
      });
      return input;
    };
    return h("div", { class: "form-grid" },
      h("div", {}, h("label", { for: "rules-width", text: t("cameras.width") }), field("width")),
      h("div", {}, h("label", { for: "rules-height", text: t("cameras.height") }), field("height")));
  }

  /** Points by clicks; Enter ends a zone, or puts a shape into the middle where nothing was clicked.
   * @param {RuleKind} kind */
  startDrawing(kind) {
    this.scene.drawing = { kind, points: [] };
    // Away from the button, whose own Enter would begin again.
    this.stage.svg.focus();
    this.draw();
  }

  /** @param {import("../types").Point} point */
  #addPoint(point) {
    const drawing = this.scene.drawing;
    if (!drawing) return;
    const [first] = drawing.points;
    const near = first && Math.hypot(first[0] - point[0], first[1] - point[1]) < this.scene.width / 40;
    if (!isLine(drawing.kind) && near && drawing.points.length >= 3) {
      this.#finish();
      return;
    }
    const last = drawing.points.at(-1);
    if (last && last[0] === point[0] && last[1] === point[1]) return;
    drawing.points.push(point);
    if (isLine(drawing.kind) && drawing.points.length === 2) this.#finish();
    else this.draw();
  }

  /** Enter. */
  submit() {
    const drawing = this.scene.drawing;
    if (!drawing) return;
    if (drawing.points.length === 0) drawing.points = middleShape(drawing.kind, this.scene.width, this.scene.height);
    if (drawing.points.length >= (isLine(drawing.kind) ? 2 : 3)) this.#finish();
  }

  #finish() {
    const drawing = this.scene.drawing;
    if (!drawing) return;
    this.scene.drawing = null;
    this.scene.rules.push(newRule(drawing.kind, freeName(this.scene.rules, nameOf("rule_kind", drawing.kind)), drawing.points));
    this.scene.chosen = this.scene.rules.length - 1;
    this.#settle();
    /** @type {SVGElement | null} */ (this.stage.svg.querySelector(".handle"))?.focus();
  }

  draw() {
    this.stage.draw();
    this.undoButton?.toggleAttribute("disabled", this.undoable.length === 0);
    this.saveButton?.toggleAttribute("disabled", !this.changed);
    const drawing = this.scene.drawing;
    for (const button of this.frame.querySelectorAll(".drawing-head [data-kind]")) {
      button.setAttribute("aria-pressed", String(drawing?.kind === /** @type {HTMLElement} */ (button).dataset.kind));
    }
    this.hint.textContent = drawing ? t(isLine(drawing.kind) ? "rules.click_line" : "rules.click_zone")
      : t(this.stillUrl ? "rules.on_still" : "rules.on_grid", { width: this.scene.width, height: this.scene.height });
    if (this.stillsOff && !drawing) this.hint.append(` · ${t("rules.stills_off")}`);
    this.#drawRows();
  }

  #drawRows() {
    if (!this.rows) return;
    if (this.rows.contains(document.activeElement) && this.rows.childElementCount === this.scene.rules.length) {
      // Not under the fingers of somebody who types.
      [...this.rows.children].forEach((row, index) => row.classList.toggle("chosen", index === this.scene.chosen));
      return;
    }
    if (!this.scene.rules.length) fill(this.rows, h("p", { class: "quiet", text: t("rules.none_draw") }));
    else fill(this.rows, ...this.scene.rules.map((rule, index) => this.#row(rule, index)));
  }

  /** @param {DrawnRule} rule @param {number} index */
  #row(rule, index) {
    const name = h("input", { class: "field", "aria-label": t("rules.name"), maxlength: 60 });
    name.value = rule.name;
    name.addEventListener("input", () => { rule.name = name.value; this.stage.draw(); });
    name.addEventListener("change", () => this.#settle());
    const row = h("section", { class: `rule-row${index === this.scene.chosen ? " chosen" : ""}`, "data-kind": rule.kind },
      h("div", { class: "rule-row-head" }, h("span", { title: nameOf("rule_kind", rule.kind) }, icon(kindIcon(rule.kind))), name,
        h("button", { class: "btn-bare", type: "button", "aria-label": t("rules.remove", { rule: rule.name }), title: t("rules.remove", { rule: rule.name }),
          onclick: () => this.#remove(index) }, icon("trash-2"))),
      h("div", { class: "rule-row-more" }, h("span", { class: "quiet", text: nameOf("rule_kind", rule.kind) }), ...this.#parameters(rule)));
    row.addEventListener("focusin", () => {
      if (this.scene.chosen !== index) { this.scene.chosen = index; this.draw(); }
    });
    return row;
  }

  /** @param {number} index */
  #remove(index) {
    this.scene.rules.splice(index, 1);
    this.scene.chosen = Math.min(this.scene.chosen, this.scene.rules.length - 1);
    /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
    this.#settle();
  }

  /** @param {DrawnRule} rule */
  #parameters(rule) {
    const parts = [];
    const number = (/** @type {"over" | "lasting_s"} */ key, /** @type {number} */ most) => {
      const input = h("input", { class: "field", type: "number", min: 1, max: most, step: 1 });
      input.value = String(rule[key]);
      input.addEventListener("change", () => { rule[key] = Number(input.value); this.#settle(); });
      return h("label", { class: "with-unit" }, t(`rules.${key}`), input);
    };
    if (rule.kind === "crowding") parts.push(number("over", 1_000));
    if (rule.lasting_s !== undefined) parts.push(number("lasting_s", 3_600));
    const least = h("input", { class: "field", type: "number", min: 0, max: 10_000, step: 1, placeholder: "0" });
    least.value = rule.least_height_px ? String(rule.least_height_px) : "";
    least.addEventListener("change", () => {
      if (Number(least.value) > 0) rule.least_height_px = Number(least.value);
      else delete rule.least_height_px;
      this.#settle();
    });
    parts.push(h("label", { class: "with-unit" }, t("rules.least_height_px"), least));
    if (isLine(rule.kind)) {
      parts.push(h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => {
        if (rule.kind === "wrong_way") rule.direction = rule.direction === "left_to_right" ? "right_to_left" : "left_to_right";
        else rule.points.reverse();
        /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
        this.#settle();
      } }, icon("rotate-ccw"), t(rule.kind === "wrong_way" ? "rules.turn_way" : "rules.swap_sides")));
    }
    return parts;
  }

  async #loadStill() {
    try {
      const still = await fetchStill(this.camera.id);
      if (this.stillUrl) URL.revokeObjectURL(this.stillUrl);
      this.stillUrl = still.url;
      if (!this.scene.rules.length || (still.width === this.scene.width && still.height === this.scene.height)) {
        [this.scene.width, this.scene.height] = [still.width, still.height];
      }
      this.stage.setStill(still.url);
      this.errors.hidden = true;
      this.#settle();
      this.draw();
    } catch (error) {
      showErrors(this.errors, error);
    }
  }

  async save() {
    const fault = faultOf(this.scene.rules);
    if (fault) {
      showErrors(this.errors, new Error(t(`rules.${fault}`)));
      return;
    }
    try {
      const answer = await put(`/cameras/${encodeURIComponent(this.camera.id)}/rules`, {
        digest: this.digest, rules: this.scene.rules.map((rule) => ({ ...rule, name: rule.name.trim() })),
        width_px: this.scene.width, height_px: this.scene.height,
      });
      say(t("rules.saved", { name: this.camera.name }), "done");
      this.close();
      this.how.onDone(answer.camera);
    } catch (error) {
      showErrors(this.errors, error);
      if (error instanceof Error && "status" in error && error.status === 409) this.#offerNewest();
    }
  }

  /** Somebody else was faster: keep what is drawn here and save it over the newest form, knowingly. */
  #offerNewest() {
    this.errors.append(h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: async () => {
      this.digest = (await get(`/cameras/${encodeURIComponent(this.camera.id)}`)).camera.digest;
      this.save();
    } }, t("rules.save_anyway")));
  }

  /** Esc: first what is being drawn, then the editor; what is not saved asks once. */
  leave() {
    if (this.scene.drawing) {
      this.scene.drawing = null;
      this.draw();
      return;
    }
    if (this.changed && !this.asked) {
      this.asked = true;
      say(t("rules.unsaved"), "info");
      return;
    }
    this.close();
    this.how.onDone();
  }

  close() {
    this.resize.disconnect();
    this.frame.hidden = true;
    fill(this.frame);
    // The still is nowhere else: with its address gone, the browser lets it go.
    if (this.stillUrl) URL.revokeObjectURL(this.stillUrl);
  }
}
