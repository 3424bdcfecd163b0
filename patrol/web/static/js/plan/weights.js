// The weights: changed here, tried on the map at once, applied with a reason, kept as versions.
import { ApiError, get, post, put } from "../api.js";
import { county, may } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { clock, count, countyDay, dayClock } from "../format.js";
import { say, sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { weightSlider } from "./slider.js";
import { zonedTime } from "./zoned.js";

/** @typedef {import("../types").Weights} Weights */

const KINDS_AT_ONCE = 12;
const LAYER_ORDER = ["incidents", "sites", "cameras", "survey", "campaigns", "dark"];

/** @param {any} tree @param {string[]} path */
const valueAt = (tree, path) => path.reduce((branch, key) => branch?.[key], tree);

/** @param {any} tree @param {string[]} path @param {number} value */
function setAt(tree, path, value) {
  const last = path[path.length - 1];
  const branch = path.slice(0, -1).reduce((at, key) => (at[key] ??= {}), tree);
  branch[last] = value;
}

export class WeightsPanel {
  /** @param {(change: object, at: string) => void} onChange  A change of the weights or of the hour. */
  constructor(onChange) {
    this.onChange = onChange;
    /** @type {Weights | null} */
    this.saved = null;
    /** What differs from the saved weights, as a partial tree. @type {Record<string, any>} */
    this.change = {};
    /** @type {Map<string, [string[], number]>} */
    this.changed = new Map();
    this.at = new Date().toISOString();
    this.load();
  }

  async load() {
    const body = byId("weights-body");
    try {
      const answer = await get("/weights");
      this.saved = /** @type {Weights} */ (answer);
      this.#reset();
    } catch (error) {
      body.setAttribute("aria-busy", "false");
      fill(body, h("div", { class: "group" }, h("p", { class: "form-error" }, icon("circle-alert"),
        h("span", { class: "grow", text: error instanceof Error ? error.message : "" }),
        h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => this.load() }, t("action.retry")))));
    }
  }

  #reset() {
    this.change = {};
    this.changed.clear();
    this.#drawBody();
    this.#drawFoot();
    this.onChange(this.change, this.at);
  }

  /** @param {import("./slider.js").Field} field */
  #slider(field) {
    let saved = valueAt(this.saved?.hotspots, field.path);
    // A kind that the config does not name weighs what the others do.
    if (field.path[0] === "kinds") saved ??= this.saved?.hotspots.other_kinds;
    if (typeof saved !== "number") return null;
    return weightSlider(field, saved, (value) => {
      const key = field.path.join(".");
      if (Math.abs(value - saved) < 1e-9) this.changed.delete(key);
      else this.changed.set(key, [field.path, value]);
      this.change = {};
      for (const [path, changedTo] of this.changed.values()) setAt(this.change, path, changedTo);
      this.#drawFoot();
      this.onChange(this.change, this.at);
    });
  }

  #drawBody() {
    const saved = this.saved;
    if (!saved) return;
    const body = byId("weights-body");
    body.setAttribute("aria-busy", "false");
    const layers = LAYER_ORDER.filter((name) => name in saved.hotspots.layers).map((name) => this.#slider({
      path: ["layers", name], label: nameOf("layer", name), min: 0, max: 3, step: 0.05,
    }));
    fill(body, fileNotice(saved), this.#whenGroup(),
      group(t("weights.layers"), ...layers),
      group(t("weights.time"),
        this.#slider({ path: ["half_life_d"], label: t("weights.half_life"), min: 7, max: 730, step: 1, unit: t("unit_name.days") }),
        this.#slider({ path: ["shift_blend_share"], label: t("weights.shift_blend"), min: 0, max: 1, step: 0.01, scale: 100, unit: "%" }),
        this.#slider({ path: ["exploration_share"], label: t("weights.exploration"), min: 0, max: 0.5, step: 0.01, scale: 100, unit: "%" })),
      this.#kindsGroup(saved));
  }

  #whenGroup() {
    const now = Date.now();
    const day = h("input", { class: "field", type: "date", value: countyDay(now), "aria-label": t("weights.date") });
    const hours = Array.from({ length: 24 }, (_, index) => `${String(index).padStart(2, "0")}:00`);
    const hour = h("select", { class: "field", "aria-label": t("weights.hour") }, ...hours.map((text) => h("option", { value: text, text })));
    hour.value = `${clock(now).slice(0, 2)}:00`;
    const take = () => {
      if (!day.value || !hour.value) return;
      this.at = zonedTime(day.value, hour.value, county.timezone).toISOString();
      this.onChange(this.change, this.at);
    };
    day.addEventListener("change", take);
    hour.addEventListener("change", take);
    const shifts = h("div", { class: "chips p-0 mt-2" }, ...county.shifts.map((shift) => h("button", {
      class: "chip", type: "button", title: `${shift.start}–${shift.end}`,
      onclick: () => {
        const [from, to] = [Number(shift.start.slice(0, 2)), Number(shift.end.slice(0, 2)) || 24];
        hour.value = `${String(Math.floor((from + to) / 2) % 24).padStart(2, "0")}:00`;
        take();
      },
    }, nameOf("shift", shift.name))));
    return group(t("weights.when"), h("div", { class: "when" }, day, hour), shifts);
  }

  /** @param {Weights} saved */
  #kindsGroup(saved) {
    const incidents = new Map(saved.kinds.map((one) => [one.kind, one.incidents]));
    const kinds = [...new Set([...Object.keys(saved.hotspots.kinds), ...incidents.keys()])]
      .sort((a, b) => (incidents.get(b) ?? 0) - (incidents.get(a) ?? 0));
    const rows = kinds.map((kind) => ({
      kind, row: this.#slider({
        path: ["kinds", kind, "weight"], label: nameOf("kind", kind), min: 0, max: 10, step: 0.1,
        note: incidents.has(kind) ? t("weights.incidents_n", { n: count(incidents.get(kind) ?? 0) }) : "",
      }),
    }));
    const filter = h("input", { type: "search", placeholder: t("weights.filter_kinds"), "aria-label": t("weights.filter_kinds") });
    filter.addEventListener("input", () => {
      const word = filter.value.trim().toLowerCase();
      for (const { kind, row } of rows) {
        if (row) row.hidden = Boolean(word) && !`${kind} ${nameOf("kind", kind)}`.toLowerCase().includes(word);
      }
    });
    return h("section", { class: "group" },
      h("h3", {}, t("weights.kinds"), rows.length > KINDS_AT_ONCE ? h("span", { class: "search" }, icon("search"), filter) : null),
      ...rows.map(({ row }) => row),
      this.#slider({ path: ["other_kinds"], label: t("weights.other_kinds"), min: 0, max: 10, step: 0.1 }));
  }

  /** Go back to an earlier version; it becomes a new one, so this can be undone too. @param {number} version */
  async bringBack(version) {
    if (!this.saved) return;
    try {
      await post("/weights/rollback", { to_version: version, version: this.saved.version, reason: t("weights.back_to", { n: version }) });
      say(t("weights.applied"), "done");
      await this.load();
    } catch (error) {
      sayError(error);
    }
  }

  #drawFoot() {
    const changes = this.changed.size;
    const foot = byId("weights-foot");
    if (!changes || !this.saved) {
      fill(foot, h("span", { class: "quiet", text: t("weights.version", { n: this.saved?.version ?? "–" }) }));
      return;
    }
    if (foot.dataset.open === "yes" && foot.querySelector("#weights-reason")) {
      const tally = foot.querySelector(".changes-n");
      if (tally) tally.textContent = t("weights.changes_n", { n: changes });
      return;
    }
    const reason = h("input", { class: "field", id: "weights-reason", maxlength: 500, placeholder: t("weights.reason_hint"), "aria-label": t("weights.reason") });
    const apply = h("button", { class: "btn btn-strong", type: "button", disabled: !may("weights.tune") }, icon("save"), t("weights.apply"));
    const problem = h("p", { class: "form-error", role: "alert", hidden: true });
    apply.addEventListener("click", () => this.#apply(reason, apply, problem));
    reason.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) this.#apply(reason, apply, problem);
    });
    foot.dataset.open = "yes";
    fill(foot, problem, reason, h("div", { class: "foot-row" },
      h("span", { class: "grow quiet changes-n", text: t("weights.changes_n", { n: changes }) }),
      h("button", { class: "btn btn-quiet", type: "button", onclick: () => this.#reset() }, icon("rotate-ccw"), t("weights.reset")), apply));
  }

  /** @param {HTMLInputElement} reason @param {HTMLButtonElement} apply @param {HTMLElement} problem */
  async #apply(reason, apply, problem) {
    if (!this.saved) return;
    if (!reason.value.trim()) {
      problem.hidden = false;
      fill(problem, icon("circle-alert"), t("weights.reason_needed"));
      reason.focus();
      return;
    }
    apply.disabled = true;
    try {
      await put("/weights", {
        version: this.saved.version, hotspots: this.change, reason: reason.value.trim(),
        ...(this.saved.digest ? { digest: this.saved.digest } : {}),
      });
      say(t("weights.applied"), "done");
      await this.load();
    } catch (error) {
      apply.disabled = false;
      problem.hidden = false;
      const conflict = error instanceof ApiError && error.status === 409;
      const details = error instanceof ApiError ? error.errors : [];
      fill(problem, icon("circle-alert"), h("span", { class: "grow" },
        conflict ? `${t("weights.conflict")} ` : "", error instanceof Error ? error.message : "", ...details.map((text) => h("span", { class: "d-block", text }))),
      conflict ? h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => this.load() }, t("weights.reload")) : null);
    }
  }
}

