// What the dispatcher looks at: one unit, incident or camera, or a new incident, or nothing.

/** @typedef {{kind: "unit" | "incident" | "camera" | "hotspot" | "new", id: string} | null} Chosen */

export class Selection {
  constructor() {
    /** @type {Chosen} */
    this.chosen = null;
    /** @type {Set<(chosen: Chosen) => void>} */
    this.listeners = new Set();
  }

  /** @param {Chosen} chosen */
  choose(chosen) {
    this.chosen = chosen;
    for (const run of this.listeners) run(chosen);
  }

  clear() {
    this.choose(null);
  }

  /** @param {string} kind @param {string} id */
  is(kind, id) {
    return this.chosen?.kind === kind && this.chosen.id === id;
  }

  /** @param {(chosen: Chosen) => void} run */
  on(run) {
    this.listeners.add(run);
  }
}
