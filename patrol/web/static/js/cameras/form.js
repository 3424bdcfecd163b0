// Editing a camera: one form for a new one and for a known one. The map shows the sector at once.
import { post, put } from "../api.js";
import { county } from "../boot.js";
import { fill, h, icon } from "../dom.js";
import { say } from "../shell.js";
import { nameOf, t } from "../texts.js";

/** @typedef {import("../types").CameraDetail} CameraDetail */

export const OWNERS = ["county", "school", "estate", "shop", "other"];

/** @typedef {{form: HTMLFormElement, place: (place: {lon: number, lat: number}) => void}} CameraForm */

/** @param {string} label @param {HTMLElement} field @param {string} [help] @param {boolean} [wide] */
function row(label, field, help, wide = false) {
  return h("div", { class: wide ? "wide" : "" }, h("label", { for: field.id, text: label }), field,
    help ? h("small", { class: "quiet", text: help }) : null);
}

/** @param {string} id @param {Record<string, unknown>} props @param {string | number | null | undefined} value */
function input(id, props, value) {
  const field = h("input", { class: "field", id: `camera-${id}`, autocomplete: "off", ...props });
  field.value = value === null || value === undefined ? "" : String(value);
  return field;
}

/** @param {HTMLInputElement} field */
const numberOf = (field) => (field.value.trim() === "" ? null : Number(field.value));

/** @param {CameraDetail | null} camera  null: a new one.
 * @param {{placed: {lon: number, lat: number} | null, onLook: (looking: import("../map/wedge.js").Looking | null) => void,
 *   onPoint: () => void, onSaved: (camera: CameraDetail) => void, onCancel: () => void}} how
 * @returns {CameraForm} */
export function cameraForm(camera, how) {
  const start = camera ?? how.placed;
  const id = input("id", { maxlength: 64, required: true, pattern: "[\\w.\\-]+", spellcheck: "false" }, camera?.id);
  const name = input("name", { maxlength: 120, required: true }, camera?.name);
  const lon = input("lon", { type: "number", step: "any", min: -180, max: 180, required: true }, start?.lon);
  const lat = input("lat", { type: "number", step: "any", min: -90, max: 90, required: true }, start?.lat);
  const url = input("url", { maxlength: 2000, required: true, spellcheck: "false", placeholder: "rtsp://10.0.0.7/sub" }, camera?.url);
  const secret = input("secret", { maxlength: 64, pattern: "[A-Za-z0-9_]+", spellcheck: "false" }, camera?.secret);
  const owner = ownerField(camera?.owner ?? "county");
  const heading = input("heading", { type: "number", min: 0, max: 360, step: "any", placeholder: "—" }, camera?.heading_deg);
  const fov = input("fov", { type: "number", min: 1, max: 360, step: "any", placeholder: String(county.camera.fov_deg) }, camera?.fov_deg);
  const range = input("range", { type: "number", min: 1, max: 2000, step: "any", placeholder: String(county.camera.range_m) }, camera?.range_m);
  const schedule = input("schedule", { maxlength: 300, placeholder: t("cameras.always") }, camera?.schedule);
  const tags = input("tags", { maxlength: 400 }, camera?.tags.join(" "));
  const width = input("width", { type: "number", min: 16, max: 8192, step: 1 }, camera?.width_px);
  const height = input("height", { type: "number", min: 16, max: 8192, step: 1 }, camera?.height_px);
  const errors = h("div", { class: "form-error", role: "alert", hidden: true });
  const save = h("button", { class: "btn btn-strong", type: "submit" }, icon("check"), t("cameras.save"));

  const look = () => how.onLook(lon.value && lat.value ? {
    lon: Number(lon.value), lat: Number(lat.value), heading_deg: numberOf(heading), fov_deg: numberOf(fov), range_m: numberOf(range),
  } : null);
  for (const field of [lon, lat, heading, fov, range]) field.addEventListener("input", look);

  const body = () => ({
    name: name.value, lon: Number(lon.value), lat: Number(lat.value), url: url.value, owner: owner.value,
    secret: secret.value || null, heading_deg: numberOf(heading), fov_deg: numberOf(fov), range_m: numberOf(range),
    schedule: schedule.value, tags: tags.value.split(/[\s,，、]+/).filter(Boolean),
    width_px: numberOf(width), height_px: numberOf(height),
  });

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    save.disabled = true;
    errors.hidden = true;
    try {
      const answer = camera
        ? await put(`/cameras/${encodeURIComponent(camera.id)}`, { ...body(), enabled: camera.enabled, digest: camera.digest })
        : await post("/cameras", { ...body(), id: id.value });
      say([t("cameras.saved", { name: answer.camera.name }), ...answer.warnings].join(" · "), answer.warnings.length ? "info" : "done");
      how.onSaved(answer.camera);
    } catch (error) {
      showErrors(errors, error);
    } finally {
      save.disabled = false;
    }
  };

  const form = h("form", { class: "camera-form", onsubmit: submit },
    h("div", { class: "form-grid" },
      camera ? null : row(t("cameras.id"), id, t("cameras.id_help")),
      row(t("cameras.name"), name, undefined, camera !== null),
      row(t("cameras.lon"), lon), row(t("cameras.lat"), lat),
      h("div", { class: "wide" }, h("button", { class: "btn btn-quiet btn-sm", type: "button", onclick: how.onPoint }, icon("map-pin"), t("cameras.point"))),
      row(t("cameras.url"), url, t("cameras.url_help"), true),
      row(t("cameras.secret"), secret, camera?.secret && camera.secret_known === false ? t("cameras.secret_unknown") : t("cameras.secret_help"), true),
      row(t("cameras.owner"), owner), row(t("cameras.tags"), tags),
      row(t("cameras.heading"), heading), row(t("cameras.fov"), fov),
      row(t("cameras.range"), range), row(t("cameras.schedule"), schedule),
      row(t("cameras.width"), width), row(t("cameras.height"), height)),
    errors,
    h("div", { class: "foot-row" }, save,
      h("button", { class: "btn btn-quiet", type: "button", onclick: how.onCancel }, t("action.cancel"))));
  look();
  return {
    form,
    place: (place) => {
      lon.value = place.lon.toFixed(6);
      lat.value = place.lat.toFixed(6);
      look();
    },
  };
}

/** @param {string} value */
function ownerField(value) {
  const known = OWNERS.includes(value) ? OWNERS : [...OWNERS, value];
  const field = h("select", { class: "form-select", id: "camera-owner" },
    ...known.map((owner) => h("option", { value: owner, text: nameOf("camera_owner", owner) })));
  field.value = value;
  return field;
}

/** @param {HTMLElement} box @param {unknown} error */
export function showErrors(box, error) {
  const lines = error instanceof Error && "errors" in error && Array.isArray(error.errors) && error.errors.length
    ? error.errors : [error instanceof Error ? error.message : String(error)];
  fill(box, icon("circle-alert"), h("span", {}, ...lines.map((line) => h("div", { text: String(line) }))));
  box.hidden = false;
}
