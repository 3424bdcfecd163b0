// Plans kept, and one of them in full: what it is worth, who goes where, what it leaves out.
import { get, post } from "../api.js";
import { may } from "../boot.js";
import { byId, fill, h, icon, renderList, setText } from "../dom.js";
import { clock, count, dayClock, decimal, distance, duration, finePercent, hoursMinutes, percent } from "../format.js";
import { modeMark, statusMark } from "../marks.js";
import { reasonWords } from "../reasons.js";
import { say, sayError } from "../shell.js";
import { nameOf, t } from "../texts.js";
import { qualityGroups } from "./quality.js";
import { basesGroup, whatIfGroup } from "./questions.js";
import { group } from "./weights.js";

/** @typedef {import("../types").Plan} Plan */
/** @typedef {import("../types").Route} Route */
/** @typedef {import("../types").PlanSummary} PlanSummary */
/** @typedef {import("../types").Plan["unserved"][number]} Unserved */

const CONFIRM_MS = 4_000;

export class PlansPanel {
  /** @param {import("../map/routes.js").RoutesOverlay} routes @param {(route: Route) => void} showRoute */
  constructor(routes, showRoute) {
    this.routes = routes;
    this.showRoute = showRoute;
    /** @type {PlanSummary[]} */
    this.plans = [];
    /** @type {Plan | null} */
    this.plan = null;
    /** @type {string | null} */
    this.unit = null;
    /** The plan in the panel. @type {string | null} */
    this.drawn = null;
    /** Questions about a plan outlive redraws: choosing a unit must not lose an answer.
     * @type {{planId: string, groups: HTMLElement[]} | null} */
    this.asked = null;
    /** Names of units, for a plan speaks of ids. @type {Map<string, string>} */
    this.names = new Map();
  }

  async load() {
    const list = byId("plans-list");
    try {
      this.plans = (await get("/plans")).plans;
    } catch (error) {
      sayError(error);
    }
    list.setAttribute("aria-busy", "false");
    byId("plans-empty").hidden = this.plans.length > 0;
    list.hidden = this.plans.length === 0;
    this.#drawList();
    // Re-plans belong to the desk; the newest plan of a planner's own is what one comes here for.
    const first = this.plans.find((one) => !one.replan || one.replan === "running") ?? this.plans[0];
    if (!this.plan && first) await this.open(first.id);
    else if (!this.plan) this.#drawResult();
  }

