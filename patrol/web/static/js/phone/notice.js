// The one line that says what does not work now and what still does.
import { byId, fill, h, icon } from "../dom.js";
import { t } from "../texts.js";

/** @param {import("./main.js").PhonePage} page */
export function drawNotice(page) {
  const box = byId("phone-notice");
  const [sign, text] = notice(page);
  box.hidden = !text;
  if (box.dataset.text === text) return;
  box.dataset.text = text;
  fill(box, icon(sign), h("span", { text: text ? t(text) : "" }));
}

/** @param {import("./main.js").PhonePage} page @returns {[string, string]} */
function notice(page) {
  if (page.link.state === "signed_out") return ["log-in", "link.signed_out_help"];
  if (page.link.state !== "live" && !page.outbox.reached) return ["wifi-off", "phone.offline_help"];
  if (page.positions.state === "insecure") return ["locate-fixed", "phone.position_insecure"];
  if (page.positions.state === "denied") return ["locate-fixed", "phone.position_denied"];
  return ["info", ""];
}
