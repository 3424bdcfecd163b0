// The re-plan that waits or runs: what it changes for whom, taken, refused or undone by one key.
import { get, post } from "../api.js";
import { may } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { clock, decimal } from "../format.js";
import { modeMark } from "../marks.js";
import { say, sayError } from "../shell.js";
import { t } from "../texts.js";

/** @typedef {import("../types").Replan} Replan */
/** @typedef {import("../types").StopChange} StopChange */

/** What runs can be undone this long; then the old plan is too old to go back to. */
const UNDO_MS = 10 * 60_000;
const MARKS = { dropped: "circle-x", added: "plus", moved: "arrow-left" };

export class ReplanPanel {
  /** @param {import("./main.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.box = byId("replan");
    /** @type {Replan | null} */
    this.replan = null;
    this.busy = false;
    /** Whether the map shows the proposal instead of what runs. */
    this.preview = false;
    desk.store.on(["plan"], () => this.load());
    setInterval(() => { if (this.replan?.state === "running") this.#draw(); }, 30_000);
  }

  async load() {
    if (!may("incident.dispatch")) return;
    try {
      const { replan } = await get("/replans/current");
      if (replan?.id !== this.replan?.id) this.#show(false);
      this.replan = replan;
      this.#draw();
    } catch (error) {
      sayError(error);
    }
  }

  /** Ask for a re-plan; the answer comes as an event. @param {string[]} lost */
  async ask(lost = []) {
    if (!may("incident.dispatch")) return;
    try {
      await post("/replans", { lost, cause: lost.length ? "lost" : "asked" });
      say(t("replan.asked"));
    } catch (error) {
      sayError(error);
    }
  }

  take() {
    if (this.replan?.state === "proposed") this.#decide("take", "replan.taken");
  }

  refuse() {
    if (this.replan?.state === "proposed") this.#decide("refuse", "replan.refused");
  }

  undo() {
    if (this.#undoable()) this.#decide("undo", "replan.undone");
  }

  #undoable() {
    return this.replan?.state === "running" && this.desk.store.nowMs() - Date.parse(this.replan.at) < UNDO_MS;
  }

  /** @param {"take" | "refuse" | "undo"} step @param {string} words */
  async #decide(step, words) {
    if (!this.replan || this.busy) return;
    this.busy = true;
    try {
      await post(`/replans/${encodeURIComponent(this.replan.id)}/${step}`);
      say(t(words), "done");
      this.#show(false);
    } catch (error) {
      sayError(error);
    }
    this.busy = false;
    await this.load();
  }

  /** Show the proposal's routes on the map, or what runs. @param {boolean} on */
  #show(on) {
    if (on === this.preview) return;
    this.preview = on;
    this.desk.showProposal(on ? this.replan?.routes ?? [] : null);
  }

  #draw() {
    const one = this.replan;
    const shown = one !== null && (one.state === "proposed" || this.#undoable());
    this.box.hidden = !shown;
    if (!shown || !one) return;
    const waits = one.state === "proposed";
    const gain = one.value_before > 0 ? one.value_after / one.value_before - 1 : 0;
    fill(this.box,
      h("header", { class: "panel-head" }, h("h2", { class: "grow", text: t(waits ? "replan.proposed" : "replan.running") }),
        h("span", { class: "quiet num", text: clock(one.at) })),
      h("p", { class: "replan-cause", text: this.#cause(one) }),
      h("p", { class: "replan-sum num" }, t("replan.sum", { kept: one.kept, moved: one.moved, dropped: one.dropped, added: one.added }),
        h("span", { class: "quiet", text: ` · ${t("replan.value", { gain: `${gain >= 0 ? "+" : ""}${decimal(100 * gain)} %` })}` })),
      one.broken.length ? h("p", { class: "form-error" }, icon("circle-alert"), h("span", { text: t("replan.broken", { n: one.broken.length }) })) : null,
      one.changes.length ? h("ol", { class: "replan-changes" }, ...this.#units(one)) : h("p", { class: "quiet", text: t("replan.same") }),
      h("div", { class: "card-actions" }, ...(waits ? this.#choices(one) : [this.#button("undo", "undo-2", "replan.undo", "u", () => this.undo())])));
  }

  /** @param {Replan} one */
  #choices(one) {
    return [
      one.broken.length ? null : this.#button("take", "check", "replan.take", "y", () => this.take(), "btn-strong"),
      this.#button("refuse", "x", "replan.refuse", "x", () => this.refuse()),
      this.#button("preview", "route", this.preview ? "replan.show_old" : "replan.show_new", "v", () => this.togglePreview()),
    ];
  }

  togglePreview() {
    if (this.replan?.state !== "proposed") return;
    this.#show(!this.preview);
    this.#draw();
  }

  /** @param {string} id @param {string} mark @param {string} words @param {string} key @param {() => void} run @param {string} [look] */
  #button(id, mark, words, key, run, look = "btn-quiet") {
    return h("button", { class: `btn btn-sm ${look}`, type: "button", id: `replan-${id}`, onclick: run }, icon(mark), t(words), h("kbd", { text: key }));
  }

  /** @param {Replan} one */
  #cause(one) {
    const [what, id] = one.cause.split(":");
    const units = what === "lost" ? one.lost : id ? [id] : [];
    return t(`replan.cause_${what}`, { unit: units.map((unit) => this.desk.store.units.get(unit)?.name ?? unit).join(t("list.comma")) });
  }

  /** Changes by unit, the unit with most first. @param {Replan} one */
  #units(one) {
    /** @type {Map<string, StopChange[]>} */
    const byUnit = new Map();
    for (const change of one.changes) byUnit.set(change.unit_id, [...(byUnit.get(change.unit_id) ?? []), change]);
    const units = [...byUnit].sort((a, b) => b[1].length - a[1].length);
    return units.map(([unitId, changes]) => {
      const unit = this.desk.store.units.get(unitId);
      return h("li", {}, h("button", { class: "row-item", type: "button", onclick: () => this.desk.selection.choose({ kind: "unit", id: unitId }) },
        unit ? modeMark(unit.mode) : null, h("b", { text: unit?.name ?? unitId })),
      h("ul", {}, ...changes.map((change) => h("li", { "data-what": change.what }, icon(MARKS[change.what]),
        h("span", { class: "visually-hidden", text: t(`replan.${change.what}`) }),
        h("span", { class: "grow clip", text: change.name || t("place.unnamed"), title: change.name }),
        change.from_unit ? h("span", { class: "quiet", text: t("replan.from", { unit: this.desk.store.units.get(change.from_unit)?.name ?? change.from_unit }) }) : null,
        h("time", { class: "num", text: clock(change.arrive) })))));
    });
  }
}
