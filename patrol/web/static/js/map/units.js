// Units on the map: shape by mode, color and text by status, pointer by heading; stale ones are
// hollow, lost ones grey. Between two fixes a mark glides, so that the eye can follow it.
import { nameOf } from "../texts.js";
import { collection, lowGpu, setSource } from "./create.js";
import { palette } from "./palette.js";
import { FONT_BOLD } from "./style.js";

/** @typedef {import("../types").LiveUnit} LiveUnit */

const GLIDE_MS = 900;
// Full speed for a few dozen units; beyond that the eye gains nothing and the CPU pays.
const FRAME_MS = 66;
const JUMP_DEG = 0.02;
const SLOW_FRAME_MS = 250;
const SLOW_FRAMES = 10;

export class UnitsOverlay {
  /** @param {import("./create.js").CountyMap} owner @param {import("../store.js").Store} store */
  constructor(owner, store) {
    this.map = owner.map;
    this.store = store;
    /** @type {string | null} */
    this.selected = null;
    /** Units that the list's filter leaves out are dimmed. @type {Set<string> | null} */
    this.shown = null;
    /** @type {Map<string, {fromLon: number, fromLat: number, lon: number, lat: number, start: number}>} */
    this.glides = new Map();
    this.until = 0;
    this.lastFrame = 0;
    this.running = false;
    this.drawn = "";
    this.slowFrames = 0;
    this.still = lowGpu() || matchMedia("(prefers-reduced-motion: reduce)").matches;
    store.on(["units"], () => this.#follow());
    // Silence makes a unit stale without any event.
    setInterval(() => this.draw(), 5_000);
    owner.join(this);
  }

  /** @param {boolean} dark */
  add(dark) {
    const p = palette(dark);
    this.map.addSource("units", { type: "geojson", data: collection([]), promoteId: "id" });
    const dim = /** @type {any} */ (["case", ["get", "dim"], 0.25, 1]);
    this.map.addLayer({
      id: "units-ring", type: "circle", source: "units", filter: ["get", "selected"],
      paint: {
        "circle-radius": 21, "circle-color": "rgba(0,0,0,0)", "circle-stroke-width": 2.5,
        "circle-stroke-color": p.ink,
      },
    });
    if (lowGpu()) this.#addCircles(p);
    else this.#addMarks(dim);
    this.map.addLayer({
      id: "units-name", type: "symbol", source: "units", minzoom: 12.2,
      layout: {
        "text-field": ["get", "label"], "text-font": FONT_BOLD, "text-size": 11,
        "text-offset": [0, 1.55], "text-anchor": "top", "text-optional": true, "text-padding": 1,
        "symbol-sort-key": ["get", "order"],
      },
      paint: {
        "text-color": p.ink, "text-halo-color": p.halo, "text-halo-width": 1.6, "text-opacity": dim,
      },
    });
    // The style is new: whatever was drawn before is gone.
    this.drawn = "";
    this.draw();
  }

  /** @param {any} dim */
  #addMarks(dim) {
    this.map.addLayer({
      id: "units-heading", type: "symbol", source: "units", filter: ["has", "heading"],
      layout: {
        "icon-image": ["concat", "heading-", ["get", "status"]], "icon-rotate": ["get", "heading"],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 1, 14, 1.3, 17, 1.55], "icon-allow-overlap": true, "icon-ignore-placement": true,
        "icon-rotation-alignment": "map",
      },
      paint: { "icon-opacity": dim },
    });
    this.map.addLayer({
      id: "units", type: "symbol", source: "units",
      layout: {
        "icon-image": ["get", "image"], "icon-allow-overlap": true, "icon-ignore-placement": true,
        "symbol-sort-key": ["-", 10, ["get", "order"]],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.7, 14, 0.92, 17, 1.1],
      },
      paint: { "icon-opacity": dim },
    });
  }

  /** @param {import("./palette.js").Palette} p */
  #addCircles(p) {
    /** @type {any} */
    const color = ["match", ["get", "status"], ...Object.entries(p.status).flat(), p.quiet];
    this.map.addLayer({
      id: "units", type: "circle", source: "units",
      paint: {
        "circle-radius": 6,
        "circle-color": ["case", ["get", "quiet"], p.panel, color],
        "circle-stroke-width": 1.5,
        "circle-stroke-color": ["case", ["get", "quiet"], p.quiet, p.panel],
      },
    });
  }

  /** Start a glide for every unit that moved. */
  #follow() {
    const now = performance.now();
    for (const unit of this.store.units.values()) {
      if (unit.lon == null || unit.lat == null) continue;
      const old = this.glides.get(unit.id);
      if (old && old.lon === unit.lon && old.lat === unit.lat) continue;
      const [lon, lat] = old ? this.#place(old, now) : [unit.lon, unit.lat];
      const far = Math.abs(unit.lon - lon) + Math.abs(unit.lat - lat) > JUMP_DEG;
      this.glides.set(unit.id, {
        fromLon: far ? unit.lon : lon, fromLat: far ? unit.lat : lat,
        lon: unit.lon, lat: unit.lat, start: now,
      });
      this.until = now + GLIDE_MS;
    }
    if (this.still) this.draw();
    else if (!this.running) {
      this.running = true;
      this.lastFrame = performance.now();
      requestAnimationFrame((at) => this.#frame(at));
    }
  }

  /** @param {number} at */
  #frame(at) {
    if (at - this.lastFrame >= FRAME_MS || at >= this.until) {
      // A machine that cannot keep up (a wall PC, software GL) gets jumps instead of glides.
      this.slowFrames = at - this.lastFrame > SLOW_FRAME_MS ? this.slowFrames + 1 : 0;
      if (this.slowFrames > SLOW_FRAMES) this.still = true;
      this.lastFrame = at;
      this.draw();
    }
    this.running = at < this.until && !this.still;
    if (this.running) requestAnimationFrame((next) => this.#frame(next));
  }

  /** @param {{fromLon: number, fromLat: number, lon: number, lat: number, start: number}} glide @param {number} now
   * @returns {[number, number]} */
  #place(glide, now) {
    const share = this.still ? 1 : Math.min(1, Math.max(0, (now - glide.start) / GLIDE_MS));
    return [glide.fromLon + (glide.lon - glide.fromLon) * share, glide.fromLat + (glide.lat - glide.fromLat) * share];
  }

  draw() {
    const now = performance.now();
    /** @type {GeoJSON.Feature[]} */
    const features = [];
    for (const unit of this.store.units.values()) {
      const glide = this.glides.get(unit.id);
      if (!glide || unit.status === "off") continue;
      features.push({
        type: "Feature", id: unit.id,
        geometry: { type: "Point", coordinates: this.#place(glide, now) },
        properties: this.#properties(unit),
      });
    }
    // Setting the same data again would draw the whole map again.
    const look = JSON.stringify(features);
    if (look === this.drawn) return;
    this.drawn = look;
    setSource(this.map, "units", collection(features));
  }

  /** @param {LiveUnit} unit */
  #properties(unit) {
    const freshness = this.store.freshness(unit);
    const busy = unit.status !== "patrol";
    const text = freshness === "live" ? (busy ? nameOf("status", unit.status) : "") : nameOf("fresh", freshness);
    const moving = freshness === "live" && unit.heading_deg != null && (unit.speed_mps ?? 1) > 0.3;
    return {
      id: unit.id, mode: unit.mode, status: unit.status, freshness,
      image: freshness === "lost" ? `unit-${unit.mode}-lost` : `unit-${unit.mode}-${unit.status}-${freshness}`,
      label: text ? `${unit.name}\n${text}` : unit.name,
      ...(moving ? { heading: unit.heading_deg } : {}),
      quiet: freshness !== "live",
      dim: this.shown !== null && !this.shown.has(unit.id),
      selected: unit.id === this.selected,
      order: unit.status === "sos" ? 0 : busy ? 1 : 2,
    };
  }

  /** @param {string | null} id */
  select(id) {
    this.selected = id;
    this.draw();
  }
}
