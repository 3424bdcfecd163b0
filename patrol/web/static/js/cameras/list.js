// The list of cameras: filter as you type, chips by state, trouble on top with since when.
import { byId, fill, h, renderList, setText } from "../dom.js";
import { duration, fullTime } from "../format.js";
import { lastCount } from "../map/cameras.js";
import { nameOf, t } from "../texts.js";

/** @typedef {import("../types").Camera} Camera */

/** States in the order of urgency; the rest follow by name. */
const ORDER = ["no_signal", "gateway_timeout", "frozen", "obscured", "moved", "dark", "connecting", "online", "disabled"];

/** @param {string} state */
export const toneOf = (state) =>
  (state === "online" ? "good" : state === "disabled" || state === "connecting" ? "off" : "bad");

/** @param {string} state @param {boolean} [enabled]  Off though enabled: out of its hours. */
export function stateMark(state, enabled = false) {
  const text = state === "disabled" && enabled ? t("cameras.off_hours") : nameOf("camera_state", state);
  return h("span", { class: "status", "data-status": toneOf(state), text });
}

export class CameraList {
  /** @param {import("../store.js").Store} store @param {(id: string) => void} choose */
  constructor(store, choose) {
    this.store = store;
    this.choose = choose;
    this.filter = byId("cameras-filter", HTMLInputElement);
    this.list = byId("cameras-list");
    /** @type {string | null} */
    this.state = null;
    /** @type {string | null} */
    this.chosen = null;
    /** Names of towns by id. @type {Map<string, string>} */
    this.towns = new Map();
    this.filter.addEventListener("input", () => this.draw());
    store.on(["cameras"], () => this.draw());
    setInterval(() => this.draw(), 1_000);
  }

  /** @returns {Camera[]} */
  shown() {
    const words = this.filter.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    return [...this.store.cameras.values()]
      .filter((one) => this.state === null || one.state === this.state)
      .filter((one) => {
        const text = this.#textOf(one);
        return words.every((word) => text.includes(word));
      })
      .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.id.localeCompare(b.id, undefined, { numeric: true }));
  }

  /** @param {Camera} camera */
  #textOf(camera) {
    return [camera.id, camera.name, camera.owner ? nameOf("camera_owner", camera.owner) : "", camera.owner ?? "",
      this.towns.get(camera.town_id ?? "") ?? "", nameOf("camera_state", camera.state), ...(camera.tags ?? [])].join(" ").toLowerCase();
  }

  draw() {
    if (!this.store.ready) return;
    const all = [...this.store.cameras.values()];
    const shown = this.shown();
    this.list.setAttribute("aria-busy", "false");
    setText(byId("cameras-tally"), shown.length === all.length ? String(all.length) : t("units.tally_of", { n: shown.length, total: all.length }));
    byId("cameras-empty").hidden = shown.length > 0;
    setText(byId("cameras-empty-text"), all.length ? t("cameras.no_match") : t("cameras.none"));
    this.list.hidden = shown.length === 0;
    this.#drawChips(all);
    renderList(this.list, shown, (one) => one.id, (one) => this.#make(one), (row, one) => this.#update(row, one));
  }

  /** @param {Camera[]} all */
  #drawChips(all) {
    const states = ORDER.filter((state) => all.some((one) => one.state === state));
    if (this.state !== null && !states.includes(this.state)) this.state = null;
    renderList(byId("cameras-chips"), states, (state) => state, (state) =>
      h("button", { class: "chip", type: "button", onclick: () => {
        this.state = this.state === state ? null : state;
        this.draw();
      } }, stateMark(state), h("b")),
    (chip, state) => {
      chip.setAttribute("aria-pressed", String(this.state === state));
      setText(/** @type {Element} */ (chip.querySelector("b")), String(all.filter((one) => one.state === state).length));
    });
  }

  /** @param {Camera} camera */
  #make(camera) {
    return h("button", { class: "row-item camera-row", type: "button", onclick: () => this.choose(camera.id) },
      h("span", { class: "grow" },
        h("span", { class: "row-head" }, h("span", { class: "row-title clip" }), h("span", { class: "row-count" })),
        h("span", { class: "row-sub" }, h("span", { class: "clip where" }), h("span", { class: "state nowrap" }))));
  }

  /** @param {HTMLElement} row @param {Camera} camera */
  #update(row, camera) {
    row.setAttribute("aria-current", String(camera.id === this.chosen));
    row.dataset.state = camera.state;
    setText(/** @type {Element} */ (row.querySelector(".row-title")), camera.name);
    const counted = /** @type {HTMLElement} */ (row.querySelector(".row-count"));
    setText(counted, camera.state === "online" ? lastCount(camera) : "");
    counted.title = t("cameras.last_minute");
    const town = this.towns.get(camera.town_id ?? "");
    const where = [camera.id, town, camera.owner && camera.owner !== "county" ? nameOf("camera_owner", camera.owner) : null];
    setText(/** @type {Element} */ (row.querySelector(".where")), where.filter(Boolean).join(" · "));
    const state = /** @type {HTMLElement} */ (row.querySelector(".state"));
    const since = camera.since ? duration((this.store.nowMs() - Date.parse(camera.since)) / 1000) : "";
    const look = `${camera.state} ${camera.enabled} ${since}`;
    if (state.dataset.look !== look) {
      state.dataset.look = look;
      fill(state, stateMark(camera.state, camera.enabled), since ? ` ${since}` : null);
      state.title = camera.since ? fullTime(camera.since) : "";
    }
  }

  /** @param {string | null} id */
  select(id) {
    this.chosen = id;
    this.draw();
  }

  /** The next or previous one of what is shown. @param {number} by */
  step(by) {
    const shown = this.shown();
    if (!shown.length) return;
    const at = shown.findIndex((one) => one.id === this.chosen);
    const next = at < 0 ? 0 : (at + by + shown.length) % shown.length;
    this.choose(shown[next].id);
  }

  clearFilter() {
    this.filter.value = "";
    this.state = null;
    this.draw();
  }
}
