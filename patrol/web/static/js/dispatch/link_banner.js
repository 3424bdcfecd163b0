// Whether what is on the screen is the present: the pill in the bar, and a veil when it is not.
import { byId, fill, h, icon, setText } from "../dom.js";
import { clockWithSeconds, duration } from "../format.js";
import { nameOf, t } from "../texts.js";
import { AlarmSound } from "./alarm_sound.js";

const VEIL_AFTER_MS = 2_500;

/** @param {import("../live.js").Link} link @param {import("../store.js").Store} store */
export function watchLink(link, store) {
  const pill = byId("link-state");
  const text = byId("link-text");
  const veil = byId("stale-veil");
  const frame = /** @type {HTMLElement} */ (veil.parentElement);
  let shown = "";
  const draw = () => {
    pill.dataset.state = link.state;
    setText(text, t(`link.${link.state}`));
    const downMs = link.lostAtMs ? Date.now() - link.lostAtMs : 0;
    const signedOut = link.state === "signed_out";
    const stale = signedOut || downMs > VEIL_AFTER_MS;
    veil.hidden = !stale;
    frame.classList.toggle("is-stale", stale && store.ready);
    if (!stale) {
      shown = "";
      return;
    }
    const words = signedOut ? t("link.signed_out_help") : t("link.offline_help", {
      time: link.lastFrameMs ? clockWithSeconds(link.lastFrameMs + store.clockOffsetMs) : "—", for: duration(downMs / 1000),
    });
    if (words === shown) return;
    shown = words;
    fill(veil, icon("wifi-off"), h("span", { text: words }),
      signedOut ? h("a", { class: "btn btn-sm", href: "/signin" }, t("signin.go"))
        : h("button", { class: "btn btn-sm", type: "button", onclick: () => link.socket.connect() }, t("action.retry")));
  };
  link.onChange(draw);
  setInterval(draw, 1_000);
}

/** Units that call for help, on top of everything until they no longer do.
 * @param {import("../store.js").Store} store @param {(id: string) => void} show */
export function watchAlarms(store, show) {
  const strip = byId("alarm-strip");
  const sound = new AlarmSound();
  /** Calls somebody here has taken note of; each new one sounds again. @type {Set<string>} */
  const noted = new Set();
  let shown = "";
  store.on(["units"], () => {
    const calling = [...store.units.values()].filter((unit) => unit.status === "sos");
    const look = calling.map((unit) => unit.id).join();
    if (look === shown) return;
    shown = look;
    for (const id of noted) if (!calling.some((unit) => unit.id === id)) noted.delete(id);
    const note = (/** @type {string} */ id) => {
      noted.add(id);
      if (calling.every((unit) => noted.has(unit.id))) sound.stop();
      show(id);
    };
    if (calling.some((unit) => !noted.has(unit.id))) sound.start();
    else sound.stop();
    strip.hidden = calling.length === 0;
    fill(strip, icon("siren"), t("alarm.sos"), ...calling.map((unit) =>
      h("button", { class: "btn btn-sm", type: "button", onclick: () => note(unit.id), title: t("alarm.note") },
        `${unit.name} · ${nameOf("mode", unit.mode)}`)));
  });
}
