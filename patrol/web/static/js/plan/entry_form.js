// Making and changing one entry of the calendar: what it is about, when, how much, and why.
import { ApiError, post, put, remove } from "../api.js";
import { may } from "../boot.js";
import { fill, h, icon } from "../dom.js";
import { say } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { addDays } from "./entries.js";

/** @typedef {import("./entries.js").What} What */
/** @typedef {import("./entries.js").Calendar} Calendar */
/** @typedef {{lon: number, lat: number}} Spot */
/** @typedef {{place: (draft: {lon: number, lat: number, radius_m: number} | null) => void, pick: (take: (spot: Spot) => void) => void,
 *   done: (key: string | null) => Promise<void>, close: () => void}} Hooks */

const CONFIRM_MS = 4_000;
const PRESETS = [
  { name: "school", site_kinds: ["school"], radius_m: 200, factor: 2 },
  { name: "market", site_kinds: ["market"], radius_m: 150, factor: 2 },
  { name: "venue", site_kinds: ["venue"], radius_m: 150, factor: 2 },
];

export class EntryForm {
  /** @param {HTMLElement} box @param {Hooks} hooks */
  constructor(box, hooks) {
    this.box = box;
    this.hooks = hooks;
    /** @type {What} */
    this.what = "campaigns";
    /** @type {any} */
    this.record = null;
    /** @type {(() => Record<string, unknown>)} */
    this.read = () => ({});
  }

  /** @param {What} what @param {any | null} record  Nothing: a new one. @param {Calendar} calendar */
  open(what, record, calendar) {
    this.what = what;
    this.record = record;
    this.calendar = calendar;
    const editable = may("weights.tune");
    /** @type {Record<string, any>} */
    const value = record ?? { ...this.#fresh(what, calendar) };
    const fields = { campaigns: () => this.#campaign(value, calendar), sites: () => this.#site(value, calendar), marks: () => this.#mark(value), survey: () => this.#answer(value, calendar) }[what]();
    this.problem = h("div", { class: "form-error", role: "alert", hidden: true });
    const body = h("form", { class: "entry-form" }, h("fieldset", { disabled: !editable }, ...fields), this.problem, editable ? this.#actions() : null);
    body.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    fill(this.box, h("header", { class: "card-head" }, h("h2", { class: "grow clip", text: record ? t(`calendar.edit_${what}`) : t(`calendar.new_${what}`) }),
      h("button", { class: "btn-bare", type: "button", "aria-label": t("action.close"), onclick: () => this.hooks.close() }, icon("x"))), h("div", { class: "result-scroll" }, body));
    if (!record) body.querySelector("input, select")?.dispatchEvent(new Event("focus"));
  }

  /** @param {What} what @param {Calendar} calendar */
  #fresh(what, calendar) {
    const dates = { first: calendar.today, last: addDays(calendar.today, 30) };
    if (what === "campaigns") return { name: "", factor: 2, site_kinds: [], incident_kinds: [], town_ids: [], radius_m: 0, reason: "", ...dates };
    if (what === "marks") return { lon: null, lat: null, radius_m: 100, weight: 1, reason: "", ...dates };
    if (what === "sites") return { name: "", kind: "school", lon: null, lat: null, weight: 1, windows: "", cadence_min: null, first: null, last: null };
    return { town_id: calendar.towns[0]?.id ?? "", on: calendar.today, asked: 100, safe: 80 };
  }

  /** @param {any} value @param {Calendar} calendar */
  #campaign(value, calendar) {
    const name = text("name", value.name, { required: true, maxlength: 120 });
    const reason = text("reason", value.reason, { required: true, maxlength: 500 });
    const factor = number("factor", value.factor, { min: 0.1, max: 10, step: 0.1 });
    const radius = number("radius_m", value.radius_m, { min: 0, max: 1000, step: 10 });
    const days = this.#days(value, true);
    const sites = chips(calendar.site_kinds, value.site_kinds, (kind) => nameOf("site_kind", kind));
    const kinds = chips([...new Set([...calendar.incident_kinds, ...value.incident_kinds])], value.incident_kinds, (kind) => nameOf("kind", kind));
    const towns = chips(calendar.towns.map((town) => town.id), value.town_ids, (id) => calendar.towns.find((town) => town.id === id)?.name ?? id);
    const presets = value.seen ? null : h("div", { class: "presets" }, h("span", { class: "quiet", text: t("calendar.presets") }), ...PRESETS.map((preset) => h("button", {
      class: "chip", type: "button", onclick: () => {
        sites.set(preset.site_kinds);
        radius.value = String(preset.radius_m);
        factor.value = String(preset.factor);
        if (!name.value) name.value = t(`calendar.preset_${preset.name}`);
      },
    }, t(`calendar.preset_${preset.name}`))));
    this.read = () => ({
      name: name.value, ...days.read(), factor: Number(factor.value), radius_m: sites.get().length ? Number(radius.value) : 0,
      site_kinds: sites.get(), incident_kinds: kinds.get(), town_ids: towns.get(), reason: reason.value,
    });
    return [presets, field(t("calendar.name"), name), days.box, field(t("calendar.factor"), withUnit(factor, "×"), t("calendar.factor_help")),
      h("div", { class: "field-group" }, h("span", { class: "label", text: t("calendar.about") }), h("p", { class: "quiet small", text: t("calendar.about_help") })),
      field(t("calendar.site_kinds"), sites.box), field(t("calendar.radius"), withUnit(radius, t("unit_name.meters")), t("calendar.radius_help")),
      field(t("calendar.incident_kinds"), kinds.box), field(t("calendar.towns"), towns.box), field(t("calendar.reason"), reason), madeBy(value)];
  }

  /** @param {any} value @param {Calendar} calendar */
  #site(value, calendar) {
    const name = text("name", value.name, { required: true, maxlength: 120 });
    const kind = h("select", { class: "field", name: "kind" }, ...calendar.site_kinds.map((one) => h("option", { value: one, selected: one === value.kind }, nameOf("site_kind", one))));
    const weight = number("weight", value.weight, { min: 0.1, max: 100, step: 0.1 });
    const windows = text("windows", value.windows, { placeholder: "07:30-08:30 16:00-17:30", maxlength: 300 });
    const cadence = number("cadence_min", value.cadence_min ?? "", { min: 15, max: 1440, step: 5 });
    const days = this.#days(value, false);
    const place = this.#place(value, () => 0);
    this.read = () => ({ name: name.value, kind: kind.value, ...place.read(), weight: Number(weight.value), windows: windows.value,
      cadence_min: cadence.value === "" ? null : Number(cadence.value), ...days.read() });
    return [field(t("calendar.name"), name), field(t("calendar.kind"), kind), place.box, field(t("calendar.weight"), withUnit(weight, "×"), t("calendar.weight_help")),
      field(t("calendar.windows"), windows, t("calendar.windows_help")), field(t("calendar.cadence"), withUnit(cadence, t("unit_name.minutes")), t("calendar.cadence_help")), days.box];
  }

