// The weights, each with a slider and a number: changed here, tried on the map at once.
import { get } from "../api.js";
import { county } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { clock, count, countyDay, finePercent } from "../format.js";
import { recall, remember } from "../memory.js";
import { nameOf, t } from "../texts.js";
import { Draft, valueAt } from "./draft.js";
import { autoSlider, weightSlider, weightSwitch } from "./slider.js";
import { fieldOf, GROUPS, isAuto, isNumber, isSwitch, keyLabel, keysLeft, keysOf, STARTS } from "./weight_fields.js";
import { zonedTime } from "./zoned.js";

/** @typedef {import("../types").Weights} Weights */
/** @typedef {import("../types").WeightKey} WeightKey */
/** @typedef {import("../types").Learned} Learned */

const FILTER_FROM = 12;

export class WeightsPanel {
  /** @param {Draft} draft @param {(at: string) => void} onHour  Another hour is looked at. */
  constructor(draft, onHour) {
    this.draft = draft;
    this.onHour = onHour;
    this.at = new Date().toISOString();
    /** @type {(() => void)[]} */
    this.refreshers = [];
    /** @type {Learned | null} */
    this.learned = null;
    draft.onChange(() => this.#refresh());
  }

  /** Read what is saved; our own changes stay on top of it.
   * @returns {Promise<import("./draft.js").Change[]>} Keys that somebody else changed as well. */
  async load() {
    const body = byId("weights-body");
    try {
      const saved = /** @type {Weights} */ (await get("/weights"));
      const before = this.draft.saved;
      const both = this.draft.rebase(saved);
      if (!before || before.digest !== saved.digest || before.version !== saved.version) this.#drawBody(saved);
      if (!before) void this.#loadLearned();
      return both;
    } catch (error) {
      if (this.draft.saved) throw error;
      body.setAttribute("aria-busy", "false");
      fill(body, h("div", { class: "group" }, h("p", { class: "form-error" }, icon("circle-alert"),
        h("span", { class: "grow", text: error instanceof Error ? error.message : "" }),
        h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => this.load() }, t("action.retry")))));
      return [];
    }
  }

  /** What `auto` stands for; the weights are there without it. */
  async #loadLearned() {
    try {
      this.learned = /** @type {Learned} */ (await get("/hotspots/learned"));
      this.#refresh();
    } catch {
      // Before streets are imported nothing is learned, and the map says so.
    }
  }

  #refresh() {
    for (const run of this.refreshers) run();
    const keys = [...this.draft.changes.keys()];
    for (const badge of byId("weights-body").querySelectorAll("[data-counts]")) {
      const names = (badge.getAttribute("data-counts") ?? "").split(" ");
      const n = keys.filter((key) => names.some((name) => key === name || key.startsWith(`${name}.`))).length;
      badge.textContent = n ? t("weights.changed_n", { n }) : "";
    }
  }

  /** @param {WeightKey} key @param {string} [note] */
  #control(key, note = "") {
    const read = () => this.draft.value(key.path);
    const readSaved = () => {
      const saved = valueAt(this.draft.saved?.hotspots, key.path);
      return saved === undefined && key.path[0] === "kinds" ? valueAt(this.draft.saved?.hotspots, ["other_kinds"]) : saved;
    };
    const change = (/** @type {number | boolean} */ value) => this.draft.set(key.path, value);
    if (isSwitch(key)) {
      const made = weightSwitch(fieldOf(key), () => Boolean(read()), () => Boolean(readSaved()), change);
      this.refreshers.push(made.refresh);
      return made.box;
    }
    if (isAuto(key) && key.path[0] !== "kinds") {
      const made = autoSlider(fieldOf(key), read, readSaved, (value) => this.draft.set(key.path, value), STARTS[key.path.join(".")] ?? key.low ?? 0, () => learnedText(this.learned, key.path[0]));
      this.refreshers.push(made.refresh);
      return made.box;
    }
    if (!isNumber(key) || typeof read() !== "number") return null;
    const field = { ...fieldOf(key), note };
    if (key.path[0] === "kinds") Object.assign(field, { label: nameOf("kind", key.path[1]), soft: 10, step: 0.1, unit: "×" });
    const made = weightSlider(field, () => Number(read()), () => Number(readSaved()), change);
    this.refreshers.push(made.refresh);
    return made.box;
  }

  /** @param {Weights} saved */
  #drawBody(saved) {
    const body = byId("weights-body");
    const top = body.scrollTop;
    body.setAttribute("aria-busy", "false");
    this.refreshers = [];
    const keys = saved.keys;
    const sections = GROUPS.map((one) => this.#section(one.name, one.open, one.keys.map((name) => name.replace(".*", "")),
      ...keysOf(keys, one.keys).map((key) => this.#control(key))));
    const left = keysLeft(keys);
    const rest = left.length ? this.#section("rest", true, left.map((key) => key.path.join(".")), ...left.map((key) => this.#control(key))) : null;
    sections.splice(2, 0, this.#kindsSection(saved));
    fill(body, this.#whenSection(), ...sections, rest);
    body.scrollTop = top;
    this.#refresh();
  }

  /** A part of the list that can be folded away; it says how many of its weights are changed.
   * @param {string} name @param {boolean} open @param {string[]} counted @param {...(Node | null)} children */
  #section(name, open, counted, ...children) {
    const section = h("details", { class: "group fold", open: recall(`fold.${name}`, open) },
      h("summary", {}, icon("chevron-right", "fold-mark"), h("h3", { text: t(`weights.group_${name}`) }), h("span", { class: "fold-count", "data-counts": counted.join(" ") })),
      ...children);
    section.addEventListener("toggle", () => remember(`fold.${name}`, section.open));
    return section;
  }

  #whenSection() {
    const shown = Date.parse(this.at);
    const day = h("input", { class: "field", type: "date", value: countyDay(shown), "aria-label": t("weights.date") });
    const hours = Array.from({ length: 24 }, (_, index) => `${String(index).padStart(2, "0")}:00`);
    const hour = h("select", { class: "field", "aria-label": t("weights.hour") }, ...hours.map((text) => h("option", { value: text, text })));
    hour.value = `${clock(shown).slice(0, 2)}:00`;
    const take = () => {
      if (!day.value || !hour.value) return;
      this.at = zonedTime(day.value, hour.value, county.timezone).toISOString();
      this.onHour(this.at);
    };
    day.addEventListener("change", take);
    hour.addEventListener("change", take);
    const shifts = h("div", { class: "chips p-0 mt-2" }, ...county.shifts.map((shift) => h("button", {
      class: "chip", type: "button", title: `${shift.start}–${shift.end}`,
      onclick: () => {
        hour.value = middleHour(shift);
        take();
      },
    }, nameOf("shift", shift.name))));
    return h("section", { class: "group" }, h("h3", { text: t("weights.when") }), h("div", { class: "when" }, day, hour), shifts);
  }

  /** @param {Weights} saved */
  #kindsSection(saved) {
    const incidents = new Map(saved.kinds.map((one) => [one.kind, one.incidents]));
    const kinds = [...new Set([...Object.keys(saved.hotspots.kinds), ...incidents.keys()])].filter(Boolean)
      .sort((a, b) => (incidents.get(b) ?? 0) - (incidents.get(a) ?? 0));
    const rows = kinds.map((kind) => ({ kind, row: this.#kindRow(saved, kind, incidents.get(kind)) }));
    const filter = h("input", { type: "search", placeholder: t("weights.filter_kinds"), "aria-label": t("weights.filter_kinds") });
    filter.addEventListener("input", () => {
      const word = filter.value.trim().toLowerCase();
      for (const { kind, row } of rows) row.hidden = Boolean(word) && !`${kind} ${nameOf("kind", kind)}`.toLowerCase().includes(word);
    });
    const others = saved.keys.find((key) => key.path.join(".") === "other_kinds");
    return this.#section("kinds", true, ["kinds", "other_kinds"],
      rows.length > FILTER_FROM ? h("div", { class: "search kinds-filter" }, icon("search"), filter) : null,
      others ? this.#control(others) : null, ...rows.map(({ row }) => row));
  }

  /** One kind: its weight, and folded away its own half-life and letting it go.
   * @param {Weights} saved @param {string} kind @param {number | undefined} incidents */
  #kindRow(saved, kind, incidents) {
    const keyOf = (/** @type {string} */ part) => {
      const found = saved.keys.find((key) => key.path[0] === "kinds" && key.path[2] === part);
      return found ? { ...found, path: ["kinds", kind, part] } : null;
    };
    const [weight, life] = [keyOf("weight"), keyOf("half_life_d")];
    const note = incidents === undefined ? t("weights.no_incidents") : t("weights.incidents_n", { n: count(incidents) });
    const row = h("div", { class: "kind-row" }, weight ? this.#control(weight, note) : null);
    if (!life) return row;
    const more = h("div", { class: "kind-more", hidden: true }, this.#lifeInput(life), h("button", {
      class: "btn btn-sm btn-quiet", type: "button", onclick: () => this.draft.release(kind), title: t("weights.release_help"),
    }, icon("undo-2"), t("weights.release")));
    const toggle = h("button", {
      class: "btn-bare kind-toggle", type: "button", "aria-expanded": "false", "aria-label": t("weights.kind_more", { kind: nameOf("kind", kind) }),
      title: keyLabel(["kinds", "half_life_d"]),
      onclick: () => {
        more.hidden = !more.hidden;
        toggle.setAttribute("aria-expanded", String(!more.hidden));
      },
    }, icon("clock"));
    row.append(toggle, more);
    const own = () => {
      const value = this.draft.value(life.path);
      row.classList.toggle("has-life", typeof value === "number" || value === "auto");
      row.classList.toggle("is-other", !this.draft.names(kind));
    };
    this.refreshers.push(own);
    return row;
  }

  /** A half-life of a kind's own; empty takes the general one. @param {WeightKey} key */
  #lifeInput(key) {
    const input = h("input", {
      class: "field", type: "number", inputmode: "decimal", min: key.low, max: key.high, step: "any",
      "aria-label": `${nameOf("kind", key.path[1])} ${keyLabel(["kinds", "half_life_d"])}`, "data-key": key.path.join("."),
    });
    input.addEventListener("input", () => {
      const value = Number(input.value);
      const good = input.value === "" || (value > (key.low ?? 0) && value <= (key.high ?? Infinity));
      input.toggleAttribute("aria-invalid", !good);
      if (good) this.draft.set(key.path, input.value === "" ? null : value);
    });
    const learn = h("button", {
      class: "chip auto", type: "button", "data-auto": key.path.join("."), title: t("weights.auto_help"),
      "aria-label": `${nameOf("kind", key.path[1])} ${keyLabel(["kinds", "half_life_d"])}: ${t("weights.auto")}`,
      onclick: () => this.draft.set(key.path, this.draft.value(key.path) === "auto" ? null : "auto"),
    }, t("weights.auto"));
    const refresh = () => {
      const general = this.draft.value(["half_life_d"]);
      const known = this.learned?.kinds.find((one) => one.kind === key.path[1] && one.learned_from > 0);
      const learned = known ? String(Math.round(known.half_life_d)) : t("weights.auto");
      const auto = this.draft.value(key.path) === "auto" || general === "auto";
      input.placeholder = auto ? learned : String(general ?? "");
      const value = this.draft.value(key.path);
      learn.setAttribute("aria-pressed", String(value === "auto"));
      if (document.activeElement !== input) input.value = typeof value === "number" ? String(value) : "";
    };
    this.refreshers.push(refresh);
    return h("span", { class: "life" }, h("label", {}, h("span", { text: keyLabel(["kinds", "half_life_d"]) }), " ", input), h("span", { class: "quiet", text: t("unit_name.days") }), learn);
  }
}

/** What was learned for a key, in its measure: one value, or the least and the most over all kinds.
 * @param {Learned | null} learned @param {string} name */
function learnedText(learned, name) {
  if (!learned) return "";
  if (name === "shift_blend_share") return t("weights.learned", { value: finePercent(learned.shift_blend_share) });
  const values = learned.kinds.filter((one) => one.learned_from > 0).map((one) => (name === "half_life_d" ? one.half_life_d : one.smoothing_share));
  if (!values.length) return t("weights.learned_not");
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const said = name === "half_life_d" ? t("measure.d", { n: `${Math.round(low)}–${Math.round(high)}` }) : `${Math.round(low * 100)}–${Math.round(high * 100)} %`;
  return t("weights.learned", { value: said });
}

/** The full hour in the middle of a shift. @param {{start: string, end: string}} shift */
function middleHour(shift) {
  const from = Number(shift.start.slice(0, 2));
  const to = Number(shift.end.slice(0, 2));
  const length = (to - from + 24) % 24 || 24;
  return `${String(Math.floor(from + length / 2) % 24).padStart(2, "0")}:00`;
}

/** @param {string} title @param {...(Node | null)} children */
export function group(title, ...children) {
  return h("section", { class: "group" }, h("h3", { text: title }), ...children);
}
