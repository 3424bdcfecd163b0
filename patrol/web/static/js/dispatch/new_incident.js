// A new incident: click the map where it is, press a kind, Enter. The nearest units follow.
import { post } from "../api.js";
import { byId, fill, h, icon } from "../dom.js";
import { offeredKinds } from "../kinds.js";
import { say, sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";

/** @typedef {{lon: number, lat: number}} Point */

/** Let the dispatcher point at the map; Esc gives up.
 * @param {import("./main.js").Desk} desk */
export function startPlacing(desk) {
  const hint = byId("map-hint");
  fill(hint, icon("map-pin"), t("incident.click_place"), h("kbd", { text: "Esc" }));
  hint.hidden = false;
  byId("map").classList.add("placing");
  desk.placing = true;
}

/** @param {import("./main.js").Desk} desk */
export function stopPlacing(desk) {
  byId("map-hint").hidden = true;
  byId("map").classList.remove("placing");
  desk.placing = false;
}

/** The form, docked like every card.
 * @param {Point} place @param {import("./main.js").Desk} desk */
export function newIncidentCard(place, desk) {
  // One key for one report: sending the form twice makes one incident.
  const key = crypto.randomUUID();
  let kind = "";
  const address = h("input", { class: "field", id: "new-address", autocomplete: "off", maxlength: 200 });
  const note = h("input", { class: "field", id: "new-note", autocomplete: "off", maxlength: 500, placeholder: t("incident.note_hint") });
  const create = h("button", { class: "btn btn-strong", type: "submit", disabled: true }, icon("check"), t("incident.create"), h("kbd", { text: "↵" }));
  const kinds = kindPicker((chosen) => {
    kind = chosen;
    create.disabled = false;
  });
  let sending = false;
  const submit = async () => {
    if (!kind || sending) return;
    sending = true;
    create.disabled = true;
    try {
      const answer = await post("/incidents", {
        lon: place.lon, lat: place.lat, kind, address: address.value.trim(), note: note.value.trim(), key,
      });
      desk.store.putIncident(answer.incident);
      say(t("incident.created", { kind: nameOf("kind", kind) }), "done");
      desk.selection.choose({ kind: "incident", id: answer.incident.id });
    } catch (error) {
      sending = false;
      create.disabled = false;
      sayError(error);
    }
  };
  const form = h("form", {
    class: "card-body",
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      submit();
    },
  },
  h("p", { class: "quiet", text: `${place.lon.toFixed(5)}, ${place.lat.toFixed(5)}` }),
  h("div", {}, h("span", { class: "label", text: t("incident.kind") }), kinds.box),
  h("label", { for: "new-address", text: t("incident.where") }), address,
  h("label", { for: "new-note", text: t("incident.note") }), note,
  h("div", { class: "card-actions" }, create));
  return {
    head: [icon("plus"), h("h2", { class: "grow", text: t("incidents.new") })],
    body: form, submit, press: kinds.press,
    close: () => desk.incidents.setDraft(null),
  };
}

/** Kinds as buttons with a digit each.
 * @param {(kind: string) => void} choose */
export function kindPicker(choose) {
  const list = offeredKinds;
  const buttons = list.map((kind, index) => h("button", {
    class: "btn btn-sm btn-quiet", type: "button", role: "radio", "aria-checked": "false", title: nameOf("kind", kind),
    onclick: () => pick(index),
  }, h("span", { class: "clip", text: nameOf("kind", kind) }), index < 9 ? h("kbd", { text: String(index + 1) }) : null));
  /** @param {number} index */
  const pick = (index) => {
    if (!list[index]) return;
    buttons.forEach((button, place) => button.setAttribute("aria-checked", String(place === index)));
    choose(list[index]);
  };
  return {
    box: h("div", { class: "kinds", role: "radiogroup", "aria-label": t("incident.kind") }, ...buttons),
    /** @param {string} digit */
    press: (digit) => pick(Number(digit) - 1),
  };
}
