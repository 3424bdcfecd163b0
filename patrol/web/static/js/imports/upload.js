// The file: which it is, how its columns are called, whose reports they are; check first, then import.
import { ApiError, upload } from "../api.js";
import { county } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { count } from "../format.js";
import { recall, remember } from "../memory.js";
import { say } from "../shell.js";
import { t } from "../texts.js";

const SOURCES = ["public", "camera", "guard", "patrol"];

/** @param {string} id @param {string} text @param {HTMLElement} field @param {string} [help] */
function labelled(id, text, field, help = "") {
  return h("div", { class: "wide" }, h("label", { for: id, text }), field, help ? h("small", { class: "quiet", text: help }) : null);
}

export class UploadForm {
  /** @param {() => void} onDone  A report is there. */
  constructor(onDone) {
    this.onDone = onDone;
    this.busy = false;
    const last = recall("upload", { columns: "", source: "public", tz: county.timezone });
    this.file = h("input", { class: "field", type: "file", id: "upload-file", accept: ".csv,.gz,.geojson,.json" });
    this.columns = h("input", { class: "field", id: "upload-columns", value: last.columns, placeholder: "time=报警时间,lon=经度,lat=纬度,kind=类别,drop=报警人", spellcheck: "false", autocomplete: "off" });
    this.source = h("select", { class: "field", id: "upload-source" }, ...SOURCES.map((name) =>
      h("option", { value: name, selected: name === last.source, text: t(`source.${name}`) })));
    this.zone = h("input", { class: "field", id: "upload-tz", value: last.tz, spellcheck: "false" });
    this.checkButton = h("button", { class: "btn btn-strong grow", type: "button", id: "upload-check", onclick: () => this.#send(true) }, icon("search"), t("imports.check"));
    this.importButton = h("button", { class: "btn btn-quiet grow", type: "button", id: "upload-import", onclick: () => this.#send(false) }, icon("upload"), t("imports.import"));
    this.told = h("div", { id: "upload-told", "aria-live": "polite" });
    fill(byId("upload-panel"),
      h("h2", { text: t("imports.file") }),
      h("div", { class: "form-grid" },
        labelled("upload-file", t("imports.choose"), this.file, t("imports.file_help")),
        labelled("upload-columns", t("imports.columns"), this.columns, t("imports.columns_help")),
        h("div", {}, h("label", { for: "upload-source", text: t("imports.source") }), this.source),
        h("div", {}, h("label", { for: "upload-tz", text: t("imports.tz") }), this.zone)),
      h("div", { class: "foot-row" }, this.checkButton, this.importButton),
      this.told);
  }

  /** @param {boolean} checkOnly */
  async #send(checkOnly) {
    const file = this.file.files?.[0];
    if (!file) {
      this.#tellError(t("imports.no_file"), []);
      this.file.focus();
      return;
    }
    if (this.busy) return;
    this.#setBusy(true, t(checkOnly ? "imports.checking" : "imports.importing", { file: file.name }));
    remember("upload", { columns: this.columns.value, source: this.source.value, tz: this.zone.value });
    const query = new URLSearchParams({
      name: file.name, columns: this.columns.value.trim(), source: this.source.value, tz: this.zone.value.trim(), check: checkOnly ? "1" : "0",
    });
    try {
      const answer = await upload(`/imports/incidents?${query}`, file);
      fill(this.told);
      say(checkOnly ? t("imports.checked", { read: count(answer.read), kept: count(answer.kept) })
        : t("imports.imported", { added: count(answer.added), read: count(answer.read) }), "done");
      this.onDone();
    } catch (error) {
      this.#tellError(error instanceof Error ? error.message : String(error), error instanceof ApiError ? error.errors : []);
    } finally {
      this.#setBusy(false);
    }
  }

  /** @param {boolean} busy @param {string} [text] */
  #setBusy(busy, text = "") {
    this.busy = busy;
    this.checkButton.disabled = busy;
    this.importButton.disabled = busy;
    if (busy) fill(this.told, h("p", { class: "quiet" }, icon("loader-circle", "spin"), ` ${text}`));
  }

  /** @param {string} message @param {string[]} errors */
  #tellError(message, errors) {
    fill(this.told, h("div", { class: "form-error", role: "alert" }, icon("circle-alert"),
      h("div", {}, h("span", { text: message }), errors.length
        ? h("ul", {}, ...errors.slice(0, 8).map((line) => h("li", { text: line }))) : null)));
  }
}
