// The planner's figure of "the whole course covered": which streets cameras and patrols see, by town.
import { get } from "../api.js";
import { failed, waiting } from "../dispatch/card.js";
import { byId, fill, h, icon } from "../dom.js";
import { count, finePercent } from "../format.js";
import { SEEN_BY, coverageColor } from "../map/coverage.js";
import { t } from "../texts.js";
import { isDark, onTheme } from "../theme.js";

/** @typedef {import("../types").TownCoverage} TownCoverage */
/** @typedef {import("../types").Coverage} Coverage */

const DAYS = [1, 7, 30];

/** @param {number} meters */
const km = (meters) => t("measure.km", { n: count(meters / 1000) });

export class CoveragePanel {
  /** @param {HTMLElement} box @param {import("../map/coverage.js").CoverageOverlay} overlay */
  constructor(box, overlay) {
    this.box = box;
    this.overlay = overlay;
    this.body = h("div", { class: "list side-body", id: "coverage-body" });
    this.days = h("select", { class: "form-select", id: "coverage-days", onchange: () => this.load() },
      ...DAYS.map((days) => h("option", { value: days, text: t("coverage.days", { n: days }) })));
    this.days.value = "7";
    this.by = h("select", { class: "form-select", id: "coverage-by", onchange: () => this.load() },
      ...["plan", "passes"].map((by) => h("option", { value: by, text: t(`coverage.by_${by}`) })));
    fill(box, h("div", { class: "side-form" }, h("div", { class: "form-grid" },
      h("div", {}, h("label", { for: "coverage-by", text: t("coverage.by") }), this.by),
      h("div", {}, h("label", { for: "coverage-days", text: t("coverage.period") }), this.days))), this.body);
    this.asked = 0;
    this.opened = false;
    onTheme(() => this.#drawLegend());
  }

  open() {
    this.overlay.show(true);
    this.#drawLegend();
    byId("coverage-legend").hidden = false;
    if (!this.opened) this.load();
    this.opened = true;
  }

  close() {
    this.overlay.show(false);
    byId("coverage-legend").hidden = true;
  }

  async load() {
    const asked = ++this.asked;
    fill(this.body, h("div", { class: "card-body" }, waiting()));
    const query = `days=${this.days.value}&by=${this.by.value}`;
    try {
      const found = /** @type {Coverage} */ (await get(`/coverage?${query}`));
      if (asked !== this.asked) return;
      this.#draw(found);
      const layer = await get(`/coverage.geojson?${query}`);
      if (asked === this.asked) this.overlay.setData(layer);
    } catch (error) {
      if (asked === this.asked) fill(this.body, h("div", { class: "card-body" }, failed(error, () => this.load())));
    }
  }

  /** @param {Coverage} found */
  #draw(found) {
    const county = /** @type {TownCoverage} */ (found.towns.find((town) => town.town_id === null));
    fill(this.body,
      h("div", { class: "coverage-head" }, h("span", { class: "coverage-share", text: finePercent(county.seen_share) }),
        h("span", { class: "quiet", text: t("coverage.seen_of", { km: km(county.street_m) }) })),
      bar(county),
      found.cameras_without_heading ? h("p", { class: "form-error" }, icon("circle-alert"),
        h("span", { text: t("coverage.no_heading", { n: found.cameras_without_heading, all: found.cameras }) })) : null,
      h("table", { class: "table-units coverage-table" },
        h("thead", {}, h("tr", {}, h("th", { text: t("coverage.town") }), ...SEEN_BY.map((name) => h("th", { text: t(`coverage.${name}`) })), h("th", { text: t("coverage.seen") }))),
        h("tbody", {}, ...found.towns.map((town) => h("tr", { class: town.town_id === null ? "sum" : "" },
          h("td", {}, h("b", { text: town.name || t("coverage.county") }), h("div", { class: "quiet small", text: km(town.street_m) })),
          ...SEEN_BY.map((name) => h("td", { title: km(town[`${name}_m`]), text: finePercent(town[`${name}_share`]) })),
          h("td", {}, h("b", { text: finePercent(town.seen_share) })))))),
      h("p", { class: "quiet small coverage-note", text: t(found.by === "plan" ? "coverage.note_plan" : "coverage.note_passes", { n: found.by === "plan" ? found.plans : found.stops }) }));
  }

  #drawLegend() {
    fill(byId("coverage-legend"), ...SEEN_BY.map((name) => {
      const key = h("i", { class: "coverage-key", "data-seen": name });
      key.style.borderTopColor = coverageColor(name, isDark());
      return h("span", { class: "legend-item" }, key, t(`coverage.${name}`));
    }));
  }
}

/** The county in one bar; widths by script, as the policy refuses style attributes.
 * @param {TownCoverage} town */
function bar(town) {
  return h("div", { class: "coverage-bar", role: "img", "aria-label": SEEN_BY.map((name) => `${t(`coverage.${name}`)} ${finePercent(town[`${name}_share`])}`).join(t("list.comma")) },
    ...SEEN_BY.map((name) => {
      const part = h("i", { "data-seen": name, title: `${t(`coverage.${name}`)} ${finePercent(town[`${name}_share`])}` });
      part.style.width = `${town[`${name}_share`] * 100}%`;
      return part;
    }));
}
