// What the officer did, kept until the server says that it has it. Each entry carries a key, so that
// sending it twice after a lost answer does nothing the second time.
import { ApiError, call } from "../api.js";
import { recall, remember } from "../memory.js";

/** @typedef {{key: string, method: string, path: string, body: unknown, at: number, what: string}} Entry */

const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 30_000;
const FIXES_AT_ONCE = 100;
// About three hours at one position every five seconds; beyond that the oldest go first.
const FIXES_KEPT = 2_000;
const STORE_EVERY_MS = 2_000;

export class Outbox {
  /** @param {(entry: Entry, error: ApiError | null) => void} onDone  After an entry was taken or refused. */
  constructor(onDone) {
    this.onDone = onDone;
    /** @type {Entry[]} */
    this.entries = recall("outbox", []);
    /** @type {object[]} */
    this.fixes = recall("fixes", []);
    this.sending = false;
    this.retryMs = RETRY_FIRST_MS;
    this.timer = 0;
    this.reached = navigator.onLine;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    addEventListener("online", () => this.flush());
    addEventListener("pagehide", () => this.#store());
    setInterval(() => this.#store(), STORE_EVERY_MS);
    this.flush();
  }

  /** @param {() => void} run */
  onChange(run) {
    this.listeners.add(run);
  }

  #tell() {
    for (const run of this.listeners) run();
  }

  #store() {
    if (!this.dirty) return;
    this.dirty = false;
    remember("outbox", this.entries);
    remember("fixes", this.fixes);
  }

  /** Add an action; it is on the disk before this returns.
   * @param {string} what @param {string} path @param {(key: string) => unknown} makeBody */
  add(what, path, makeBody) {
    const key = crypto.randomUUID();
    this.entries.push({ key, method: "POST", path, body: makeBody(key), at: Date.now(), what });
    this.dirty = true;
    this.#store();
    this.#tell();
    this.flush();
  }

  /** @param {object} fix */
  addFix(fix) {
    this.fixes.push(fix);
    if (this.fixes.length > FIXES_KEPT) this.fixes.splice(0, this.fixes.length - FIXES_KEPT);
    this.dirty = true;
    this.#tell();
    this.flush();
  }

  /** Send what waits, actions before positions and in their order. */
  async flush() {
    if (this.sending) return;
    this.sending = true;
    clearTimeout(this.timer);
    try {
      while (this.entries.length) await this.#sendEntry(this.entries[0]);
      while (this.fixes.length) await this.#sendFixes();
      this.#reach(true);
    } catch {
      // Not reached or busy: keep everything and try later; the page shows that it waits.
      this.#reach(false);
      this.timer = window.setTimeout(() => this.flush(), this.retryMs);
      this.retryMs = Math.min(RETRY_LAST_MS, this.retryMs * 2);
    } finally {
      this.sending = false;
    }
  }

  /** @param {boolean} reached */
  #reach(reached) {
    if (reached) this.retryMs = RETRY_FIRST_MS;
    this.reached = reached;
    this.#tell();
  }

  /** @param {Entry} entry */
  async #sendEntry(entry) {
    let refused = null;
    try {
      await call(entry.method, entry.path, entry.body);
    } catch (error) {
      if (!(error instanceof ApiError) || isPassing(error)) throw error;
      refused = error;
    }
    this.entries.shift();
    this.dirty = true;
    this.#store();
    this.onDone(entry, refused);
    this.#tell();
  }

  async #sendFixes() {
    const batch = this.fixes.slice(0, FIXES_AT_ONCE);
    try {
      await call("POST", "/fixes", { fixes: batch });
    } catch (error) {
      // Refused for good: a batch the server will never take must not hold up the next.
      if (!(error instanceof ApiError) || isPassing(error)) throw error;
    }
    this.fixes.splice(0, batch.length);
    this.dirty = true;
    this.#tell();
  }
}

/** Whether a failure may be gone at the next try: no network, signed out, too many, our fault, or a
 * page older than its session (its CSRF token is refused until it is opened anew).
 * @param {ApiError} error */
const isPassing = (error) =>
  [0, 401, 429].includes(error.status) || error.status >= 500 || (error.status === 400 && /csrf/i.test(error.message));