/** @param {string} title @param {...(Node | null)} children */
export function group(title, ...children) {
  return h("section", { class: "group" }, h("h3", { text: title }), ...children);
}

/** What somebody did to the file by hand, or what is wrong with it. @param {Weights} saved */
function fileNotice(saved) {
  const problems = saved.problems ?? [];
  if (!problems.length && !saved.edited) return null;
  const text = problems.length ? t("weights.file_broken") : t("weights.file_edited");
  return h("div", { class: "group" }, h("div", { class: "form-error" }, icon("circle-alert"), h("span", {}, text,
    ...problems.slice(0, 6).map((line) => h("code", { class: "d-block text-reset", text: line })))));
}

/** The versions kept, newest first; an earlier one can be brought back.
 * @param {Weights} saved @param {(version: number) => void} bringBack */
export function historyList(saved, bringBack) {
  if (!saved.history.length) return h("p", { class: "quiet", text: t("weights.no_history") });
  return h("ol", { class: "history" }, ...saved.history.slice(0, 12).map((one) => h("li", {},
    h("b", { text: `#${one.version}` }),
    h("span", {}, h("span", { class: "d-block", text: one.reason }), h("small", { text: `${dayClock(one.at)} · ${one.actor}` })),
    one.version === saved.version ? null : h("button", {
      class: "btn btn-sm btn-quiet", type: "button", onclick: () => bringBack(one.version),
    }, icon("rotate-ccw"), t("weights.bring_back")))));
}
