// The officer's page. It works from what it has: every action goes through the outbox, the route is
// kept for the next start, and the live line only makes news faster.
import { ApiError, get } from "../api.js";
import { me } from "../boot.js";
import { byId, fill, setText } from "../dom.js";
import { Link } from "../live.js";
import { CountyMap, collection, setSource } from "../map/create.js";
import { IncidentsOverlay } from "../map/incidents.js";
import { palette } from "../map/palette.js";
import { RoutesOverlay } from "../map/routes.js";
import { modeMark } from "../marks.js";
import { recall, remember } from "../memory.js";
import { say, startShell } from "../shell.js";
import { Store } from "../store.js";
import { t } from "../texts.js";
import { drawAssignment } from "./assignment.js";
import { drawMore } from "./more.js";
import { drawNext } from "./next_card.js";
import { drawNotice } from "./notice.js";
import { Outbox } from "./outbox.js";
import { Positions } from "./positions.js";
import { drawPlace, drawReport } from "./report.js";
import { bindSos, drawSos } from "./sos.js";
import { drawStops } from "./stops.js";

/** @typedef {import("../types").MyRoute} MyRoute */

const RELOAD_MS = 30_000;
const CLOSE_ZOOM = 16.5;
// The name that phone/worker.js keeps the page under.
const KEPT_PAGE = "patrol-phone-page";

export class PhonePage {
  constructor() {
    this.store = new Store();
    startShell(() => this.nowMs());
    /** @type {MyRoute | null} */
    this.route = recall(`route.${me.unit_id}`, /** @type {MyRoute | null} */ (null));
    /** Visits (by index) checked in here that the server may not know yet, of which plan.
     * A hotspot may come twice in a shift, so its id alone does not tell.
     * @type {{plan: string | null, visits: number[]}} */
    this.doneHere = recall(`done.${me.unit_id}`, { plan: /** @type {string | null} */ (null), visits: /** @type {number[]} */ ([]) });
    /** Why there is no route yet. */
    this.problem = "";
    /** A stop the officer picked instead of the next one. @type {number | null} */
    this.picked = null;
    /** What was pressed and is on its way. @type {Record<string, string>} */
    this.steps = {};
    this.framed = false;
    /** @type {import("../types").UnitStatus | null} */
    this.statusHere = null;
    this.outbox = new Outbox((entry, error) => this.#sent(entry, error));
    this.positions = new Positions((fix) => this.outbox.addFix(fix));
    this.countyMap = new CountyMap(byId("map"), { compact: true });
    this.map = this.countyMap.map;
    this.routes = new RoutesOverlay(this.countyMap);
    this.incidents = new IncidentsOverlay(this.countyMap, this.store);
    this.countyMap.join(this);
    this.link = new Link(this.store);
    this.#wire();
    this.draw();
    this.reload();
    this.positions.start();
    // Without HTTPS there is no service worker; the page then needs a line to open.
    navigator.serviceWorker?.register("/phone-worker.js", { scope: "/" }).catch(() => null);
  }

  nowMs() {
    return this.store.nowMs();
  }

  #wire() {
    byId("phone-tabs").addEventListener("click", (event) => {
      const pane = event.target instanceof Element ? event.target.closest("button")?.dataset.pane : null;
      if (pane) this.showPane(pane);
    });
    byId("map-here").addEventListener("click", () => {
      if (this.positions.here) this.showOnMap(this.positions.here);
    });
    document.querySelector('form[action="/signout"]')?.addEventListener("submit", () => this.#forget());
    bindSos(() => this.setStatus("sos"));
    this.store.on(["incidents", "plan"], () => this.reload());
    this.store.on(["units"], () => this.#drawState());
    this.link.onChange(() => this.#drawLink());
    this.outbox.onChange(() => {
      this.#drawLink();
      this.#drawState();
    });
    this.positions.onChange(() => this.#moved());
    setInterval(() => this.reload(), RELOAD_MS);
    setInterval(() => {
      drawNext(this);
      drawAssignment(this);
    }, 10_000);
    drawReport(this);
  }

  /** Signing out leaves nothing of the person on the phone but what is still to be sent. */
  #forget() {
    remember(`route.${me.unit_id}`, null);
    remember(`done.${me.unit_id}`, { plan: null, visits: [] });
    globalThis.caches?.delete(KEPT_PAGE);
  }

  async reload() {
    try {
      const answer = /** @type {MyRoute} */ (await get("/my/route"));
      this.route = answer;
      remember(`route.${me.unit_id}`, answer);
      const kept = this.doneHere.plan === answer.plan_id ? this.doneHere.visits : [];
      this.doneHere = { plan: answer.plan_id, visits: kept.filter((index) => !answer.done_index.includes(index)) };
      remember(`done.${me.unit_id}`, this.doneHere);
      this.draw();
    } catch (error) {
      // Without a line the kept route stands; only a refusal is worth words.
      const refused = error instanceof ApiError && error.status !== 0;
      this.problem = error instanceof Error ? error.message : "";
      if (!this.route) drawNext(this);
      else if (refused) say(this.problem, "failed");
    }
  }

  /** @param {number} index */
  isDone(index) {
    return this.doneHere.visits.includes(index) || (this.route?.done_index.includes(index) ?? false);
  }

  /** The stop that is shown large: the picked one, else the first after the last one done. */
  nextIndex() {
    const count = this.route?.route?.visits.length ?? 0;
    if (this.picked !== null && this.picked < count && !this.isDone(this.picked)) return this.picked;
    const all = Array.from({ length: count }, (_, index) => index);
    const last = all.filter((index) => this.isDone(index)).pop() ?? -1;
    return all.find((index) => index > last) ?? all.find((index) => !this.isDone(index)) ?? count;
  }

  /** Go to another stop than the next one, or back to it. @param {number} index */
  pick(index) {
    this.picked = this.picked === index ? null : index;
    this.draw();
  }

  assignment() {
    const sent = this.route?.assignment ?? null;
    if (!sent || sent.ended || this.steps[sent.id] === "finish") return null;
    const step = this.steps[sent.id];
    const now = new Date(this.nowMs()).toISOString();
    if (step === "arrive") return { ...sent, accepted: sent.accepted ?? now, arrived: sent.arrived ?? now };
    return step === "accept" ? { ...sent, accepted: sent.accepted ?? now } : sent;
  }

  /** @returns {import("../types").UnitStatus} */
  status() {
    const live = me.unit_id ? this.store.units.get(me.unit_id)?.status : undefined;
    return this.statusHere ?? live ?? this.route?.status ?? "off";
  }

  /** @param {import("../types").Visit} visit @param {number} index */
  checkIn(visit, index) {
    this.doneHere = { plan: this.route?.plan_id ?? null, visits: [...this.doneHere.visits, index] };
    this.picked = null;
    remember(`done.${me.unit_id}`, this.doneHere);
    this.outbox.add("checkin", "/my/checkin", (key) => ({ hotspot_id: visit.hotspot_id, time: new Date(this.nowMs()).toISOString(), key }));
    navigator.vibrate?.(40);
    say(t("phone.checked_in", { name: visit.name || t("place.unnamed") }), "done");
    this.draw();
  }

  /** @param {"patrol" | "break" | "off" | "sos"} status */
  setStatus(status) {
    this.statusHere = status;
    this.outbox.add("status", "/my/status", () => ({ status }));
    this.#drawState();
  }

  /** @param {NonNullable<MyRoute["assignment"]>} sent @param {"accept" | "arrive" | "finish"} step */
  takeStep(sent, step) {
    this.steps[sent.id] = step;
    this.outbox.add(step, `/assignments/${encodeURIComponent(sent.id)}/${step}`, () => ({}));
    drawAssignment(this);
  }

  /** @param {import("./outbox.js").Entry} entry @param {ApiError | null} error */
  #sent(entry, error) {
    if (entry.what === "status") this.statusHere = null;
    if (error) {
      say(`${t(`outbox.${entry.what}`)}: ${error.message}`, "failed");
      this.steps = {};
    }
    this.reload();
  }

  draw() {
    const unit = this.route?.unit;
    if (unit) fill(byId("phone-unit"), modeMark(unit.mode, this.status()), unit.name);
    drawNext(this);
    drawStops(this);
    drawAssignment(this);
    this.#drawState();
    this.#drawLink();
    if (this.route?.route) {
      this.routes.setRoutes([this.route.route]);
      this.routes.select(this.route.route.unit_id, { done: [...this.route.done_index, ...this.doneHere.visits], next: this.nextIndex() });
    }
  }

  #drawState() {
    drawMore(this);
    drawSos(this.status() === "sos", !this.outbox.entries.some((entry) => entry.what === "status"), () => this.setStatus("patrol"));
  }

  #drawLink() {
    const waits = this.outbox.entries.length + (this.outbox.fixes.length > 3 ? 1 : 0);
    const online = this.link.state === "live" || this.outbox.reached;
    const box = byId("phone-link");
    box.dataset.state = online ? "live" : "offline";
    const text = online ? t("phone.online") : t("phone.offline");
    setText(byId("phone-link-text"), waits ? t("phone.link_waits", { state: text, n: this.outbox.entries.length + this.outbox.fixes.length }) : text);
    drawNotice(this);
  }

