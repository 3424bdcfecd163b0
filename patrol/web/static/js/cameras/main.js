// The page of the cameras: inventory beside the map, one camera's counts, rules drawn on its picture.
import { get } from "../api.js";
import { may } from "../boot.js";
import { byId, fill, h, icon } from "../dom.js";
import { bindKeys, helpSheet } from "../keys.js";
import { CamerasOverlay } from "../map/cameras.js";
import { CoverageOverlay } from "../map/coverage.js";
import { CountyMap } from "../map/create.js";
import { TownsOverlay } from "../map/towns.js";
import { WedgesOverlay } from "../map/wedge.js";
import { startShell } from "../shell.js";
import { Store } from "../store.js";
import { t } from "../texts.js";
import { toggleTheme } from "../theme.js";
import { CoveragePanel } from "./coverage.js";
import { CameraDetailView } from "./detail.js";
import { followCameras } from "./feed.js";
import { cameraForm } from "./form.js";
import { GatewaysPanel } from "./gateways.js";
import { CameraList } from "./list.js";
import { RuleEditor } from "./rules.js";
import { KINDS } from "./shapes.js";
import { showTable } from "./table.js";

/** @typedef {import("../types").CameraDetail} CameraDetail */
/** @typedef {"list" | "coverage" | "gateways"} Tab */

const CLOSE_ZOOM = 17;
const CLICK_REACH_PX = 6;
const DRAFT = "\u0000draft";

export class CamerasPage {
  constructor() {
    this.store = new Store();
    startShell(() => this.store.nowMs());
    this.countyMap = new CountyMap(byId("map"));
    this.map = this.countyMap.map;
    this.towns = new TownsOverlay(this.countyMap);
    this.cameras = new CamerasOverlay(this.countyMap, this.store);
    /** A sector that is being edited. @type {import("../map/wedge.js").Looking | null} */
    this.draft = null;
    this.wedges = new WedgesOverlay(this.countyMap, () => this.#looking(), "cameras");
    /** @type {string | null} */
    this.chosen = null;
    this.editing = false;
    /** @type {RuleEditor | null} */
    this.editor = null;
    /** What a click on the map places. @type {((place: {lon: number, lat: number}) => void) | null} */
    this.placing = null;
    this.side = byId("camera-side");
    this.list = new CameraList(this.store, (id) => this.choose(id));
    this.detail = new CameraDetailView(this.side, this);
    this.coverage = new CoveragePanel(byId("side-coverage"), new CoverageOverlay(this.countyMap, "wedges"));
    this.gateways = new GatewaysPanel(byId("side-gateways"), (place) => {
      this.showPane("map");
      this.#goTo(place);
    });
    this.store.on(["cameras"], () => this.wedges.draw());
    this.countyMap.ready.then(() => byId("map-loading").classList.add("done"));
    this.#wire();
    this.#nameTowns();
    followCameras(this.store);
    this.showNothing();
  }

  *#looking() {
    for (const camera of this.store.cameras.values()) {
      if (!(this.draft && camera.id === this.chosen)) yield camera;
    }
    if (this.draft) yield { ...this.draft, id: DRAFT };
  }

