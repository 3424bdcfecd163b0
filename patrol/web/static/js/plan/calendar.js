// The calendar: what weighs when. The list, the bars over weeks, the places on the map, one form.
import { ApiError, get, upload } from "../api.js";
import { may } from "../boot.js";
import { byId, fill, h, icon, renderList, setText } from "../dom.js";
import { PlacesOverlay } from "../map/places.js";
import { recall, remember } from "../memory.js";
import { sayError } from "../shell.js";
import { t } from "../texts.js";
import { daysText, entriesOf, ICONS, WHATS } from "./entries.js";
import { EntryForm } from "./entry_form.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("./entries.js").Entry} Entry */
/** @typedef {import("./entries.js").What} What */
/** @typedef {import("./entries.js").Calendar} Calendar */

const PLACE_ZOOM = 15;
/** The columns that a table must have, and those it may have. @type {Record<What, string>} */
const COLUMNS = {
  campaigns: "id,name,first,last,factor,incident_kinds,site_kinds,towns,radius_m,reason",
  marks: "id,lon,lat,first,last,reason,radius_m,weight",
  sites: "id,name,kind,lon,lat,weight,windows,cadence_min,first,last",
  survey: "town_id,on,asked,safe",
};

export class CalendarPanel {
  /** @param {import("../map/create.js").CountyMap} owner @param {{showPane: (pane: string) => void, onWeek: (monday: string | null) => void,
   *   onChanged: () => void}} hooks */
  constructor(owner, hooks) {
    this.hooks = hooks;
    this.map = owner.map;
    this.places = new PlacesOverlay(owner);
    /** @type {Calendar | null} */
    this.calendar = null;
    /** @type {Entry[]} */
    this.entries = [];
    /** @type {Set<What>} */
    this.shown = new Set(recall("calendarShown", /** @type {What[]} */ (["campaigns", "marks", "survey"])));
    this.ended = false;
    this.word = "";
    /** @type {string | null} */
    this.chosen = null;
    /** @type {((spot: {lon: number, lat: number}) => void) | null} */
    this.taking = null;
    this.box = byId("result-calendar");
    this.timeline = new Timeline((one) => this.open(one), (monday) => hooks.onWeek(monday));
    this.form = new EntryForm(this.box, {
      place: (draft) => this.places.setDraft(draft),
      pick: (take) => this.#pick(take),
      done: async (key) => {
        this.chosen = key;
        await this.load();
        const found = this.entries.find((one) => keyOf(one) === key);
        if (found) this.open(found);
        else this.close();
        hooks.onChanged();
      },
      close: () => this.close(),
    });
    this.#drawHead();
    this.map.on("click", (event) => this.#clicked(event));
  }

  async load() {
    const list = byId("calendar-list");
    try {
      this.calendar = /** @type {Calendar} */ (await get("/calendar"));
    } catch (error) {
      if (this.calendar) sayError(error);
      else {
        fill(list, h("div", { class: "group" }, h("p", { class: "form-error" }, icon("circle-alert"), h("span", { class: "grow", text: error instanceof Error ? error.message : "" }),
          h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => this.load() }, t("action.retry")))));
      }
      list.setAttribute("aria-busy", "false");
      return;
    }
    list.setAttribute("aria-busy", "false");
    this.entries = entriesOf(this.calendar);
    this.#draw();
    if (!this.box.childElementCount) this.close();
  }

  /** @param {boolean} visible */
  show(visible) {
    this.places.show(visible);
    if (visible) this.load();
    else this.#stopPicking();
  }

  #drawHead() {
    const search = h("input", { type: "search", placeholder: t("calendar.search"), "aria-label": t("calendar.search") });
    search.addEventListener("input", () => {
      this.word = search.value.trim().toLowerCase();
      this.#draw();
    });
    this.filters = h("div", { class: "chips p-0", role: "group", "aria-label": t("calendar.show") });
    const edit = may("weights.tune");
    const menu = edit ? h("details", { class: "new-menu" }, h("summary", { class: "btn btn-strong btn-sm", id: "calendar-new" }, icon("plus"), t("calendar.new")),
      h("div", { class: "menu-sheet" }, ...WHATS.map((what) => h("button", { class: "row-item", type: "button", "data-new": what, onclick: () => {
        menu?.removeAttribute("open");
        this.openNew(what);
      } }, icon(ICONS[what]), t(`calendar.new_${what}`))))) : null;
    const imports = edit ? h("button", { class: "btn btn-quiet btn-sm", type: "button", id: "calendar-import", onclick: () => this.#openImport() }, icon("upload"), t("calendar.import")) : null;
    fill(byId("calendar-head"), h("div", { class: "foot-row" }, h("h2", { class: "grow", text: t("calendar.title") }), imports, menu), this.filters, h("div", { class: "search calendar-search" }, icon("search"), search));
  }

  #visible() {
    return this.entries.filter((one) => this.shown.has(one.what) && (this.ended || one.state !== "ended")
      && (!this.word || `${one.name} ${one.detail}`.toLowerCase().includes(this.word)));
  }

  #draw() {
    if (!this.calendar) return;
    const count = (/** @type {What} */ what) => this.entries.filter((one) => one.what === what && (this.ended || one.state !== "ended")).length;
    fill(/** @type {HTMLElement} */ (this.filters), ...WHATS.map((what) => h("button", {
      class: "chip", type: "button", "aria-pressed": String(this.shown.has(what)), "data-filter": what, onclick: () => {
        if (!this.shown.delete(what)) this.shown.add(what);
        remember("calendarShown", [...this.shown]);
        this.#draw();
      },
    }, icon(ICONS[what]), t(`calendar.${what}`), h("b", { text: String(count(what)) }))), h("button", {
      class: "chip", type: "button", "aria-pressed": String(this.ended), "data-filter": "ended", onclick: () => {
        this.ended = !this.ended;
        this.#draw();
      },
    }, t("calendar.with_ended")));
    const visible = this.#visible();
    const list = byId("calendar-list");
    if (!visible.length) fill(list, h("p", { class: "empty" }, icon("calendar-range"), h("span", { text: t(this.entries.length ? "calendar.no_match" : "calendar.empty") })));
    else {
      list.querySelector(".empty")?.remove();
      renderList(list, visible, keyOf, () => h("button", { class: "row-item entry-row", type: "button" }, h("span", { class: "entry-icon" }),
        h("span", { class: "grow" }, h("span", { class: "row-title clip d-block" }), h("span", { class: "row-sub clip d-block" }), h("span", { class: "row-sub d-block days" })),
        h("span", { class: "num" }, h("b", { class: "effect d-block" }), h("small", { class: "state quiet" }))), (row, one) => this.#updateRow(row, one));
    }
    this.timeline.draw(visible, this.calendar.today, this.chosen);
    this.places.setEntries(visible, this.chosen);
  }

  /** @param {HTMLElement} row @param {Entry} one */
  #updateRow(row, one) {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (row.querySelector(name));
    row.onclick = () => this.open(one);
    row.setAttribute("aria-current", String(keyOf(one) === this.chosen));
    row.dataset.state = one.state;
    if (!part(".entry-icon").childElementCount) part(".entry-icon").append(icon(ICONS[one.what]));
    setText(part(".row-title"), one.name);
    setText(part(".row-sub"), one.detail);
    setText(part(".days"), daysText(one));
    setText(part(".effect"), one.effect);
    setText(part(".state"), t(`calendar.state_${one.state}`));
  }

  /** @param {Entry} one */
  open(one) {
    if (!this.calendar) return;
    this.chosen = keyOf(one);
    this.places.setDraft(null);
    this.form.open(one.what, one.record, this.calendar);
    if (one.record.lon !== undefined) this.map.easeTo({ center: [one.record.lon, one.record.lat], zoom: Math.max(this.map.getZoom(), PLACE_ZOOM), duration: 300 });
    this.hooks.showPane("right");
    this.#draw();
  }

  /** @param {What} what */
  openNew(what) {
    if (!this.calendar) return;
    this.chosen = null;
    this.places.setDraft(null);
    this.form.open(what, null, this.calendar);
    this.hooks.showPane("right");
    this.#draw();
  }

  close() {
    this.chosen = null;
    this.#stopPicking();
    this.places.setDraft(null);
    fill(this.box, h("p", { class: "empty" }, icon("pencil"), h("span", { text: t("calendar.choose") })));
    this.#draw();
  }

  /** Whether something was open that Esc has closed. */
  back() {
    if (this.taking) this.#stopPicking();
    else this.close();
  }

  /** @param {(spot: {lon: number, lat: number}) => void} take */
  #pick(take) {
    this.taking = take;
    byId("map").classList.add("placing");
    const hint = byId("map-hint");
    hint.hidden = false;
    fill(hint, icon("crosshair"), t("calendar.pick_hint"), h("kbd", { text: "Esc" }));
    this.hooks.showPane("map");
  }

  #stopPicking() {
    this.taking = null;
    byId("map").classList.remove("placing");
    byId("map-hint").hidden = true;
  }

  /** @param {import("maplibre-gl").MapMouseEvent} event */
  #clicked(event) {
    if (this.taking) {
      this.taking({ lon: event.lngLat.lng, lat: event.lngLat.lat });
      this.#stopPicking();
      this.hooks.showPane("right");
      return;
    }
    if (!this.places.visible) return;
    const key = this.places.keyAt(event.point);
    const found = this.entries.find((one) => keyOf(one) === key);
    if (found) this.open(found);
  }

  #openImport() {
    const what = h("select", { class: "field", id: "import-what" }, ...WHATS.map((one) => h("option", { value: one }, t(`calendar.${one}`))));
    const columns = h("code", { class: "d-block columns" });
    const file = h("input", { class: "field", type: "file", id: "import-file", accept: ".csv,.gz,.geojson,.json", required: true });
    const result = h("div", { role: "status" });
    const show = () => { columns.textContent = COLUMNS[/** @type {What} */ (what.value)]; };
    what.addEventListener("change", show);
    show();
    const go = h("button", { class: "btn btn-strong", type: "submit", id: "import-go" }, icon("upload"), t("calendar.import"));
    const form = h("form", { class: "entry-form" }, h("label", { class: "field-group" }, h("span", { class: "label", text: t("calendar.import_what") }), what),
      h("div", { class: "field-group" }, h("span", { class: "label", text: t("calendar.import_columns") }), columns, h("small", { class: "quiet", text: t("calendar.import_help") }),
        h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => saveTemplate(/** @type {What} */ (what.value)) }, icon("download"), t("calendar.template"))),
      h("label", { class: "field-group" }, h("span", { class: "label", text: t("calendar.import_file") }), file), h("div", { class: "entry-actions" }, go), result);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const [chosen] = file.files ?? [];
      if (!chosen) return;
      go.disabled = true;
      await this.#import(/** @type {What} */ (what.value), chosen, result);
      go.disabled = false;
    });
    fill(this.box, h("header", { class: "card-head" }, h("h2", { class: "grow", text: t("calendar.import_title") }),
      h("button", { class: "btn-bare", type: "button", "aria-label": t("action.close"), onclick: () => this.close() }, icon("x"))), h("div", { class: "result-scroll" }, form));
    this.hooks.showPane("right");
  }

  /** @param {What} what @param {File} file @param {HTMLElement} result */
  async #import(what, file, result) {
    try {
      const told = await upload(`/calendar/import/${what}?name=${encodeURIComponent(file.name)}`, file);
      fill(result, h("p", { class: "verdict", "data-status": "good" }, icon("circle-check"), t("calendar.imported", { added: told.added, changed: told.changed, unchanged: told.unchanged })),
        lineList([...told.warnings, ...told.refused]), told.refused_n > told.refused.length ? h("p", { class: "quiet", text: t("weights.file_more", { n: told.refused_n - told.refused.length }) }) : null);
      this.shown.add(what);
      await this.load();
      this.hooks.onChanged();
    } catch (error) {
      fill(result, h("div", { class: "form-error" }, icon("circle-alert"), h("span", { class: "grow" }, error instanceof Error ? error.message : "", lineList(error instanceof ApiError ? error.errors : []))));
    }
  }
}

/** @param {Entry} one */
const keyOf = (one) => `${one.what}:${one.id}`;

/** @param {string[]} lines */
const lineList = (lines) => (lines.length ? h("ul", { class: "lines" }, ...lines.map((text) => h("li", { text }))) : null);

/** An empty table with the right columns. @param {What} what */
function saveTemplate(what) {
  const url = URL.createObjectURL(new Blob([`\ufeff${COLUMNS[what]}\r\n`], { type: "text/csv" }));
  const link = h("a", { href: url, download: `${what}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
