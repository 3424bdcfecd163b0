// The docked card of what is chosen. One card at a time; closing it gives the room back to the list.
import { byId, fill, h, icon } from "../dom.js";
import { t } from "../texts.js";

/** What a card shows; `submit` is what Enter does, `press` what a digit does.
 * @typedef {{head: Node[], body: Node, refresh?: () => void, close?: () => void,
 *   submit?: () => void, press?: (digit: string) => void}} CardContent */

export class Card {
  /** @param {import("./selection.js").Selection} selection */
  constructor(selection) {
    this.selection = selection;
    this.box = byId("card");
    /** @type {CardContent | null} */
    this.content = null;
    setInterval(() => this.content?.refresh?.(), 1_000);
  }

  /** @param {CardContent} content */
  show(content) {
    this.content?.close?.();
    this.content = content;
    const close = h("button", {
      class: "btn-bare", type: "button", "aria-label": t("action.close"), title: `${t("action.close")} (Esc)`,
      onclick: () => this.selection.clear(),
    }, icon("x"));
    fill(this.box, h("header", { class: "card-head" }, ...content.head, close), content.body);
    this.box.hidden = false;
    this.box.scrollTop = 0;
    // The card takes the focus, so that Enter is its action and not the row's that opened it.
    this.box.focus({ preventScroll: true });
  }

  hide() {
    this.content?.close?.();
    this.content = null;
    this.box.hidden = true;
    fill(this.box);
  }
}

/** A titled part of a card.
 * @param {string} title @param {...(Node | null)} children */
export function section(title, ...children) {
  return h("section", { class: "card-section" }, h("h3", { text: title }), ...children);
}

/** Lines that stand in for what is on its way. */
export function waiting() {
  return h("p", { class: "quiet" }, icon("loader-circle", "spin"), " ", t("app.loading"));
}

/** What failed, with a way to try again.
 * @param {unknown} error @param {() => void} retry */
export function failed(error, retry) {
  const text = error instanceof Error ? error.message : String(error);
  return h("p", { class: "form-error" }, icon("circle-alert"), h("span", { class: "grow", text }),
    h("button", { class: "btn btn-sm btn-quiet", type: "button", onclick: retry }, t("action.retry")));
}
