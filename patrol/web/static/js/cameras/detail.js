// One camera beside the map: its state and counts, what the inventory says, and what can be done.
import { get, post } from "../api.js";
import { may } from "../boot.js";
import { CountCharts } from "../camera_counts.js";
import { failed, section, waiting } from "../dispatch/card.js";
import { fill, h, icon } from "../dom.js";
import { count, duration, fine, fullTime } from "../format.js";
import { fact } from "../marks.js";
import { say, sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { pastAlerts } from "./past_alerts.js";
import { stateMark } from "./list.js";

/** @typedef {import("../types").CameraDetail} CameraDetail */

const RELOAD_MS = 30_000;

export class CameraDetailView {
  /** @param {HTMLElement} box @param {import("./main.js").CamerasPage} page */
  constructor(box, page) {
    this.box = box;
    this.page = page;
    /** @type {CameraDetail | null} */
    this.camera = null;
    /** @type {CountCharts | null} */
    this.charts = null;
    this.head = h("span", { class: "nowrap" });
    this.last = h("dl", { class: "facts" });
    setInterval(() => this.refresh(), 1_000);
  }

  /** @param {string} id */
  async show(id) {
    this.close();
    fill(this.box, h("div", { class: "card-body" }, waiting()));
    try {
      const answer = await get(`/cameras/${encodeURIComponent(id)}`);
      if (this.page.chosen !== id || this.page.editing) return;
      this.put(answer.camera);
    } catch (error) {
      fill(this.box, h("div", { class: "card-body" }, failed(error, () => this.show(id))));
    }
  }

  /** @param {CameraDetail} camera */
  put(camera) {
    this.close();
    this.camera = camera;
    const counts = h("div", {}, waiting());
    const charts = new CountCharts(counts, camera.id, () => this.page.store.nowMs(), () => camera.rules);
    this.charts = charts;
    fill(this.box,
      h("header", { class: "card-head" }, h("span", { class: "grow" }, h("h2", { class: "clip", text: camera.name }),
        h("span", { class: "row-sub", text: camera.id })), this.head),
      h("div", { class: "card-body result-scroll" },
        may("camera.edit") ? this.#actions(camera) : null,
        this.last,
        section(t("camera.last_hours"), counts, countsLink(camera)),
        section(t("rules.title"), ruleList(camera)),
        may("map.see") ? section(t("alerts.past"), pastAlerts(camera.id)) : null,
        section(t("cameras.about"), aboutList(camera, this.page.list.towns)),
        h("p", { class: "quiet small", text: t("camera.privacy") })));
    this.refresh();
  }

  /** @param {CameraDetail} camera */
  #actions(camera) {
    const toggle = h("button", { class: "btn btn-sm btn-quiet", type: "button", id: "camera-switch" },
      icon(camera.enabled ? "ban" : "play"), t(camera.enabled ? "cameras.disable" : "cameras.enable"));
    toggle.addEventListener("click", async () => {
      toggle.disabled = true;
      try {
        const answer = await post(`/cameras/${encodeURIComponent(camera.id)}/switch`, { enabled: !camera.enabled });
        say(t(camera.enabled ? "cameras.disabled" : "cameras.enabled", { name: camera.name }), "done");
        this.put(answer.camera);
      } catch (error) {
        toggle.disabled = false;
        sayError(error);
      }
    });
    return h("div", { class: "card-actions" },
      h("button", { class: "btn btn-sm btn-strong", type: "button", id: "camera-draw", onclick: () => this.page.drawRules(camera) },
        icon("pencil-ruler"), t("rules.draw"), h("kbd", { text: "r" })),
      h("button", { class: "btn btn-sm btn-quiet", type: "button", id: "camera-edit", onclick: () => this.page.edit(camera) },
        icon("pencil"), t("cameras.edit"), h("kbd", { text: "e" })),
      toggle);
  }

  /** State and newest counts, as the live line has them. */
  refresh() {
    const camera = this.camera && this.page.store.cameras.get(this.camera.id);
    if (!camera) return;
    const since = camera.since ? duration((this.page.store.nowMs() - Date.parse(camera.since)) / 1000) : "";
    fill(this.head, stateMark(camera.state, camera.enabled), since ? h("span", { class: "row-sub", text: ` ${since}`, title: camera.since ? fullTime(camera.since) : "" }) : null);
    fill(this.last, ...Object.entries(camera.last ?? {}).map(([rule, last]) =>
      fact(t("camera.last", { rule }), last.value === null ? t("camera.withheld") : count(last.value), t("camera.minute_from", { time: fullTime(last.start) }))));
    const charts = this.charts;
    if (charts && Date.now() - charts.loadedMs > RELOAD_MS) {
      charts.load().catch((error) => { if (!charts.closed) fill(charts.box, failed(error, () => charts.load())); });
    }
  }

  close() {
    this.charts?.close();
    this.charts = null;
    this.camera = null;
  }
}

/** A week of counts by five minutes, as a spreadsheet reads them. @param {CameraDetail} camera */
function countsLink(camera) {
  if (!may("report.see") && !may("camera.edit")) return null;
  const href = `/api/v1/cameras/${encodeURIComponent(camera.id)}/counts.csv?minutes=10080`;
  return h("a", { class: "btn btn-sm btn-quiet", href, download: `${camera.id}.csv` }, icon("download"), t("cameras.counts_csv"));
}

/** @param {CameraDetail} camera */
function ruleList(camera) {
  if (!camera.rules.length) return h("p", { class: "quiet", text: t("rules.none") });
  return h("ul", { class: "rule-list" }, ...camera.rules.map((rule) =>
    h("li", {}, h("b", { text: rule.name }), h("span", { class: "quiet", text: ruleText(rule) }))));
}

/** What a rule says, in a line. @param {import("../types").DrawnRule} rule */
export function ruleText(rule) {
  const kind = nameOf("rule_kind", rule.kind);
  if (rule.kind === "crowding") return `${kind} · ${t("rules.over_n", { n: rule.over ?? 0 })} · ${duration(rule.lasting_s ?? 0)}`;
  if (rule.lasting_s) return `${kind} · ${duration(rule.lasting_s)}`;
  if (rule.direction) return `${kind} · ${nameOf("direction", rule.direction)}`;
  return kind;
}

/** Over the whole row: an address broken anywhere is hard to read. @param {HTMLElement | null} element */
function wide(element) {
  element?.classList.add("wide");
  return element;
}

/** @param {CameraDetail} camera @param {Map<string, string>} towns */
function aboutList(camera, towns) {
  const degrees = (/** @type {number | null | undefined} */ value) => (value === null || value === undefined ? null : t("measure.deg", { n: fine(value) }));
  return h("dl", { class: "facts" },
    fact(t("cameras.town"), towns.get(camera.town_id ?? "") ?? t("cameras.no_town")),
    fact(t("cameras.owner"), nameOf("camera_owner", camera.owner)),
    fact(t("cameras.heading"), degrees(camera.heading_deg)),
    fact(t("cameras.fov"), degrees(camera.fov_deg)),
    fact(t("cameras.range"), camera.range_m ? t("measure.m", { n: count(camera.range_m) }) : null),
    fact(t("cameras.schedule"), camera.schedule || t("cameras.always")),
    fact(t("cameras.tags"), camera.tags.join(t("list.comma"))),
    fact(t("cameras.size"), camera.width_px ? `${camera.width_px} × ${camera.height_px}` : null),
    wide(fact(t("cameras.url"), camera.url)),
    fact(t("cameras.secret"), camera.secret ? `${camera.secret}${camera.secret_known ? "" : ` (${t("cameras.secret_unknown")})`}` : null));
}
