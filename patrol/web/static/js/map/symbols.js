// Marks drawn once on a canvas: the shape says what moves, color and text say its status.
import { palette } from "./palette.js";

const SIZE = 30;
const SCALE = 2;
const MODE_ICONS = { foot: "footprints", ebike: "bike", car: "car" };
const INCIDENT_STATES = ["open", "assigned", "onscene", "closed"];
const STATUSES = ["patrol", "break", "assigned", "enroute", "onscene", "sos", "off"];

/** @type {Promise<Document> | null} */
let spritePromise = null;

async function sprite() {
  spritePromise ??= fetch("/static/vendor/icons.svg")
    .then((answer) => answer.text())
    .then((text) => new DOMParser().parseFromString(text, "image/svg+xml"));
  return spritePromise;
}

/** An icon of the sprite as a picture in one color.
 * @param {string} name @param {string} color @returns {Promise<HTMLImageElement>} */
async function iconPicture(name, color) {
  const symbol = (await sprite()).getElementById(name);
  if (!symbol) throw new Error(`no icon named ${name}`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 24 24" fill="none" stroke="${color}" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">${symbol.innerHTML}</svg>`;
  const picture = new Image(48, 48);
  picture.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await picture.decode();
  return picture;
}

/** @typedef {CanvasRenderingContext2D} Pen */

/** Foot: circle. E-bike: diamond. Car: rounded square.
 * @param {Pen} pen @param {string} mode */
function modePath(pen, mode) {
  const c = SIZE / 2;
  pen.beginPath();
  if (mode === "foot") pen.arc(c, c, 11, 0, Math.PI * 2);
  else if (mode === "ebike") {
    pen.moveTo(c, 1.2);
    pen.lineTo(SIZE - 1.2, c);
    pen.lineTo(c, SIZE - 1.2);
    pen.lineTo(1.2, c);
    pen.closePath();
  } else pen.roundRect(4, 4, SIZE - 8, SIZE - 8, 4);
}

/** @param {(pen: Pen) => void} draw */
function paint(draw) {
  const canvas = new OffscreenCanvas(SIZE * SCALE, SIZE * SCALE);
  const pen = /** @type {Pen} */ (/** @type {unknown} */ (canvas.getContext("2d")));
  pen.scale(SCALE, SCALE);
  pen.lineJoin = "round";
  draw(pen);
  return pen.getImageData(0, 0, SIZE * SCALE, SIZE * SCALE);
}

/** @param {string} mode @param {string} fill @param {string} edge @param {HTMLImageElement} glyph @param {number[]} [dash] */
function unitMark(mode, fill, edge, glyph, dash = []) {
  return paint((pen) => {
    modePath(pen, mode);
    pen.fillStyle = fill;
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = edge;
    pen.setLineDash(dash);
    pen.stroke();
    const glyphSize = mode === "ebike" ? 13 : 14;
    pen.drawImage(glyph, (SIZE - glyphSize) / 2, (SIZE - glyphSize) / 2, glyphSize, glyphSize);
  });
}

/** An incident is a triangle, point up, with an exclamation mark.
 * @param {string} fill @param {string} ink @param {string} edge */
function incidentMark(fill, ink, edge) {
  return paint((pen) => {
    pen.beginPath();
    pen.moveTo(SIZE / 2, 2.5);
    pen.lineTo(SIZE - 1.5, SIZE - 3.5);
    pen.lineTo(1.5, SIZE - 3.5);
    pen.closePath();
    pen.lineWidth = 5;
    pen.strokeStyle = edge;
    pen.stroke();
    pen.lineWidth = 2;
    pen.strokeStyle = fill;
    pen.fillStyle = fill;
    pen.fill();
    pen.stroke();
    pen.fillStyle = ink;
    pen.font = "bold 17px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.fillText("!", SIZE / 2, SIZE - 7.5);
  });
}

/** @param {HTMLImageElement} glyph @param {string} fill @param {string} edge */
function cameraMark(glyph, fill, edge) {
  return paint((pen) => {
    pen.beginPath();
    pen.roundRect(5, 5, SIZE - 10, SIZE - 10, 10);
    pen.fillStyle = fill;
    pen.fill();
    pen.lineWidth = 1.5;
    pen.strokeStyle = edge;
    pen.stroke();
    pen.drawImage(glyph, 8.5, 8.5, 13, 13);
  });
}

/** A small pointer above the mark, turned by the heading.
 * @param {string} color @param {string} edge */
function headingMark(color, edge) {
  return paint((pen) => {
    pen.beginPath();
    pen.moveTo(SIZE / 2, 1);
    pen.lineTo(SIZE / 2 + 5.5, 9);
    pen.lineTo(SIZE / 2 - 5.5, 9);
    pen.closePath();
    pen.lineWidth = 2.5;
    pen.strokeStyle = edge;
    pen.stroke();
    pen.fillStyle = color;
    pen.fill();
  });
}

/** @param {import("maplibre-gl").Map} map @param {string} name @param {ImageData} image */
function put(map, name, image) {
  if (map.hasImage(name)) map.removeImage(name);
  map.addImage(name, image, { pixelRatio: SCALE });
}

/** Draw every mark in the palette of the day or the night and hand it to the map.
 * @param {import("maplibre-gl").Map} map @param {boolean} dark */
export async function addSymbols(map, dark) {
  const p = palette(dark);
  const onFill = dark ? "#0f1316" : "#ffffff";
  const edge = dark ? "#0f1316" : "#ffffff";
  for (const [mode, name] of Object.entries(MODE_ICONS)) {
    const bright = await iconPicture(name, onFill);
    const faded = await iconPicture(name, p.quiet);
    for (const status of STATUSES) {
      put(map, `unit-${mode}-${status}-live`, unitMark(mode, p.status[status], edge, bright));
      const own = await iconPicture(name, p.status[status]);
      put(map, `unit-${mode}-${status}-stale`, unitMark(mode, p.panel, p.status[status], own, [4, 2]));
    }
    put(map, `unit-${mode}-lost`, unitMark(mode, p.panel, p.quiet, faded, [2, 3]));
  }
  for (const status of STATUSES) put(map, `heading-${status}`, headingMark(p.status[status], edge));
  for (const state of INCIDENT_STATES) put(map, `incident-${state}`, incidentMark(p.status[state], onFill, edge));
  put(map, "camera-good", cameraMark(await iconPicture("cctv", p.ink), p.panel, p.quiet));
  put(map, "camera-off", cameraMark(await iconPicture("video-off", p.quiet), p.panel, p.quiet));
  put(map, "camera-bad", cameraMark(await iconPicture("video-off", p.status.sos), p.panel, p.status.sos));
}
