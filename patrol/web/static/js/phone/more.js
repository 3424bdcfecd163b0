// The unit's status, what still waits to be sent, and the page's settings.
import { byId, fill, h, icon } from "../dom.js";
import { clock, percent } from "../format.js";
import { t } from "../texts.js";

const CHOICES = /** @type {const} */ ([["patrol", "shield"], ["break", "coffee"], ["off", "log-out"]]);

/** @param {import("./main.js").PhonePage} page */
export function drawMore(page) {
  const status = page.status();
  const busy = ["assigned", "enroute", "onscene"].includes(status);
  const settings = byId("phone-settings");
  settings.hidden = false;
  settings.className = "more-list";
  const { outbox, positions } = page;
  fill(byId("phone-more"), h("div", { class: "form-pane" },
    h("h2", { text: t("phone.status") }),
    h("div", { class: "status-choice", role: "group", "aria-label": t("phone.status") }, ...CHOICES.map(([name, sign]) => h("button", {
      class: "btn btn-quiet", type: "button", "aria-pressed": String(status === name), disabled: busy,
      onclick: () => page.setStatus(name),
    }, icon(sign), t(`status.${name}`)))),
    busy ? h("p", { class: "quiet", text: t("phone.status_busy") }) : null,
    h("h2", { text: t("phone.waiting") }),
    outbox.entries.length || outbox.fixes.length
      ? h("ul", { class: "outbox" }, ...outbox.entries.map((entry) => h("li", {}, h("span", { text: t(`outbox.${entry.what}`) }), h("span", { class: "quiet", text: clock(entry.at) }))),
        outbox.fixes.length ? h("li", {}, h("span", { text: t("outbox.fixes", { n: outbox.fixes.length }) })) : null)
      : h("p", { class: "quiet", text: t("phone.nothing_waits") }),
    h("h2", { text: t("phone.position") }),
    h("p", { class: "quiet", text: t(`phone.position_${positions.state}`) }),
    positions.batteryShare === null ? null : h("p", { class: "quiet", text: `${t("unit.battery")} ${percent(positions.batteryShare)}` }),
    h("h2", { text: t("phone.settings") }), settings));
}
