// The weights as they are being set: what differs from the saved ones, key by key.
import { me } from "../boot.js";

/** @typedef {import("../types").Weights} Weights */
/** @typedef {number | boolean | string | null | Record<string, unknown>} Value
 * `null` takes a kind out again: it then weighs what the others do. */
/** @typedef {{path: string[], from: unknown, to: Value}} Change */

const STORED = "patrol.draft";

/** @param {any} tree @param {string[]} path */
export const valueAt = (tree, path) => path.reduce((branch, key) => branch?.[key], tree);

/** @param {unknown} a @param {unknown} b */
export const same = (a, b) => (typeof a === "number" && typeof b === "number"
  ? Math.abs(a - b) < 1e-9 : JSON.stringify(a ?? null) === JSON.stringify(b ?? null));

/** Every value of a tree by its dotted key. @param {any} tree @param {string[]} [path]
 * @returns {Map<string, {path: string[], value: unknown}>} */
export function leaves(tree, path = []) {
  /** @type {Map<string, {path: string[], value: unknown}>} */
  const found = new Map();
  for (const [key, value] of Object.entries(tree ?? {})) {
    const here = [...path, key];
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      for (const [name, leaf] of leaves(value, here)) found.set(name, leaf);
    } else found.set(here.join("."), { path: here, value });
  }
  return found;
}

/** What differs between two sections. @param {any} before @param {any} after @returns {Change[]} */
export function differences(before, after) {
  const [old, now] = [leaves(before), leaves(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.filter((name) => !same(old.get(name)?.value, now.get(name)?.value)).map((name) => ({
    path: (old.get(name) ?? now.get(name))?.path ?? [],
    from: old.get(name)?.value ?? null,
    to: /** @type {Value} */ (now.get(name)?.value ?? null),
  }));
}

export class Draft {
  constructor() {
    /** @type {Weights | null} */
    this.saved = null;
    /** @type {Map<string, Change>} */
    this.changes = new Map();
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {() => void} run */
  onChange(run) {
    this.listeners.add(run);
  }

  get size() {
    return this.changes.size;
  }

  /** What a key is now. A kind that nothing names weighs what the others do.
   * @param {string[]} path @returns {any} */
  value(path) {
    const key = path.join(".");
    const change = this.changes.get(key);
    if (change) return change.to;
    if (path[0] === "kinds" && this.changes.get(`kinds.${path[1]}`)) return path[2] === "weight" ? this.value(["other_kinds"]) : null;
    const saved = valueAt(this.saved?.hotspots, path);
    if (saved === undefined && path[0] === "kinds") return path[2] === "weight" ? this.value(["other_kinds"]) : null;
    return saved;
  }

  /** Whether the configuration, or this draft, names the kind. @param {string} kind */
  names(kind) {
    if (this.changes.has(`kinds.${kind}`)) return false;
    const saved = this.saved?.hotspots.kinds ?? {};
    return kind in saved || [...this.changes.keys()].some((key) => key.startsWith(`kinds.${kind}.`));
  }

  /** @param {string[]} path @param {Value} to */
  set(path, to) {
    this.#put(path, to);
    this.#tell();
  }

  /** @param {string[]} path @param {Value} to */
  #put(path, to) {
    const key = path.join(".");
    const from = valueAt(this.saved?.hotspots, path) ?? null;
    const before = from === null && path[0] === "kinds" && path[2] === "weight" ? valueAt(this.saved?.hotspots, ["other_kinds"]) : from;
    if (path[0] === "kinds" && path.length > 2) this.changes.delete(`kinds.${path[1]}`);
    if (same(before, to)) this.changes.delete(key);
    else this.changes.set(key, { path, from: before, to });
  }

  /** Let a kind weigh what the others do again. @param {string} kind */
  release(kind) {
    for (const key of [...this.changes.keys()]) if (key.startsWith(`kinds.${kind}.`)) this.changes.delete(key);
    const from = this.saved?.hotspots.kinds[kind];
    if (from) this.changes.set(`kinds.${kind}`, { path: ["kinds", kind], from: from.weight, to: null });
    this.#tell();
  }

  clear() {
    this.changes.clear();
    this.#tell();
  }

  /** The changes as the tree that the server takes.
   * @returns {Record<string, any>} */
  partial() {
    /** @type {Record<string, any>} */
    const tree = {};
    for (const { path, to } of this.changes.values()) {
      const branch = path.slice(0, -1).reduce((/** @type {any} */ at, key) => (at[key] ??= {}), tree);
      branch[path[path.length - 1]] = to;
    }
    return tree;
  }

  /** Take what is saved now; our own changes stay on top of it, and what they were before is read anew.
   * @param {Weights} saved @returns {Change[]} Where somebody else changed the same keys. */
  rebase(saved) {
    const old = this.saved;
    this.saved = saved;
    const mine = [...(this.changes.size ? this.changes.values() : this.#restored(saved))];
    this.changes.clear();
    for (const { path, to } of mine) {
      if (to === null && path.length === 2) {
        if (saved.hotspots.kinds[path[1]]) this.changes.set(path.join("."), { path, from: saved.hotspots.kinds[path[1]].weight, to });
      } else this.#put(path, to);
    }
    this.#tell();
    if (!old) return [];
    return differences(old.hotspots, saved.hotspots).filter((one) => this.changes.has(one.path.join(".")));
  }

  #tell() {
    this.#store();
    for (const run of this.listeners) run();
  }

  #store() {
    try {
      if (!this.changes.size) sessionStorage.removeItem(STORED);
      else sessionStorage.setItem(STORED, JSON.stringify({ by: me.name, changes: [...this.changes.values()] }));
    } catch {
      // Storage may be switched off: a draft then lasts as long as the page.
    }
  }

  /** What this tab had not applied when it was left or loaded anew; keys that are gone are dropped.
   * @param {Weights} saved @returns {Change[]} */
  #restored(saved) {
    try {
      const kept = JSON.parse(sessionStorage.getItem(STORED) ?? "null");
      if (kept?.by !== me.name || !Array.isArray(kept.changes)) return [];
      return kept.changes.filter((/** @type {Change} */ one) => Array.isArray(one.path)
        && (one.path[0] === "kinds" || valueAt(saved.hotspots, one.path) !== undefined));
    } catch {
      return [];
    }
  }
}