  #drawList() {
    renderList(byId("plans-list"), this.plans, (one) => one.id, (one) => h("button", {
      class: "row-item plan-row", type: "button", onclick: () => this.open(one.id),
    }, h("span", { class: "grow" }, h("span", { class: "row-head d-flex justify-content-between" }, h("span", { class: "row-title" }), h("span", { class: "state" })),
      h("span", { class: "row-sub" }, h("span", { class: "made" }), h("b", { class: "covered nowrap" })))), (row, one) => {
      row.setAttribute("aria-current", String(one.id === this.plan?.id));
      setText(/** @type {Element} */ (row.querySelector(".row-title")), `${one.on} ${nameOf("shift", one.shift)}`);
      fill(/** @type {Element} */ (row.querySelector(".state")), statusMark(one.status, "plan_status"));
      setText(/** @type {Element} */ (row.querySelector(".made")), madeText(one));
      setText(/** @type {Element} */ (row.querySelector(".covered")), finePercent(one.coverage_share));
    });
  }

  /** @param {string} id */
  async open(id) {
    try {
      const answer = await get(`/plans/${encodeURIComponent(id)}`);
      this.plan = answer.plan ?? answer;
      this.unit = null;
      this.#drawList();
      this.routes.setRoutes(this.plan?.routes ?? []);
      this.routes.select(null);
      this.#drawResult();
    } catch (error) {
      sayError(error);
    }
  }

  /** @param {string | null} unitId */
  chooseUnit(unitId) {
    this.unit = unitId;
    this.routes.select(unitId);
    const route = this.plan?.routes.find((one) => one.unit_id === unitId);
    if (route) this.showRoute(route);
    this.#drawResult();
  }

  #drawResult() {
    const box = byId("result-plans");
    const plan = this.plan;
    if (!plan) {
      fill(box, h("p", { class: "empty" }, icon("route"), h("span", { text: t("plans.none") })));
      return;
    }
    // Another plan is read from its head; only the same one stays where it was.
    const scroll = this.drawn === plan.id ? box.querySelector(".result-scroll")?.scrollTop ?? 0 : 0;
    this.drawn = plan.id;
    fill(box, h("div", { class: "result-scroll" }, this.#head(plan), this.#table(plan), this.#shares(plan),
      ...qualityGroups(plan), ...this.#questions(plan), unservedGroup(plan)));
    const fresh = box.querySelector(".result-scroll");
    if (fresh) fresh.scrollTop = scroll;
  }

  /** @param {Plan} plan */
  #questions(plan) {
    if (!may("plan.make")) return [];
    if (this.asked?.planId !== plan.id) this.asked = { planId: plan.id, groups: [whatIfGroup(plan, this.names), basesGroup(plan, this.names)] };
    return this.asked.groups;
  }

  /** @param {Plan} plan */
  #head(plan) {
    const meters = plan.routes.reduce((sum, route) => sum + routeMeters(route), 0);
    const visits = plan.routes.reduce((sum, route) => sum + route.visits.length, 0);
    const gap = plan.bound > 0 ? 1 - plan.value / plan.bound : null;
    const figure = (/** @type {string} */ label, /** @type {string} */ value, /** @type {string} */ small = "") =>
      h("div", {}, h("dt", { text: label }), h("dd", {}, value, small ? h("small", { text: small }) : null));
    return h("div", { class: "result-head" },
      h("div", { class: "foot-row" }, h("h2", { class: "grow", text: `${plan.on} ${nameOf("shift", plan.shift)}` }), statusMark(plan.status, "plan_status")),
      h("dl", { class: "figures" },
        figure(t("plans.coverage"), finePercent(plan.coverage_share)),
        figure(t("plans.value"), decimal(plan.value)),
        figure(t("plans.bound"), plan.bound > 0 ? decimal(plan.bound) : "–", gap === null ? "" : t("plans.gap", { gap: finePercent(Math.max(0, gap)) })),
        figure(t("plans.units"), count(plan.routes.length)),
        figure(t("plans.visits"), count(visits)),
        figure(t("plans.distance"), distance(meters))),
      verdictLine(plan), ...leftOutLines(plan), boundLine(plan), passesLine(plan),
      h("div", { class: "card-actions" },
        plan.status === "draft" && may("plan.publish") ? this.#publishButton(plan) : null,
        h("a", { class: "btn btn-quiet", href: `/api/v1/plans/${encodeURIComponent(plan.id)}.geojson`, download: `${plan.id}.geojson` }, icon("download"), "GeoJSON")),
      h("p", { class: "quiet small", text: t("plans.engine_line", { engine: t(`engine.${plan.engine}`), seed: plan.seed, time: dayClock(plan.made) }) }));
  }

  /** Publishing sends routes to every phone, so the button asks once, in its own place. @param {Plan} plan */
  #publishButton(plan) {
    let asked = false;
    // A plan that breaks a rule can still be the best there is; it is just not offered as the next step.
    const sound = !plan.verdict.broken.length;
    const button = h("button", { class: `btn ${sound ? "btn-strong" : "btn-quiet"}`, type: "button", id: "plan-publish" }, icon("send"), t("plans.publish"));
    button.addEventListener("click", async () => {
      if (!asked) {
        asked = true;
        fill(button, icon("send"), t("plans.publish_sure"));
        setTimeout(() => {
          asked = false;
          fill(button, icon("send"), t("plans.publish"));
        }, CONFIRM_MS);
        return;
      }
      button.disabled = true;
      try {
        await post(`/plans/${encodeURIComponent(plan.id)}/publish`);
        say(t("plans.published"), "done");
        await this.load();
        await this.open(plan.id);
      } catch (error) {
        button.disabled = false;
        sayError(error);
      }
    });
    return button;
  }

  /** @param {Plan} plan */
  #table(plan) {
    const head = ["unit", "stops", "way", "moving", "dwelling"].map((name) => h("th", { scope: "col", text: t(`plans.col_${name}`) }));
    const rows = plan.routes.flatMap((route) => {
      const chosen = route.unit_id === this.unit;
      const choose = () => this.chooseUnit(chosen ? null : route.unit_id);
      const moving = route.visits.reduce((sum, visit) => sum + visit.leg.travel_s, 0) + route.back.travel_s;
      const dwelling = route.visits.reduce((sum, visit) => sum + visit.dwell_s, 0);
      const name = this.names.get(route.unit_id) ?? route.unit_id;
      const row = h("tr", {
        "aria-selected": String(chosen), tabindex: 0, onclick: choose,
        onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === "Enter") choose(); },
      },
      h("td", {}, h("span", { class: "unit-cell" }, modeMark(route.mode), name)),
      h("td", { text: String(route.visits.length) }), h("td", { text: distance(routeMeters(route)) }),
      h("td", { text: hoursMinutes(moving) }), h("td", { text: hoursMinutes(dwelling) }));
      return chosen ? [row, this.#stops(plan, route)] : [row];
    });
    return h("table", { class: "table-units" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
  }

  /** @param {Plan} plan @param {Route} route */
  #stops(plan, route) {
    const gpx = `/api/v1/plans/${encodeURIComponent(plan.id)}/routes/${encodeURIComponent(route.unit_id)}.gpx`;
    const stops = h("ol", { class: "stops" }, ...route.visits.map((visit, index) => h("li", {},
      h("span", { class: "stop-n", text: String(index + 1) }),
      h("span", { class: "text-start text-wrap", text: visit.name || t("place.unnamed") }, h("small", { class: "quiet d-block", text: reasonWords(visit.reason ?? "") }),
        h("small", { class: "quiet d-block num text-start", text: t("reason.lost", { value: decimal(visit.value), share: finePercent(plan.value > 0 ? visit.value / plan.value : 0) }) })),
      h("span", {}, clock(visit.arrive), h("span", { class: "quiet" }, ` ${duration(visit.dwell_s)}`)))));
    const rest = route.rest
      ? h("p", { class: "quiet text-start", text: t("plans.rest", { time: clock(route.rest.start), for: duration(route.rest.length_s) }) }) : null;
    return h("tr", {}, h("td", { colspan: 5, class: "p-0" }, h("div", { class: "route-stops-list" }, stops, rest,
      h("a", { class: "btn btn-sm btn-quiet", href: gpx, download: `${route.unit_id}.gpx` }, icon("download"), "GPX"))));
  }

  /** @param {Plan} plan */
  #shares(plan) {
    // Towns and modes each sum to 1, so they stand apart.
    const entries = ["town", "mode"].flatMap((kind) => Object.entries(plan.shares ?? {})
      .filter(([key]) => key.startsWith(`${kind}:`)).sort((a, b) => b[1] - a[1]));
    if (!entries.length) return null;
    const firstMode = entries.findIndex(([key]) => key.startsWith("mode:"));
    return group(t("plans.shares"), h("div", { class: "shares" }, ...entries.map(([key, share], index) => {
      const [kind, name] = key.split(":");
      const bar = h("i");
      bar.style.width = `${Math.min(1, share) * 100}%`;
      return h("div", { class: index > 0 && index === firstMode ? "share mt-2" : "share" }, h("span", { class: "clip", text: kind === "mode" ? nameOf("mode", name) : townName(plan, name) }),
        h("div", { class: "bar" }, bar), h("span", { class: "num", text: percent(share) }));
    })));
  }
}

