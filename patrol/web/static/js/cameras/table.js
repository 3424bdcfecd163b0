// Reading a table of cameras: first what it would change, then, when one agrees, the change itself.
import { ApiError } from "../api.js";
import { fill, h, icon } from "../dom.js";
import { say } from "../shell.js";
import { t } from "../texts.js";
import { showErrors } from "./form.js";

/** @typedef {import("../types").TableChange} TableChange */

const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";

/** @param {File} file @param {boolean} apply @returns {Promise<TableChange>} */
async function send(file, apply) {
  const path = `/api/v1/cameras/import?name=${encodeURIComponent(file.name)}&apply=${apply ? 1 : 0}`;
  const answer = await fetch(path, {
    method: "POST", body: file, credentials: "same-origin",
    headers: { "X-CSRFToken": token, "Content-Type": "application/octet-stream", Accept: "application/json" },
  }).catch(() => { throw new ApiError(t("error.unreachable"), 0); });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError(body.error ?? t("error.server", { status: answer.status }), answer.status, body.errors ?? []);
  return body.change;
}

/** @param {File} file @param {HTMLElement} box @param {() => void} onDone */
export async function showTable(file, box, onDone) {
  const errors = h("div", { class: "form-error", role: "alert", hidden: true });
  const body = h("div", { class: "card-body result-scroll" });
  fill(box, h("header", { class: "card-head" }, h("h2", { class: "grow clip", text: file.name }),
    h("button", { class: "btn-bare", type: "button", "aria-label": t("action.close"), onclick: onDone }, icon("x"))), body);
  try {
    const change = await send(file, false);
    const apply = h("button", { class: "btn btn-strong", type: "button", id: "table-apply", disabled: change.added_n + change.changed_n === 0 },
      icon("check"), t("cameras.table_apply", { n: change.added_n + change.changed_n }));
    apply.addEventListener("click", async () => {
      apply.disabled = true;
      try {
        const done = await send(file, true);
        say(t("cameras.table_done", { added: done.added_n, changed: done.changed_n }), "done");
        onDone();
      } catch (error) {
        apply.disabled = false;
        showErrors(errors, error);
      }
    });
    fill(body, h("p", { class: "quiet", text: t("cameras.table_read", { n: change.read, same: change.unchanged_n }) }),
      ids(t("cameras.table_added"), change.added_n, change.added),
      ids(t("cameras.table_changed"), change.changed_n, change.changed),
      ids(t("cameras.table_missing"), change.missing_n, change.missing),
      change.refused.length ? h("section", { class: "card-section" }, h("h3", { text: t("cameras.table_refused", { n: change.refused.length }) }),
        h("ul", { class: "rule-list" }, ...change.refused.map((one) => h("li", {}, h("b", { text: t("cameras.table_row", { n: one.row }) }),
          h("span", { class: "quiet", text: one.column ? `${one.column}: ${one.reason}` : one.reason }))))) : null,
      errors, h("div", { class: "foot-row" }, apply, h("button", { class: "btn btn-quiet", type: "button", onclick: onDone }, t("action.cancel"))));
  } catch (error) {
    fill(body, errors);
    showErrors(errors, error);
  }
}

/** @param {string} title @param {number} total @param {string[]} names */
function ids(title, total, names) {
  if (!total) return null;
  const rest = total - names.length;
  return h("section", { class: "card-section" }, h("h3", { text: `${title} (${total})` }),
    h("p", { text: names.join(t("list.comma")) + (rest > 0 ? ` … +${rest}` : "") }));
}