  /** @param {any} value */
  #mark(value) {
    const reason = text("reason", value.reason, { required: true, maxlength: 500 });
    const radius = number("radius_m", value.radius_m, { min: 10, max: 2000, step: 10 });
    const weight = number("weight", value.weight, { min: 0.1, max: 100, step: 0.1 });
    const days = this.#days(value, true);
    const place = this.#place(value, () => Number(radius.value) || 0);
    radius.addEventListener("input", place.draw);
    this.read = () => ({ reason: reason.value, ...place.read(), radius_m: Number(radius.value), weight: Number(weight.value), ...days.read() });
    return [field(t("calendar.reason"), reason), place.box, field(t("calendar.mark_radius"), withUnit(radius, t("unit_name.meters"))),
      field(t("calendar.weight"), withUnit(weight, "×"), t("calendar.weight_help")), days.box, madeBy(value)];
  }

  /** @param {any} value @param {Calendar} calendar */
  #answer(value, calendar) {
    const fixed = Boolean(value.seen);
    const town = h("select", { class: "field", name: "town_id", disabled: fixed }, ...calendar.towns.map((one) => h("option", { value: one.id, selected: one.id === value.town_id }, one.name)));
    const on = h("input", { class: "field", type: "date", name: "on", value: value.on, max: calendar.today, required: true, disabled: fixed });
    const asked = number("asked", value.asked, { min: 1, max: 10_000_000, step: 1 });
    const safe = number("safe", value.safe, { min: 0, max: 10_000_000, step: 1 });
    const told = h("p", { class: "quiet", role: "status" });
    const show = () => {
      const share = Number(asked.value) > 0 ? Number(safe.value) / Number(asked.value) : NaN;
      told.textContent = Number.isFinite(share) ? t("calendar.share_told", { share: Math.round(share * 100), target: Math.round(calendar.safe_target_share * 100) }) : "";
    };
    for (const input of [asked, safe]) input.addEventListener("input", show);
    show();
    this.read = () => ({ town_id: value.town_id && fixed ? value.town_id : town.value, on: fixed ? value.on : on.value, asked: Number(asked.value), safe: Number(safe.value), ...(fixed ? { quarter: value.quarter } : {}) });
    return [field(t("calendar.town"), town), field(t("calendar.on"), on), field(t("calendar.asked"), withUnit(asked, t("unit_name.people"))), field(t("calendar.safe"), withUnit(safe, t("unit_name.people"))), told];
  }

  /** @param {any} value @param {boolean} needed */
  #days(value, needed) {
    const first = h("input", { class: "field", type: "date", name: "first", value: value.first ?? "", required: needed });
    const last = h("input", { class: "field", type: "date", name: "last", value: value.last ?? "", required: needed });
    return {
      box: h("div", { class: "form-grid" }, h("div", {}, h("label", {}, t("calendar.first"), first)), h("div", {}, h("label", {}, t("calendar.last"), last)),
        needed ? null : h("p", { class: "quiet small wide", text: t("calendar.days_help") })),
      read: () => ({ first: first.value || null, last: last.value || null }),
    };
  }

  /** A place: typed, or clicked on the map. @param {any} value @param {() => number} radius */
  #place(value, radius) {
    const lon = number("lon", value.lon ?? "", { min: -180, max: 180, step: "any", required: true, placeholder: t("calendar.lon") });
    const lat = number("lat", value.lat ?? "", { min: -90, max: 90, step: "any", required: true, placeholder: t("calendar.lat") });
    const draw = () => this.hooks.place(lon.value === "" || lat.value === "" ? null : { lon: Number(lon.value), lat: Number(lat.value), radius_m: radius() });
    for (const input of [lon, lat]) input.addEventListener("input", draw);
    const pick = h("button", { class: "btn btn-quiet", type: "button", id: "entry-pick" }, icon("crosshair"), t("calendar.pick"));
    pick.addEventListener("click", () => this.hooks.pick((spot) => {
      lon.value = spot.lon.toFixed(6);
      lat.value = spot.lat.toFixed(6);
      draw();
    }));
    draw();
    return {
      draw,
      box: field(t("calendar.place"), h("div", { class: "place-inputs" }, lon, lat, pick)),
      read: () => ({ lon: Number(lon.value), lat: Number(lat.value) }),
    };
  }

  #actions() {
    const record = this.record;
    const today = this.calendar?.today ?? "";
    const runs = record && this.what !== "survey" && (!record.first || record.first < today) && (!record.last || record.last >= today);
    return h("div", { class: "entry-actions" }, h("button", { class: "btn btn-strong", type: "submit", id: "entry-save" }, icon("save"), t("calendar.save")),
      runs ? this.#twice("calendar-x", "calendar.end", "calendar.end_sure", "entry-end", () => post(`/${this.what}/${encodeURIComponent(record.id)}/end`, { seen: record.seen }), "calendar.ended_now") : null,
      record ? this.#twice("trash-2", "calendar.remove", "calendar.remove_sure", "entry-remove", () => remove(`/${this.what}/${encodeURIComponent(record.id)}?seen=${record.seen}`), "calendar.removed") : null);
  }

  /** A button that acts when it is pressed again. @param {string} mark @param {string} text_ @param {string} sure @param {string} id
   * @param {() => Promise<any>} run @param {string} done */
  #twice(mark, text_, sure, id, run, done) {
    const button = h("button", { class: "btn btn-quiet", type: "button", id }, icon(mark), t(text_));
    let armed = 0;
    button.addEventListener("click", async () => {
      if (Date.now() - armed > CONFIRM_MS) {
        armed = Date.now();
        fill(button, icon("triangle-alert"), t(sure));
        setTimeout(() => fill(button, icon(mark), t(text_)), CONFIRM_MS);
        return;
      }
      await this.#try(button, run, done, text_ === "calendar.remove");
    });
    return button;
  }

  async #save() {
    const body = this.read();
    const record = this.record;
    const button = /** @type {HTMLButtonElement} */ (this.box.querySelector("#entry-save"));
    const needsPlace = "lon" in body && this.box.querySelector("[name=lon]") && /** @type {HTMLInputElement} */ (this.box.querySelector("[name=lon]")).value === "";
    if (needsPlace) {
      this.#tell(t("calendar.place_needed"));
      return;
    }
    const seen = record ? { seen: record.seen } : {};
    const send = () => (record && this.what !== "survey" ? put(`/${this.what}/${encodeURIComponent(record.id)}`, { ...body, ...seen }) : post(`/${this.what}`, { ...body, ...seen }));
    await this.#try(button, send, "calendar.saved", false);
  }

  /** @param {HTMLButtonElement} button @param {() => Promise<any>} run @param {string} done @param {boolean} gone */
  async #try(button, run, done, gone) {
    button.disabled = true;
    try {
      const answer = await run();
      say(t(done), "done");
      await this.hooks.done(gone ? null : `${this.what}:${answer.id}`);
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) this.#conflict();
      else this.#tell(error instanceof Error ? error.message : "", ...(error instanceof ApiError ? error.errors : []));
    }
    button.disabled = false;
  }

  /** Somebody else changed it: what was typed stays, and is saved over theirs only after they were looked at. */
  #conflict() {
    this.#tell(t("calendar.conflict"));
    this.problem?.append(h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => this.hooks.done(`${this.what}:${this.record?.id}`) }, t("calendar.load_theirs")));
  }

  /** @param {string} message @param {...string} details */
  #tell(message, ...details) {
    if (!this.problem) return;
    this.problem.hidden = false;
    fill(this.problem, icon("circle-alert"), h("span", { class: "grow" }, message, ...details.map((one) => h("span", { class: "d-block", text: one }))));
    this.problem.scrollIntoView({ block: "nearest" });
  }
}