/** @param {Plan} plan @param {string} id */
const townName = (plan, id) => plan.towns?.[id] ?? (id || t("plans.no_town"));

/** When it was made and how large it is; re-plans say so. @param {PlanSummary} one */
function madeText(one) {
  const text = t("plans.made", { time: dayClock(one.made), units: one.units, visits: one.visits });
  return one.replan ? `${t(`plans.replan_${one.replan}`)} · ${text}` : text;
}

/** @param {Route} route */
const routeMeters = (route) =>
  route.visits.reduce((sum, visit) => sum + visit.leg.distance_m, 0) + route.back.distance_m;

/** What the independent checker said. @param {Plan} plan */
function verdictLine(plan) {
  const broken = plan.verdict?.broken ?? [];
  if (!broken.length) return h("p", { class: "verdict", "data-status": "good" }, icon("circle-check"), t("plans.verdict_ok"));
  return h("div", { class: "verdict", "data-status": "bad" }, icon("circle-x"), h("div", {}, t("plans.verdict_broken", { n: broken.length }),
    h("ul", {}, ...broken.slice(0, 8).map((text) => h("li", { text })))));
}

/** Where the bound comes from and why it is loose; re-plans have none. @param {Plan} plan */
function boundLine(plan) {
  const method = plan.quality?.bound.method;
  if (!(plan.bound > 0) || !method) return null;
  return h("p", { class: "quiet small", text: t(method === "time" ? "plans.bound_time" : "plans.bound_prices") });
}

