// Calls to /api/v1. Every failure becomes one ApiError whose message can be shown as it is.
import { t } from "./texts.js";

export class ApiError extends Error {
  /** @param {string} message @param {number} status  0: the server was not reached.
   * @param {string[]} [errors] */
  constructor(message, status, errors = []) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.errors = errors;
  }
}

const csrfToken = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";

/** @param {Response} response */
async function readError(response) {
  const body = await response.json().catch(() => ({}));
  const fallback = response.status === 401 ? t("error.signed_out") : t("error.server", { status: response.status });
  const message = body.key ? t(`error.${body.key}`) : body.error || fallback;
  return new ApiError(message, response.status, body.errors ?? []);
}

/** Ask the server; a body is sent as JSON.
 * @param {string} method @param {string} path  Below /api/v1.
 * @param {unknown} [body] @param {AbortSignal} [signal]
 * @returns {Promise<any>} */
export function call(method, path, body, signal) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return send(method, path, headers, body === undefined ? undefined : JSON.stringify(body), signal);
}

/** Send a file as it is.
 * @param {string} path @param {Blob} file @returns {Promise<any>} */
export const upload = (path, file) => send("POST", path, { "Content-Type": "application/octet-stream" }, file);

/** @param {string} method @param {string} path @param {Record<string, string>} headers
 * @param {BodyInit} [body] @param {AbortSignal} [signal] */
async function send(method, path, headers, body, signal) {
  headers.Accept = "application/json";
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken;
  let response;
  try {
    response = await fetch(`/api/v1${path}`, { method, headers, signal, credentials: "same-origin", body });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(t("error.unreachable"), 0);
  }
  if (!response.ok) throw await readError(response);
  return response.json();
}

/** @param {string} path @param {AbortSignal} [signal] */
export const get = (path, signal) => call("GET", path, undefined, signal);
/** @param {string} path @param {unknown} [body] @param {AbortSignal} [signal] */
export const post = (path, body = {}, signal) => call("POST", path, body, signal);
/** @param {string} path @param {unknown} body */
export const put = (path, body) => call("PUT", path, body);
/** @param {string} path */
export const remove = (path) => call("DELETE", path);
