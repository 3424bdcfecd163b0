// Several open incidents at once: who should go where, least road time in all, sent by one press.
import { get, post } from "../api.js";
import { may } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { duration } from "../format.js";
import { say, sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";

/** @typedef {{incident_id: string, unit_id: string, travel_s: number, nearest_s: number}} Suggestion */

export class SuggestionStrip {
  /** @param {import("./main.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.box = byId("suggestion");
    /** @type {Suggestion[]} */
    this.found = [];
    /** Open incidents the strip was drawn for. */
    this.drawnFor = "";
    if (may("incident.dispatch")) desk.store.on(["incidents"], () => this.#look());
  }

  #open() {
    return [...this.desk.store.incidents.values()].filter((one) => one.status === "open");
  }

  /** With one open incident its card says who is near; with more they compete for units. */
  #look() {
    const open = this.#open().map((one) => one.id).sort().join();
    if (open === this.drawnFor) return;
    this.drawnFor = open;
    this.found = [];
    this.box.hidden = this.#open().length < 2;
    if (!this.box.hidden) this.#drawAsk();
  }

  #drawAsk() {
    fill(this.box, h("button", { class: "btn btn-sm btn-quiet", type: "button", id: "suggestion-ask", onclick: () => this.ask() },
      icon("users"), t("suggestion.ask", { n: this.#open().length }), h("kbd", { text: "g" })));
  }

  async ask() {
    if (this.box.hidden) return;
    try {
      this.found = (await get("/incidents/suggestion")).suggestions;
      this.#drawFound();
    } catch (error) {
      sayError(error);
    }
  }

  #drawFound() {
    if (!this.found.length) {
      fill(this.box, h("p", { class: "quiet", text: t("suggestion.nobody") }));
      return;
    }
    fill(this.box, h("ul", {}, ...this.found.map((one) => {
      const incident = this.desk.store.incidents.get(one.incident_id);
      return h("li", {}, h("span", { class: "grow clip", text: incident ? nameOf("kind", incident.kind) : one.incident_id }),
        h("b", { text: this.desk.store.units.get(one.unit_id)?.name ?? one.unit_id }), h("span", { class: "num", text: duration(one.travel_s) }));
    })), h("button", { class: "btn btn-sm btn-strong", type: "button", id: "suggestion-send", onclick: () => this.#send() }, icon("send"), t("suggestion.send", { n: this.found.length })));
  }

  async #send() {
    for (const one of this.found) {
      try {
        const answer = await post(`/incidents/${encodeURIComponent(one.incident_id)}/assign`, { unit_id: one.unit_id });
        if (answer.incident) this.desk.store.putIncident(answer.incident);
      } catch (error) {
        sayError(error);
      }
    }
    say(t("suggestion.sent"), "done");
  }
}
