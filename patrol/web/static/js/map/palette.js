// The map's colors, day and night. The base map is grey: color is left to statuses and heat.

/** @typedef {{
 *   ground: string, street: string, casing: string, path: string, label: string, halo: string,
 *   town: string, ink: string, panel: string, route: string, quiet: string,
 *   heat: [number, string][], change: [number, string][],
 *   status: Record<string, string>,
 * }} Palette */

/** @type {Palette} */
const DAY = {
  ground: "#e8ebee", street: "#ffffff", casing: "#c5ccd3", path: "#cdd3d9", label: "#6a737c",
  halo: "#f4f5f6", town: "#a9b1b8", ink: "#14181d", panel: "#ffffff", route: "#3a444e",
  quiet: "#7b858f",
  // One hue whose lightness falls steadily: it reads the same without color vision.
  heat: [[0, "rgba(240,222,184,0)"], [0.15, "#ecd9ad"], [0.4, "#d7a94c"], [0.7, "#96641a"], [1, "#4d3008"]],
  // Fall and rise: blue against orange, which stay apart for every kind of color vision.
  change: [[-1, "#1f4e9c"], [-0.3, "#7fa3dc"], [0, "#c9ced3"], [0.3, "#e2a35a"], [1, "#8a3d00"]],
  status: {
    patrol: "#00735a", assigned: "#9a5b00", enroute: "#0b5cad", onscene: "#7b3aa5", break: "#5d6772",
    off: "#8b959f", sos: "#c0271e", open: "#c0271e", closed: "#8b959f",
  },
};

/** @type {Palette} */
const NIGHT = {
  ground: "#0f1316", street: "#313940", casing: "#0b0e11", path: "#262d33", label: "#97a1ab",
  halo: "#0f1316", town: "#4b555f", ink: "#e8ecef", panel: "#161a1f", route: "#b4bec8",
  quiet: "#76818b",
  heat: [[0, "rgba(60,44,16,0)"], [0.15, "#3d2f14"], [0.4, "#7d5a1c"], [0.7, "#c8963a"], [1, "#fbe9bd"]],
  change: [[-1, "#9cc4ff"], [-0.3, "#4d7fc9"], [0, "#3a434b"], [0.3, "#b8702a"], [1, "#ffc078"]],
  status: {
    patrol: "#3ecf9f", assigned: "#f0b040", enroute: "#6cb2ff", onscene: "#c79bf2", break: "#98a2ad",
    off: "#6b757f", sos: "#ff6b5e", open: "#ff6b5e", closed: "#6b757f",
  },
};

/** @param {boolean} dark @returns {Palette} */
export const palette = (dark) => (dark ? NIGHT : DAY);
