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
  let width = 0;
  const chartKept = {
    /** @param {Drawing} drawing */
    draw(drawing) {
      width = frame.clientWidth;
      drawn = { ...drawing, width };
      chart.setOption(CHARTS[drawing.visual.kind](drawn), { notMerge: true });
    },
    resize() {
      chart.resize();
      if (drawn && Math.abs(frame.clientWidth - width) > 40) chartKept.draw(drawn);
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
 * What can be done with a row: filter the page by it, or open the level below it.
 * @typedef {{ dimension: string, value: string }} Choice
 * @typedef {{ cross: Choice | null, drill: Choice | null, click: "cross" | "drill" }} Deeds
 */

/**
 * What can be done with a row. A click on a tile of a treemap opens it, as everywhere; any other mark filters the page
 * where it can.
 * @param {Visual} visual
 * @param {Answer} answer
 * @param {Row} row
 * @param {number} depth how far this visual is drilled down already
 * @returns {Deeds}
 */
export function deeds(visual, answer, row, depth) {
  const levels = visual.drill ?? [];
  const level = levels[depth];
  const crossing = level ?? visual.cross_filter;
  const cross = visual.cross_filter && crossing ? choice(answer, row, crossing) : null;
  const drill = depth < levels.length - 1 ? choice(answer, row, level) : null;
  return { cross, drill, click: drill && (visual.kind === "treemap" || !cross) ? "drill" : "cross" };
}

/**
 * @param {Answer} answer
 * @param {Row} row
 * @param {string} dimension
 */
function choice(answer, row, dimension) {
  const { dimensions } = parts(answer);
  const named = dimensions.find(({ key }) => [dimension, `${dimension}_id`].includes(answer.columns[key].name));
  const part = named ?? (dimensions.length === 1 ? dimensions[0] : undefined);
  const value = part && row[part.key];
  return value === null || value === undefined || value === "" ? null : { dimension, value: String(value) };
}
