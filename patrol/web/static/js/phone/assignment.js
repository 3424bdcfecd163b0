// An incident the unit was sent to: what, where, how far, and the next step as one large button.
import { byId, fill, h, icon } from "../dom.js";
import { clock, distance, duration, metersBetween } from "../format.js";
import { nameOf, t } from "../texts.js";

/** @typedef {NonNullable<import("../types").MyRoute["assignment"]>} Sent */

/** The step that comes next. @param {Sent} sent @returns {"accept" | "arrive" | "finish"} */
export function nextStep(sent) {
  if (!sent.accepted) return "accept";
  return sent.arrived ? "finish" : "arrive";
}

/** @param {import("./main.js").PhonePage} page */
export function drawAssignment(page) {
  const box = byId("phone-assignment");
  const sent = page.assignment();
  box.hidden = !sent;
  if (!sent) return;
  const incident = sent.incident ?? page.store.incidents.get(sent.incident_id ?? "");
  const step = nextStep(sent);
  box.dataset.status = step === "accept" ? "assigned" : step === "arrive" ? "enroute" : "onscene";
  const here = page.positions.here;
  const placed = incident && incident.lon !== null && incident.lat !== null ? { lon: incident.lon, lat: incident.lat } : null;
  const away = here && placed ? metersBetween(here, placed) : null;
  const icons = { accept: "check", arrive: "map-pin", finish: "flag" };
  fill(box,
    h("div", { class: "next-top" }, h("span", { class: "status", "data-status": box.dataset.status, text: nameOf("status", box.dataset.status) }),
      h("span", { text: t("phone.sent_at", { time: clock(sent.assigned), ago: duration((page.nowMs() - Date.parse(sent.assigned)) / 1000) }) })),
    h("h2", { text: incident ? nameOf("kind", incident.kind) : t("phone.assignment") }),
    incident?.address ? h("p", { text: incident.address }) : null,
    incident?.note ? h("p", { class: "quiet", text: incident.note }) : null,
    h("div", { class: "next-actions" },
      h("button", { class: "btn btn-strong", type: "button", id: "assignment-step", onclick: () => page.takeStep(sent, step) }, icon(icons[step]), t(`phone.${step}`)),
      placed ? h("button", { class: "btn btn-quiet", type: "button", "aria-label": t("phone.show_stop"), onclick: () => page.showOnMap(placed) },
        icon("navigation"), away === null ? null : distance(away)) : null));
}
