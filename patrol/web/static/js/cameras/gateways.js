// Taking cameras over from a GB/T 28181 gateway: what is new, changed or gone, and what one picks.
import { get, post } from "../api.js";
import { failed, waiting } from "../dispatch/card.js";
import { fill, h, icon } from "../dom.js";
import { say, sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";

/** @typedef {import("../types").ChannelFinding} ChannelFinding */

const GROUPS = /** @type {const} */ (["new", "changed", "gone", "same"]);

export class GatewaysPanel {
  /** @param {HTMLElement} box @param {(place: {lon: number, lat: number}) => void} showPlace */
  constructor(box, showPlace) {
    this.box = box;
    this.showPlace = showPlace;
    /** @type {ChannelFinding[]} */
    this.channels = [];
    /** @type {Set<string>} */
    this.picked = new Set();
    this.gateway = "";
    this.filter = h("input", { type: "search", autocomplete: "off", placeholder: t("gateways.filter"), "aria-label": t("gateways.filter"), oninput: () => this.#draw() });
    this.list = h("div", { class: "list", id: "gateway-list" });
    this.foot = h("footer", { class: "side-foot" });
    this.loaded = false;
  }

  async open() {
    if (this.loaded) return;
    this.loaded = true;
    try {
      const names = (await get("/gateways")).gateways;
      if (!names.length) {
        fill(this.box, h("p", { class: "empty" }, icon("server"), h("span", { text: t("gateways.none") })));
        return;
      }
      const choice = h("select", { class: "form-select", id: "gateway-choice", "aria-label": t("gateways.which") },
        ...names.map((/** @type {string} */ name) => h("option", { value: name, text: name })));
      const ask = h("button", { class: "btn btn-strong", type: "button", id: "gateway-ask", onclick: () => this.ask(choice.value) }, icon("refresh-cw"), t("gateways.ask"));
      fill(this.box, h("div", { class: "side-form" }, h("div", { class: "when" }, choice, ask), h("label", { class: "search" }, icon("search"), this.filter)), this.list, this.foot);
      fill(this.list, h("p", { class: "empty" }, icon("server"), h("span", { text: t("gateways.hint") })));
    } catch (error) {
      this.loaded = false;
      fill(this.box, failed(error, () => this.open()));
    }
  }

  /** @param {string} name */
  async ask(name) {
    this.gateway = name;
    fill(this.list, h("div", { class: "card-body" }, waiting()));
    fill(this.foot);
    try {
      this.channels = (await get(`/gateways/${encodeURIComponent(name)}/channels`)).channels;
      // What is new and stands somewhere is picked; the rest is for a person to decide.
      this.picked = new Set(this.channels.filter((one) => one.finding === "new" && one.takeable).map((one) => one.key));
      this.#draw();
    } catch (error) {
      fill(this.list, h("div", { class: "card-body" }, failed(error, () => this.ask(name))));
    }
  }

  #draw() {
    const words = this.filter.value.trim().toLowerCase();
    const shown = this.channels.filter((one) => !words || `${one.name} ${one.key} ${one.camera_id ?? ""}`.toLowerCase().includes(words));
    fill(this.list, ...GROUPS.flatMap((finding) => {
      const own = shown.filter((one) => one.finding === finding);
      return own.length ? [this.#head(finding, own), ...own.map((one) => this.#row(one))] : [];
    }));
    if (!this.channels.length) fill(this.list, h("p", { class: "empty" }, icon("server"), h("span", { text: t("gateways.empty") })));
    const take = h("button", { class: "btn btn-strong", type: "button", id: "gateway-take", disabled: this.picked.size === 0, onclick: () => this.#take() },
      icon("check"), t("gateways.take", { n: this.picked.size }));
    fill(this.foot, h("div", { class: "foot-row" }, take));
  }

  /** @param {typeof GROUPS[number]} finding @param {ChannelFinding[]} own */
  #head(finding, own) {
    const open = own.filter((one) => one.takeable);
    const all = open.length > 0 && open.every((one) => this.picked.has(one.key));
    return h("div", { class: "gateway-head" }, h("h3", { text: `${t(`gateways.${finding}`)} (${own.length})` }),
      open.length ? h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: () => {
        for (const one of open) this.#pick(one.key, !all);
        this.#draw();
      } }, t(all ? "gateways.pick_none" : "gateways.pick_all")) : null);
  }

  /** @param {string} key @param {boolean} on */
  #pick(key, on) {
    if (on) this.picked.add(key);
    else this.picked.delete(key);
  }

  /** @param {ChannelFinding} one */
  #row(one) {
    const box = h("input", { type: "checkbox", disabled: !one.takeable, onchange: () => { this.#pick(one.key, box.checked); this.#draw(); } });
    box.checked = this.picked.has(one.key);
    const what = one.finding === "changed"
      ? one.fields.map((field) => (field === "name" ? t("gateways.renamed", { name: one.was ?? "" }) : t(`gateways.field_${field}`))).join(t("list.comma"))
      : one.finding === "new" && !one.takeable ? t("gateways.no_place") : (one.camera_id ?? one.key.split("/").pop() ?? "");
    const place = one.lon !== null && one.lat !== null ? { lon: one.lon, lat: one.lat } : null;
    return h("label", { class: "row-item gateway-row", "data-finding": one.finding, "data-key": one.key }, box,
      h("span", { class: "grow" }, h("span", { class: "row-title clip d-block", text: one.name }), h("span", { class: "row-sub clip d-block", text: what, title: one.key })),
      one.finding === "gone" ? null : h("span", { class: "status", "data-status": one.online ? "good" : "off", text: nameOf("gateway_state", one.online ? "on" : "off") }),
      place ? h("button", { class: "btn-bare", type: "button", title: t("unit.show"), "aria-label": t("unit.show"), onclick: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.showPlace(place);
      } }, icon("crosshair")) : null);
  }

  async #take() {
    const button = this.foot.querySelector("button");
    button?.setAttribute("disabled", "");
    try {
      const done = await post(`/gateways/${encodeURIComponent(this.gateway)}/take`, { keys: [...this.picked] });
      const text = t("gateways.done", { added: done.added.length, changed: done.changed.length, disabled: done.disabled.length });
      say([text, ...done.failed].join(" · "), done.failed.length ? "failed" : "done");
      await this.ask(this.gateway);
    } catch (error) {
      button?.removeAttribute("disabled");
      sayError(error);
    }
  }
}
