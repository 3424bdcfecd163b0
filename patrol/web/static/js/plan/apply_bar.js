// What is about to be applied: the changes, the reason, and what to do when somebody else was faster.
import { ApiError, put } from "../api.js";
import { may } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { say } from "../shell.js";
import { t } from "../texts.js";
import { changeList, changeName, valueText } from "./change_list.js";

/** @typedef {import("./draft.js").Change} Change */

export class ApplyBar {
  /** @param {import("./draft.js").Draft} draft @param {() => Promise<Change[]>} reload
   *   Reads the saved weights; our changes stay on top. */
  constructor(draft, reload) {
    this.draft = draft;
    this.reload = reload;
    this.box = byId("weights-foot");
    this.reason = h("input", { class: "field", id: "weights-reason", maxlength: 500, placeholder: t("weights.reason_hint"), "aria-label": t("weights.reason") });
    this.problem = h("div", { class: "form-error", role: "alert", hidden: true });
    this.apply = h("button", { class: "btn btn-strong", type: "button", id: "weights-apply", onclick: () => this.#apply() }, icon("save"), t("weights.apply"));
    this.reason.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) this.#apply();
    });
    this.list = h("div", { class: "changes-body" });
    this.folded = h("details", { class: "changes-fold" }, h("summary", {}, h("span", { class: "changes-n" })), this.list);
    this.state = h("span", { class: "quiet version-line" });
    this.form = h("div", { class: "apply-form" }, this.folded, this.problem, this.reason, h("div", { class: "foot-row" },
      h("button", { class: "btn btn-quiet", type: "button", id: "weights-reset", onclick: () => this.#reset() }, icon("rotate-ccw"), t("weights.reset")),
      h("span", { class: "grow" }), this.apply));
    fill(this.box, this.state, this.form);
    draft.onChange(() => this.#draw());
    this.#draw();
  }

  #draw() {
    const n = this.draft.size;
    this.form.hidden = n === 0;
    this.state.hidden = n > 0;
    this.state.textContent = t("weights.version", { n: this.draft.saved?.version ?? "–" });
    this.apply.disabled = !may("weights.tune") || (this.draft.saved?.problems ?? []).length > 0;
    const tally = this.folded.querySelector(".changes-n");
    if (tally) tally.textContent = t("weights.changes_n", { n });
    fill(this.list, changeList([...this.draft.changes.values()], (one) => this.draft.set(one.path, one.path.length === 2 && one.path[0] === "kinds" ? null : /** @type {any} */ (one.from))));
    if (n === 0) this.problem.hidden = true;
  }

  focus() {
    if (!this.form.hidden) this.reason.focus();
  }

  #reset() {
    this.reason.value = "";
    this.draft.clear();
  }

  /** @param {string} text @param {...(Node | null)} more */
  #tell(text, ...more) {
    this.problem.hidden = false;
    fill(this.problem, icon("circle-alert"), h("span", { class: "grow" }, text, ...more));
  }

  async #apply() {
    const saved = this.draft.saved;
    if (!saved || this.apply.disabled) return;
    if (!this.reason.value.trim()) {
      this.#tell(t("weights.reason_needed"));
      this.reason.focus();
      return;
    }
    this.apply.disabled = true;
    this.problem.hidden = true;
    try {
      await put("/weights", {
        version: saved.version, hotspots: this.draft.partial(), reason: this.reason.value.trim(), ...(saved.digest ? { digest: saved.digest } : {}),
      });
      this.reason.value = "";
      this.draft.changes.clear();
      await this.reload();
      say(t("weights.applied"), "done");
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) await this.#conflict(error);
      else {
        const details = error instanceof ApiError ? error.errors : [];
        this.#tell(details.length ? t("weights.refused") : error instanceof Error ? error.message : "",
          ...details.map((text) => h("span", { class: "d-block", text })));
      }
    }
    this.#enable();
  }

  #enable() {
    this.apply.disabled = !may("weights.tune") || (this.draft.saved?.problems ?? []).length > 0;
  }

  /** Somebody else was faster: their weights are read, ours stay on top, and what both changed is told.
   * @param {ApiError} error */
  async #conflict(error) {
    try {
      const both = await this.reload();
      const newest = this.draft.saved?.history[0];
      this.#tell(t("weights.conflict"),
        newest ? h("span", { class: "d-block", text: t("weights.conflict_by", { actor: newest.actor, reason: newest.reason }) }) : null,
        ...both.map((one) => h("span", { class: "d-block" }, h("b", { text: changeName(one.path) }), ` ${t("weights.conflict_key", { theirs: valueText(one.path, one.to), mine: valueText(one.path, this.draft.value(one.path)) })}`)),
        h("span", { class: "d-block", text: t(both.length ? "weights.conflict_both" : "weights.conflict_none") }));
      if (!this.draft.size) say(t("weights.conflict_same"), "info");
    } catch {
      this.#tell(error.message);
    }
  }
}
