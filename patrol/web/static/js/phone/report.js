// Reporting an incident: two presses, the place is here.
import { byId, fill, h, icon } from "../dom.js";
import { distance } from "../format.js";
import { offeredKinds } from "../kinds.js";
import { say } from "../shell.js";
import { nameOf, t } from "../texts.js";

/** @param {import("./main.js").PhonePage} page */
export function drawReport(page) {
  const box = byId("phone-report");
  let kind = "";
  const send = h("button", { class: "btn btn-strong btn-tall", type: "button", id: "report-send", disabled: true }, icon("send"), t("phone.report_send"));
  const buttons = offeredKinds.map((name) => h("button", {
    class: "btn btn-quiet", type: "button", role: "radio", "aria-checked": "false",
    onclick: () => {
      kind = name;
      for (const button of buttons) button.setAttribute("aria-checked", String(button.dataset.kind === name));
      send.disabled = !page.positions.here;
    },
  }, nameOf("kind", name)));
  buttons.forEach((button, index) => { button.dataset.kind = offeredKinds[index]; });
  const note = h("input", { class: "field", maxlength: 500, "aria-label": t("incident.note"), placeholder: t("incident.note_hint") });
  const place = h("p", { class: "here-line", id: "report-place" });
  send.addEventListener("click", () => {
    const here = page.positions.here;
    if (!kind || !here) return;
    page.outbox.add("report", "/incidents", (key) => ({ lon: here.lon, lat: here.lat, kind, note: note.value.trim(), key }));
    say(t("phone.report_kept", { kind: nameOf("kind", kind) }), "done");
    drawReport(page);
    page.showPane("stops");
  });
  fill(box, h("div", { class: "form-pane" }, h("h2", { text: t("phone.report_title") }), place,
    h("div", { class: "report-kinds", role: "radiogroup", "aria-label": t("incident.kind") }, ...buttons), note, send));
  drawPlace(page);
}

/** @param {import("./main.js").PhonePage} page */
export function drawPlace(page) {
  const place = document.getElementById("report-place");
  if (!place) return;
  const here = page.positions.here;
  const state = page.positions.state;
  // "Waiting" would be a promise that nobody keeps where positions are refused.
  const missing = state === "starting" || state === "on" ? t("phone.report_no_place") : `${t(`phone.position_${state}`)} · ${t("phone.report_by_radio")}`;
  fill(place, icon("locate-fixed"), here ? t("phone.report_here", { m: distance(Math.max(10, here.accuracy_m)) }) : missing);
}
