// Charts by ECharts, loaded when the first one is shown: the map must not wait for it.
import { isDark, cssColor, onTheme } from "./theme.js";

/** @typedef {import("echarts").ECharts} Chart */

/** @type {Promise<typeof import("echarts")> | null} */
let library = null;

/** A chart that follows its box and the theme.
 * @param {HTMLElement} box
 * @param {(colors: {ink: string, quiet: string, line: string, bar: string}) => import("echarts").EChartsCoreOption} makeOption
 * @returns {Promise<{redraw: () => void, close: () => void}>} */
export async function makeChart(box, makeOption) {
  library ??= import("echarts");
  const echarts = await library;
  const chart = echarts.init(box, null, { renderer: "canvas" });
  const redraw = () => {
    if (chart.isDisposed()) return;
    const colors = {
      ink: cssColor("--ink"), quiet: cssColor("--ink-3"), line: cssColor("--line"),
      bar: isDark() ? "#8d97a1" : "#5d6772",
    };
    chart.setOption(makeOption(colors), { notMerge: true });
  };
  const resize = new ResizeObserver(() => { if (!chart.isDisposed()) chart.resize(); });
  resize.observe(box);
  onTheme(redraw);
  redraw();
  return {
    redraw,
    close: () => {
      resize.disconnect();
      chart.dispose();
    },
  };
}

/** Settings that all our charts share. Pop-ups are drawn on the canvas: an HTML one would need
 * style attributes, which the content security policy refuses.
 * @param {{ink: string, quiet: string, line: string}} colors */
export function chartFrame(colors) {
  const text = { color: colors.quiet, fontSize: 11 };
  return {
    animation: false,
    textStyle: { fontFamily: "inherit" },
    grid: { left: 34, right: 8, top: 12, bottom: 22 },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true },
    axisLabel: text,
    splitLine: { lineStyle: { color: colors.line } },
  };
}