  async #nameTowns() {
    const answer = await get("/towns").catch(() => ({ features: [] }));
    for (const town of answer.features) this.list.towns.set(town.properties.id, town.properties.name);
    this.list.draw();
  }

  #wire() {
    this.map.on("click", (event) => this.#clicked(event));
    byId("pane-switch").addEventListener("click", (event) => {
      const pane = event.target instanceof Element ? event.target.closest("button")?.dataset.pane : null;
      if (pane) this.showPane(pane);
    });
    byId("camera-tabs").addEventListener("click", (event) => {
      const tab = event.target instanceof Element ? event.target.closest("button")?.dataset.tab : null;
      if (tab) this.openTab(/** @type {Tab} */ (tab));
    });
    document.getElementById("camera-new")?.addEventListener("click", () => this.edit(null));
    const file = document.getElementById("camera-file");
    if (file instanceof HTMLInputElement) {
      file.addEventListener("change", () => {
        const chosen = file.files?.[0];
        file.value = "";
        if (chosen) this.#readTable(chosen);
      });
      byId("camera-import").addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") file.click();
      });
    }
    this.#wireKeys();
  }

  #wireKeys() {
    /** @type {import("../keys.js").Shortcut[]} */
    const shortcuts = [
      { key: "/", text: "keys.search_cameras", run: () => this.list.filter.focus() },
      { key: "j", text: "keys.next_camera", run: () => this.list.step(1) },
      { key: "k", text: "keys.previous_camera", run: () => this.list.step(-1) },
      { key: "0", text: "keys.whole", run: () => this.countyMap.fitCounty() },
      { key: "d", text: "keys.theme", run: toggleTheme },
      { key: "Escape", text: "keys.back", typing: true, run: () => this.#back() },
    ];
    if (may("camera.edit")) {
      shortcuts.unshift(
        { key: "n", text: "keys.new_camera", run: () => { if (!this.editor) this.edit(null); } },
        { key: "e", text: "keys.edit_camera", run: () => { if (this.detail.camera) this.edit(this.detail.camera); } },
        { key: "r", text: "keys.draw_rules", run: () => { if (this.detail.camera) this.drawRules(this.detail.camera); } },
        { key: "u", text: "keys.undo", run: () => this.editor?.undo() },
        { key: "Enter", text: "keys.finish", run: () => this.editor?.submit() },
        ...KINDS.map((kind, index) => ({ key: String(index + 1), text: "", run: () => this.editor?.startDrawing(kind) })));
    }
    const help = helpSheet([...shortcuts, { key: "?", text: "keys.help", run: () => {} }]);
    bindKeys([...shortcuts, { key: "?", text: "keys.help", run: help }]);
    byId("keys-open").addEventListener("click", help);
  }

  #back() {
    if (this.placing) this.#stopPlacing();
    else if (document.activeElement === this.list.filter) {
      this.list.clearFilter();
      this.list.filter.blur();
    } else if (this.editor) this.editor.leave();
    else if (this.editing) this.#endEdit();
    else if (this.chosen) this.choose(null);
  }

  /** @param {import("maplibre-gl").MapMouseEvent} event */
  #clicked(event) {
    if (this.placing) {
      const place = this.placing;
      this.#stopPlacing();
      place({ lon: event.lngLat.lng, lat: event.lngLat.lat });
      return;
    }
    if (this.editing) return;
    const { x, y } = event.point;
    const r = CLICK_REACH_PX;
    const found = this.map.queryRenderedFeatures([[x - r, y - r], [x + r, y + r]], { layers: ["cameras"] })[0];
    this.choose(found ? String(found.properties.id) : null, { fly: false });
  }

  /** @param {string | null} id @param {{fly?: boolean}} [how] */
  choose(id, { fly = true } = {}) {
    if (this.editor) {
      // What is drawn is not lost to a stray click.
      this.editor.leave();
      if (this.editor) return;
    }
    this.editing = false;
    this.draft = null;
    this.chosen = id;
    this.list.select(id);
    this.wedges.select(id);
    if (!id) {
      this.showNothing();
      return;
    }
    const camera = this.store.cameras.get(id);
    if (camera && fly) this.#goTo(camera);
    this.showPane("right");
    this.detail.show(id);
  }

  /** @param {{lon: number, lat: number}} place */
  #goTo(place) {
    this.map.easeTo({ center: [place.lon, place.lat], zoom: Math.max(this.map.getZoom(), CLOSE_ZOOM), duration: 400 });
  }

  /** @param {Tab} tab */
  openTab(tab) {
    byId("main").dataset.tab = tab;
    for (const button of byId("camera-tabs").querySelectorAll("button")) {
      button.setAttribute("aria-selected", String(button.dataset.tab === tab));
    }
    if (tab === "gateways") this.gateways.open();
    if (tab === "coverage") this.coverage.open();
    else this.coverage.close();
    this.showPane("left");
  }

  showNothing() {
    this.detail.close();
    fill(this.side, h("p", { class: "empty" }, icon("cctv"), h("span", { text: t("cameras.choose") })));
  }

  /** @param {CameraDetail | null} camera  null: a new one, at the place that is clicked. */
  edit(camera) {
    this.editing = true;
    this.detail.close();
    const point = () => this.#startPlacing((place) => form.place(place));
    const form = cameraForm(camera, {
      placed: null,
      onLook: (looking) => {
        this.draft = looking;
        this.wedges.select(DRAFT);
      },
      onPoint: point,
      onSaved: (saved) => this.#endEdit(saved),
      onCancel: () => this.#endEdit(),
    });
    fill(this.side, h("header", { class: "card-head" }, h("h2", { class: "grow clip", text: camera ? camera.name : t("cameras.new") })),
      h("div", { class: "card-body result-scroll" }, form.form));
    this.showPane("right");
    if (!camera) {
      this.chosen = null;
      this.list.select(null);
      point();
    }
    form.form.querySelector("input")?.focus();
  }

  /** @param {CameraDetail} [saved] */
  #endEdit(saved) {
    this.#stopPlacing();
    this.editing = false;
    this.draft = null;
    if (saved) {
      this.store.putCameras([...this.store.cameras.values()].filter((one) => one.id !== saved.id)
        .concat([{ ...(this.store.cameras.get(saved.id) ?? {}), ...saved }]));
    }
    this.choose(saved?.id ?? this.chosen, { fly: saved !== undefined });
  }

  /** @param {CameraDetail} camera */
  drawRules(camera) {
    this.editing = true;
    this.detail.close();
    this.showPane("map");
    this.editor = new RuleEditor(camera, {
      side: this.side,
      onDone: (saved) => {
        this.editor = null;
        this.#endEdit(saved);
      },
    });
  }

  /** @param {File} file */
  #readTable(file) {
    this.editing = true;
    this.detail.close();
    this.showPane("right");
    showTable(file, this.side, () => this.#endEdit());
  }

  /** @param {(place: {lon: number, lat: number}) => void} run */
  #startPlacing(run) {
    const hint = byId("map-hint");
    fill(hint, icon("map-pin"), t("cameras.click_place"), h("kbd", { text: "Esc" }));
    hint.hidden = false;
    byId("map").classList.add("placing");
    this.placing = (place) => {
      run(place);
      this.showPane("right");
    };
  }

  #stopPlacing() {
    byId("map-hint").hidden = true;
    byId("map").classList.remove("placing");
    this.placing = null;
  }

  /** On a narrow screen one pane is seen at a time. @param {string} pane */
  showPane(pane) {
    byId("main").dataset.pane = pane;
    for (const button of byId("pane-switch").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.pane === pane));
    }
    requestAnimationFrame(() => this.map.resize());
  }
}

// Kept where browser tests and support can reach it.
Object.assign(globalThis, { patrol: new CamerasPage() });
