// Why a place is hot: the parts of its score, which sum to the whole.
import { h, icon } from "../dom.js";
import { count, decimal, finePercent } from "../format.js";
import { fact } from "../marks.js";
import { nameOf, t } from "../texts.js";
import { section } from "./card.js";

/** @param {string} id @param {import("./main.js").Desk} desk @returns {import("./card.js").CardContent | null} */
export function hotspotCard(id, desk) {
  const found = desk.hotspots.find(id);
  if (!found) return null;
  const parts = [...found.contributions].sort((a, b) => b.share - a.share);
  return {
    head: [icon("flame"), h("h2", { class: "grow clip", text: found.name || t("place.unnamed") })],
    body: h("div", { class: "card-body" },
      h("dl", { class: "facts" }, fact(t("hotspot.rank"), t("weights.rank", { n: found.rank })), ...evidenceFacts(found)),
      section(t("hotspot.reasons"), h("div", { class: "shares" }, ...parts.map((part) => shareRow(part))))),
  };
}

/** How hot, within which limits, and how many incidents say so.
 * @param {import("../types").HotspotProperties} found */
function evidenceFacts(found) {
  const evidence = found.evidence;
  if (!evidence) return [];
  const range = t("hotspot.range", { score: decimal(found.score), low: decimal(evidence.score_low), high: decimal(evidence.score_high) });
  return [
    fact(t("hotspot.score"), evidence.certainty === "set" ? t("hotspot.times", { n: decimal(found.score) }) : range),
    fact(t("hotspot.certainty"), t(`certainty.${evidence.certainty}`)),
    fact(t("hotspot.incidents"), evidence.newest_d === null ? count(evidence.incidents)
      : t("hotspot.incidents_n", { n: count(evidence.incidents), days: count(evidence.newest_d) })),
  ];
}

/** @param {{layer: string, kind: string, share: number}} part */
function shareRow(part) {
  const bar = h("i");
  bar.style.width = `${part.share * 100}%`;
  const name = part.layer === "incidents" ? nameOf("kind", part.kind) : nameOf("layer", part.layer);
  return h("div", { class: "share" }, h("span", { text: name }), h("div", { class: "bar" }, bar), h("span", { class: "num", text: finePercent(part.share) }));
}