/** What is seen on the way, which is not part of the plan's value. @param {Plan} plan */
function passesLine(plan) {
  const note = plan.quality?.passes;
  if (!note) return null;
  const share = plan.value > 0 ? note.value / plan.value : 0;
  return h("p", { class: "quiet small", text: t("plans.passes", { n: count(note.passes), places: count(note.places), min: note.cover_min, value: decimal(note.value), share: finePercent(share) }) });
}

/** Units that the plan had to do without. @param {Plan} plan */
function leftOutLines(plan) {
  return (plan.left_out ?? []).map((one) => h("p", { class: "form-error" }, icon("triangle-alert"),
    h("span", { text: t("plans.left_out", { unit: one.name || one.unit_id, reason: nameOf("reason", one.reason) }) })));
}

/** @param {Unserved} one */
const isSite = (one) => one.hotspot_id.startsWith("site:");

/** Why nobody is there, with the window where there is one. @param {Unserved} one */
const unservedWords = (one) => [isSite(one) ? nameOf("layer", "sites") : "", one.window?.replace("-", "–"), nameOf("reason", one.reason)].filter(Boolean).join(" · ");

/** @param {string} name @param {string} why */
const unservedRow = (name, why) => h("li", {}, h("b", { text: name }), h("span", { class: "quiet d-block", text: why }));

/** A long street is many places: one line for all that lack the same. @param {Plan} plan */
function unservedStreets(plan) {
  /** @type {Map<string, {name: string, why: string, n: number}>} */
  const found = new Map();
  for (const one of plan.unserved.filter((each) => !isSite(each))) {
    const row = { name: one.name || t("place.unnamed"), why: unservedWords(one), n: 0 };
    const key = `${row.name}\n${row.why}`;
    found.set(key, found.get(key) ?? row);
    /** @type {{n: number}} */ (found.get(key)).n += 1;
  }
  return [...found.values()].map((row) => unservedRow(row.n > 1 ? `${row.name} × ${row.n}` : row.name, row.why));
}

/** @param {Plan} plan */
function unservedGroup(plan) {
  const title = t("plans.unserved", { n: plan.unserved.length });
  if (!plan.unserved.length) return group(title, h("p", { class: "quiet", text: t("plans.all_served") }));
  // Somebody waits at a key site, so these come first, whatever the reason.
  return group(title, h("ul", { class: "unserved" },
    ...plan.unserved.filter(isSite).map((one) => unservedRow(one.name || t("place.unnamed"), unservedWords(one))), ...unservedStreets(plan)));
}
