// A pixelated still to draw rules on: asked for one at a time, kept in this page's memory only.
import { ApiError } from "../api.js";
import { t } from "../texts.js";

const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";

/** Ask the camera's worker for a still.
 * @param {string} id @returns {Promise<{url: string, width: number, height: number}>} */
export async function fetchStill(id) {
  // By POST: each look is an act that is written to the audit log, never one that a browser repeats.
  const answer = await fetch(`/api/v1/cameras/${encodeURIComponent(id)}/still`, {
    method: "POST", credentials: "same-origin", cache: "no-store", headers: { "X-CSRFToken": token },
  }).catch(() => { throw new ApiError(t("error.unreachable"), 0); });
  if (!answer.ok) {
    const body = await answer.json().catch(() => ({}));
    throw new ApiError(body.error ?? t("error.server", { status: answer.status }), answer.status);
  }
  const width = Number(answer.headers.get("X-Picture-Width"));
  const height = Number(answer.headers.get("X-Picture-Height"));
  return { url: URL.createObjectURL(await answer.blob()), width, height };
}
