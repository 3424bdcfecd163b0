// The call for help: held for two seconds, so that a pocket cannot send it; taken back the same way.
import { byId, fill, h, icon } from "../dom.js";
import { t } from "../texts.js";

const HOLD_MS = 2_000;

/** @param {() => void} onCall */
export function bindSos(onCall) {
  const button = byId("sos", HTMLButtonElement);
  let timer = 0;
  const start = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (button.classList.contains("holding")) return;
    button.classList.add("holding");
    timer = window.setTimeout(() => {
      stop();
      navigator.vibrate?.(400);
      onCall();
    }, HOLD_MS);
  };
  const stop = () => {
    clearTimeout(timer);
    button.classList.remove("holding");
  };
  button.addEventListener("pointerdown", start);
  for (const name of ["pointerup", "pointerleave", "pointercancel", "blur"]) button.addEventListener(name, stop);
  button.addEventListener("keydown", (event) => {
    if ((event.key === " " || event.key === "Enter") && !event.repeat) start(event);
  });
  button.addEventListener("keyup", stop);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
}

/** Whether the call has reached the server is said as it is: out there it decides what one does.
 * @param {boolean} calling @param {boolean} delivered @param {() => void} takeBack */
export function drawSos(calling, delivered, takeBack) {
  byId("sos").setAttribute("aria-pressed", String(calling));
  const strip = byId("alarm-strip");
  strip.hidden = !calling;
  const text = calling ? t(delivered ? "phone.sos_sent" : "phone.sos_sending") : "";
  if (strip.dataset.text === text) return;
  strip.dataset.text = text;
  fill(strip, icon("siren"), h("span", { class: "grow", text }),
    h("button", { class: "btn", type: "button", onclick: takeBack }, t("phone.sos_end")));
}
