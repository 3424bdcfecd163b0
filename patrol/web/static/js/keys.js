// One table of keyboard shortcuts per page; the help sheet is made from the same table.
import { byId, fill, h } from "./dom.js";
import { t } from "./texts.js";

/** @typedef {{key: string, text: string, run: (event: KeyboardEvent) => void, typing?: boolean}} Shortcut */

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement
    && (target.matches("input, textarea, select") || target.isContentEditable);
}

/** Listen for the shortcuts. Inside a text field only those marked `typing` fire.
 * @param {Shortcut[]} shortcuts */
export function bindKeys(shortcuts) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = isTyping(event.target);
    const found = shortcuts.find((one) => one.key === event.key && (!typing || one.typing));
    if (!found) return;
    if (document.querySelector("dialog[open]") && found.key !== "?") return;
    // A button that has the focus keeps its own Enter.
    if (event.key === "Enter" && event.target instanceof HTMLButtonElement) return;
    if (!found.typing) event.preventDefault();
    found.run(event);
  });
}

/** The sheet that `?` opens.
 * @param {Shortcut[]} shortcuts */
export function helpSheet(shortcuts) {
  const dialog = byId("keys-help", HTMLDialogElement);
  const rows = shortcuts.filter((one) => one.text).map((one) =>
    h("div", { class: "key-row" }, h("kbd", { text: one.key === "Escape" ? "Esc" : one.key }), h("span", { text: t(one.text) })));
  fill(byId("keys-list"), ...rows);
  byId("keys-close").addEventListener("click", () => dialog.close());
  return () => (dialog.open ? dialog.close() : dialog.showModal());
}
