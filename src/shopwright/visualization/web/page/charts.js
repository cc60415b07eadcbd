/** @import { Answer, Drawing, Row, Visual } from "./contract.d.ts" */
import { barChart, funnelChart, histogramChart, stackedChart, waterfallChart } from "./bars.js";
import { heatChart, scatterChart, treemapChart } from "./fields.js";
import { comboChart, lineChart, paretoChart } from "./lines.js";
import { parts } from "./marks.js";

/** @type {Record<string, (drawing: Drawing) => import("echarts").EChartsCoreOption>} */
const CHARTS = {
  line: lineChart,
  area: lineChart,
  bar: barChart,
  map_bar: barChart,
  stacked_bar: stackedChart,
  combo: comboChart,
  heat_map: heatChart,
  matrix: heatChart,
  treemap: treemapChart,
  pareto: paretoChart,
  waterfall: waterfallChart,
  scatter: scatterChart,
  histogram: histogramChart,
  funnel: funnelChart,
};

/** Whether a kind of visual is drawn as a chart. @param {string} kind */
export function isChart(kind) {
  return kind in CHARTS;
}

/**
 * A chart in a frame; it follows the size of the frame.
 * @typedef {{ draw(drawing: Drawing): void, resize(): void, clear(): void }} Chart
 */

/**
 * Puts a chart into a frame.
 * @param {HTMLElement} frame
 * @param {(rowNumber: number) => void} clicked told the row whose mark was clicked
 * @returns {Chart}
 */
export function mountChart(frame, clicked) {
  const chart = window.echarts.init(frame, undefined, { renderer: "canvas" });
  /** @type {Drawing | null} */
  let drawn = null;
  chart.on("click", (/** @type {any} */ at) => {
    const row = at.data?.row ?? namedRow(drawn, at);
    if (row !== undefined && row >= 0) clicked(row);
  });
  let narrow = false;
  const chartKept = {
    /** @param {Drawing} drawing */
    draw(drawing) {
      drawn = { ...drawing, narrow: (narrow = frame.clientWidth < 480) };
      chart.setOption(CHARTS[drawing.visual.kind](drawn), { notMerge: true });
    },
    resize() {
      chart.resize();
      if (drawn && frame.clientWidth < 480 !== narrow) chartKept.draw(drawn);
    },
    clear() {
      chart.dispose();
    },
  };
  new ResizeObserver(() => !chart.isDisposed() && chartKept.resize()).observe(frame);
  return chartKept;
}

/**
 * The row whose name on the axis was clicked.
 * @param {Drawing | null} drawing
 * @param {any} at
 */
function namedRow(drawing, at) {
  if (!drawing || at.targetType !== "axisLabel") return undefined;
  return at.dataIndex ?? at.tickIndex;
}

/**
 * What a click on a row would do: go a level down, filter the page, or nothing.
 * @typedef {{ act: "drill" | "cross", dimension: string, value: string } | null} Deed
 */

/**
 * @param {Visual} visual
 * @param {Answer} answer
 * @param {Row} row
 * @param {number} depth how far this visual is drilled down already
 * @returns {Deed}
 */
export function deed(visual, answer, row, depth) {
  const { dimensions } = parts(answer);
  const levels = visual.drill ?? [];
  const act = depth < levels.length - 1 ? "drill" : "cross";
  const dimension = act === "drill" ? levels[depth] : visual.cross_filter;
  if (!dimension) return null;
  const part = dimensions.find(({ column, key }) => column.name === dimension || answer.columns[key].name === dimension)
    ?? (levels.length || dimensions.length === 1 ? dimensions[0] : undefined);
  const value = part && row[part.key];
  return part && value !== null && value !== undefined && value !== "" ? { act, dimension, value: String(value) } : null;
}