  #moved() {
    drawNext(this);
    drawPlace(this);
    drawNotice(this);
    this.#drawHere();
  }

  /** The officer's own place on the map. @param {boolean} dark */
  add(dark) {
    const p = palette(dark);
    this.map.addSource("here", { type: "geojson", data: collection([]) });
    this.map.addLayer({ id: "here", type: "circle", source: "here", paint: {
      "circle-radius": 8, "circle-color": p.status.enroute, "circle-stroke-color": p.panel, "circle-stroke-width": 3,
    } });
    this.#drawHere();
  }

  #drawHere() {
    const here = this.positions.here;
    setSource(this.map, "here", collection(here ? [{ type: "Feature", geometry: { type: "Point", coordinates: [here.lon, here.lat] }, properties: {} }] : []));
  }

  /** @param {{lon: number, lat: number}} place */
  showOnMap(place) {
    this.framed = true;
    this.showPane("map");
    this.map.easeTo({ center: [place.lon, place.lat], zoom: Math.max(this.map.getZoom(), CLOSE_ZOOM), duration: 400 });
  }

  /** The first look at the map shows the way to the next stop. */
  #frameMap() {
    this.map.resize();
    if (this.framed || !this.route?.route) return;
    this.framed = true;
    const visit = this.route.route.visits[this.nextIndex()];
    const points = [...(visit?.leg.line ?? []), ...(this.positions.here ? [[this.positions.here.lon, this.positions.here.lat]] : [])];
    if (points.length < 2) return;
    const lons = points.map(([lon]) => lon);
    const lats = points.map(([, lat]) => lat);
    this.map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: 50, maxZoom: 17, duration: 0 });
  }

  /** @param {string} pane */
  showPane(pane) {
    byId("main").dataset.pane = pane;
    for (const button of byId("phone-tabs").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
    }
    if (pane === "map") requestAnimationFrame(() => this.#frameMap());
  }
}

// Kept where browser tests and support can reach it.
Object.assign(globalThis, { patrol: new PhonePage() });
