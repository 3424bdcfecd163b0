// The versions of the weights, newest first: what each changed, and going back to it.
import { ApiError, post } from "../api.js";
import { fill, h, icon } from "../dom.js";
import { dayClock, fullTime } from "../format.js";
import { say, sayError } from "../shell.js";
import { t } from "../texts.js";
import { changeList } from "./change_list.js";
import { differences } from "./draft.js";

/** @typedef {import("../types").Weights} Weights */
/** @typedef {import("../types").WeightVersion} WeightVersion */

/** @param {Weights} saved @param {() => Promise<unknown>} reload */
export function versionList(saved, reload) {
  if (!saved.history.length) return h("p", { class: "empty" }, icon("history"), h("span", { text: t("weights.no_history") }));
  return h("ol", { class: "history" }, ...saved.history.map((one, index) => versionRow(saved, one, saved.history[index + 1], reload)));
}

/** @param {Weights} saved @param {WeightVersion} one @param {WeightVersion | undefined} before @param {() => Promise<unknown>} reload */
function versionRow(saved, one, before, reload) {
  const current = one.version === saved.version;
  const changes = before ? differences(before.hotspots, one.hotspots) : [];
  const body = h("div", { class: "version-body" }, before
    ? (changes.length ? changeList(changes) : h("p", { class: "quiet", text: t("weights.version_same") }))
    : h("p", { class: "quiet", text: t("weights.version_first") }), current ? null : backForm(saved, one, reload));
  return h("li", {}, h("details", { open: current, "data-version": one.version }, h("summary", {},
    h("b", { class: "version-n", text: `#${one.version}` }),
    h("span", { class: "grow" }, h("span", { class: "d-block", text: reasonText(one) }),
      h("small", { title: fullTime(one.at), text: `${dayClock(one.at)} · ${one.actor}` })),
    h("span", { class: "quiet nowrap", text: current ? t("weights.version_now") : t("weights.changes_n", { n: changes.length }) })), body));
}

/** A version that was found in the file has no words of a person.
 * @param {WeightVersion} one */
function reasonText(one) {
  if (one.actor !== "config.yaml") return one.reason;
  return t(one.reason === "edited by hand" ? "weights.by_hand" : "weights.as_found");
}

/** What going back would change, and why one does. @param {Weights} saved @param {WeightVersion} one @param {() => Promise<unknown>} reload */
function backForm(saved, one, reload) {
  const back = differences(saved.hotspots, one.hotspots);
  const reason = h("input", { class: "field", maxlength: 500, value: t("weights.back_to", { n: one.version }), "aria-label": t("weights.reason") });
  const problem = h("p", { class: "form-error", role: "alert", hidden: true });
  const go = h("button", { class: "btn btn-sm btn-strong", type: "button" }, icon("rotate-ccw"), t("weights.bring_back"));
  go.addEventListener("click", async () => {
    go.disabled = true;
    try {
      await post("/weights/rollback", { to_version: one.version, version: saved.version, reason: reason.value.trim() });
      say(t("weights.brought_back", { n: one.version }), "done");
      await reload();
    } catch (error) {
      go.disabled = false;
      problem.hidden = false;
      fill(problem, icon("circle-alert"), error instanceof Error ? error.message : "");
      if (error instanceof ApiError && error.status === 409) await reload().catch(sayError);
    }
  });
  return h("details", { class: "back-form" }, h("summary", { text: t("weights.bring_back_what", { n: back.length }) }),
    back.length ? changeList(back) : h("p", { class: "quiet", text: t("weights.version_same") }), problem, h("div", { class: "foot-row" }, reason, go));
}
