// A camera's card: its feed's state and since when, and what each rule counted in the last hours.
import { CountCharts } from "../camera_counts.js";
import { fill, h } from "../dom.js";
import { count, duration, fullTime } from "../format.js";
import { fact } from "../marks.js";
import { stateMark } from "../cameras/list.js";
import { t } from "../texts.js";
import { failed, section, waiting } from "./card.js";

const RELOAD_MS = 30_000;

/** @param {string} id @param {import("./main.js").Desk} desk @returns {import("./card.js").CardContent} */
export function cameraCard(id, desk) {
  const state = h("span");
  const facts = h("dl", { class: "facts" });
  const box = h("div", {}, waiting());
  const charts = new CountCharts(box, id, () => desk.store.nowMs(), () => desk.store.cameras.get(id)?.rules ?? []);

  const load = () => charts.load().catch((error) => {
    if (!charts.closed) fill(box, failed(error, load));
  });

  const refresh = () => {
    const camera = desk.store.cameras.get(id);
    if (!camera) return;
    fill(state, stateMark(camera.state, camera.enabled));
    fill(facts, fact(t("camera.since"), camera.since
      ? duration((desk.store.nowMs() - Date.parse(camera.since)) / 1000) : null, camera.since ? fullTime(camera.since) : ""),
    ...Object.entries(camera.last ?? {}).map(([rule, last]) =>
      fact(t("camera.last", { rule }), last.value === null ? t("camera.withheld") : count(last.value), t("camera.minute_from", { time: fullTime(last.start) }))));
    if (Date.now() - charts.loadedMs > RELOAD_MS) load();
  };

  refresh();
  return {
    head: [h("h2", { class: "grow clip", text: desk.store.cameras.get(id)?.name ?? id }), state],
    body: h("div", { class: "card-body" }, facts, section(t("camera.last_hours"), box),
      h("p", { class: "quiet small", text: t("camera.privacy") })),
    refresh,
    close: () => charts.close(),
  };
}