/** @param {string} name @param {string} value @param {Record<string, unknown>} more */
const text = (name, value, more) => h("input", { class: "field", name, value: value ?? "", ...more });
/** @param {string} name @param {number | string} value @param {Record<string, unknown>} more */
const number = (name, value, more) => h("input", { class: "field", type: "number", inputmode: "decimal", name, value: String(value), ...more });
/** @param {HTMLElement} input @param {string} unit */
const withUnit = (input, unit) => h("span", { class: "with-unit" }, input, h("span", { class: "quiet nowrap", text: unit }));
/** @param {any} value */
const madeBy = (value) => (value.actor ? h("p", { class: "quiet", text: t("calendar.made_by", { actor: value.actor }) }) : null);

/** @param {string} label @param {Node} control @param {string} [help] */
function field(label, control, help) {
  const simple = control instanceof HTMLInputElement || control instanceof HTMLSelectElement || (control instanceof HTMLElement && control.matches(".with-unit"));
  return h(simple ? "label" : "div", { class: "field-group", ...(simple ? {} : { role: "group", "aria-label": label }) }, h("span", { class: "label", text: label }), control,
    help ? h("small", { class: "quiet", text: help }) : null);
}

/** Several of a set, each a button that is pressed or not. @param {string[]} all @param {string[]} chosen @param {(one: string) => string} nameOfOne */
function chips(all, chosen, nameOfOne) {
  const picked = new Set(chosen);
  const buttons = new Map(all.map((one) => [one, h("button", { class: "chip", type: "button", "aria-pressed": String(picked.has(one)) }, nameOfOne(one))]));
  const show = () => { for (const [one, button] of buttons) button.setAttribute("aria-pressed", String(picked.has(one))); };
  for (const [one, button] of buttons) {
    button.addEventListener("click", () => {
      if (!picked.delete(one)) picked.add(one);
      show();
    });
  }
  return {
    box: h("div", { class: "chips p-0" }, ...buttons.values()),
    get: () => all.filter((one) => picked.has(one)),
    set: (/** @type {string[]} */ names) => {
      picked.clear();
      for (const one of names) picked.add(one);
      show();
    },
  };
}
