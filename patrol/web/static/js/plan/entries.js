// What weighs when, in one form: campaigns, key sites, marks and survey answers as entries with days.
import { fine, percent } from "../format.js";
import { nameOf, t } from "../texts.js";

/** @typedef {"campaigns" | "sites" | "marks" | "survey"} What */
/** @typedef {"running" | "coming" | "ended" | "always"} State */
/** @typedef {{what: What, id: string, name: string, detail: string, effect: string, first: string | null, last: string | null,
 *   state: State, record: any}} Entry */
/** @typedef {{today: string, campaigns: any[], sites: any[], marks: any[], survey: any[], towns: {id: string, name: string}[],
 *   incident_kinds: string[], site_kinds: string[], safe_target_share: number}} Calendar */

/** @type {What[]} */
export const WHATS = ["campaigns", "marks", "sites", "survey"];
export const ICONS = { campaigns: "flag", sites: "school", marks: "map-pin", survey: "users" };

/** @param {string | null} first @param {string | null} last @param {string} today @returns {State} */
function stateOf(first, last, today) {
  if (first && first > today) return "coming";
  if (last && last < today) return "ended";
  return first || last ? "running" : "always";
}

/** @param {Calendar} calendar @returns {Entry[]} */
export function entriesOf(calendar) {
  const towns = new Map(calendar.towns.map((town) => [town.id, town.name]));
  const townName = (/** @type {string | null} */ id) => (id ? towns.get(id) ?? id : "");
  const { today } = calendar;
  /** @type {Entry[]} */
  const found = [];
  for (const one of calendar.campaigns) {
    const about = [...one.site_kinds.map((/** @type {string} */ kind) => nameOf("site_kind", kind)), ...one.incident_kinds.map((/** @type {string} */ kind) => nameOf("kind", kind)), ...one.town_ids.map(townName)];
    found.push({ what: "campaigns", id: one.id, name: one.name, detail: about.join(t("list.comma")) || t("calendar.everything"), effect: `×${fine(one.factor)}`,
      first: one.first, last: one.last, state: stateOf(one.first, one.last, today), record: one });
  }
  for (const one of calendar.marks) {
    found.push({ what: "marks", id: one.id, name: one.reason, detail: t("calendar.mark_detail", { radius: fine(one.radius_m), actor: one.actor || "–" }), effect: fine(one.weight),
      first: one.first, last: one.last, state: stateOf(one.first, one.last, today), record: one });
  }
  for (const one of calendar.sites) {
    found.push({ what: "sites", id: one.id, name: one.name, detail: [nameOf("site_kind", one.kind), townName(one.town_id), one.windows].filter(Boolean).join(" · "), effect: fine(one.weight),
      first: one.first, last: one.last, state: stateOf(one.first, one.last, today), record: one });
  }
  found.push(...surveyEntries(calendar, townName));
  return found;
}

/** An answer counts from its day until the town's next one. @param {Calendar} calendar @param {(id: string) => string} townName */
function surveyEntries(calendar, townName) {
  /** @type {Entry[]} */
  const found = [];
  for (const town of new Set(calendar.survey.map((one) => one.town_id))) {
    const mine = calendar.survey.filter((one) => one.town_id === town).sort((a, b) => a.on.localeCompare(b.on));
    mine.forEach((one, index) => {
      const next = mine[index + 1]?.on ?? null;
      const last = next ? addDays(next, -1) : null;
      const share = one.safe / one.asked;
      const short = Math.max(0, calendar.safe_target_share - share);
      found.push({ what: "survey", id: one.id, name: townName(town), detail: t("calendar.survey_detail", { safe: one.safe, asked: one.asked, on: one.on }),
        effect: percent(share), first: one.on, last, state: stateOf(one.on, last, calendar.today), record: { ...one, short } });
    });
  }
  return found.reverse();
}

/** @param {string} day  YYYY-MM-DD @param {number} days */
export function addDays(day, days) {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** @param {string} from @param {string} to */
export const daysBetween = (from, to) => Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);

/** The Monday of a day's week. @param {string} day */
export const mondayOf = (day) => addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));

/** From when to when, in words. @param {Entry} entry */
export function daysText(entry) {
  if (entry.state === "always") return t("calendar.always");
  if (!entry.last) return t("calendar.from", { first: entry.first ?? "" });
  if (!entry.first) return t("calendar.until", { last: entry.last });
  return `${entry.first} – ${entry.last}`;
}
