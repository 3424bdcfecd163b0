// What is wrong with config.yaml, or who changed it meanwhile: asked now and then, told on top of the page.
import { get } from "../api.js";
import { byId, fill, h, icon } from "../dom.js";
import { say } from "../shell.js";
import { t } from "../texts.js";

const LOOK_MS = 4_000;
const SHOWN = 8;

/** @typedef {import("../types").Mistake} Mistake */

export class FileNotice {
  /** @param {import("./draft.js").Draft} draft @param {() => Promise<unknown>} reload */
  constructor(draft, reload) {
    this.draft = draft;
    this.reload = reload;
    this.box = byId("file-notice");
    this.shown = "";
    draft.onChange(() => this.#draw(draft.saved?.problems ?? [], draft.saved?.mistakes ?? []));
    const look = () => {
      this.#look().finally(() => setTimeout(look, LOOK_MS));
    };
    setTimeout(look, LOOK_MS);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#look(); });
  }

  async #look() {
    const saved = this.draft.saved;
    if (document.hidden || !saved) return;
    // A server that is away is told by whatever is asked of it next.
    const state = await get("/weights/state").catch(() => null);
    if (!state || saved !== this.draft.saved) return;
    this.#draw(state.problems, state.mistakes);
    const changed = state.digest !== saved.digest || state.version !== saved.version;
    const problems = JSON.stringify(state.problems) !== JSON.stringify(saved.problems ?? []);
    if (!changed && !problems) return;
    await this.reload();
    if (changed && !state.problems.length) say(t("weights.reloaded"), "info");
  }

  /** @param {string[]} problems @param {Mistake[]} mistakes */
  #draw(problems, mistakes) {
    const key = JSON.stringify(problems);
    if (key === this.shown) return;
    this.shown = key;
    this.box.hidden = problems.length === 0;
    if (!problems.length) return;
    const file = this.draft.saved?.file ?? "config.yaml";
    const rows = mistakes.length ? mistakes.slice(0, SHOWN).map((one) => mistakeRow(file, one)) : problems.slice(0, SHOWN).map((text) => h("li", { text }));
    const left = (mistakes.length || problems.length) - SHOWN;
    fill(this.box, icon("triangle-alert"), h("div", { class: "grow" },
      h("strong", { text: t("weights.file_broken", { file }) }), h("ul", {}, ...rows, left > 0 ? h("li", { text: t("weights.file_more", { n: left }) }) : null)));
  }
}

/** @param {string} file @param {Mistake} one */
function mistakeRow(file, one) {
  return h("li", {}, h("code", { text: `${file}:${one.line}` }), one.key ? h("code", { text: one.key }) : null,
    one.got ? h("span", {}, t("weights.file_got"), h("code", { text: one.got })) : null,
    one.allowed ? h("span", {}, t("weights.file_allowed"), h("code", { text: one.allowed })) : null, h("span", { class: "said", text: one.said }));
}
