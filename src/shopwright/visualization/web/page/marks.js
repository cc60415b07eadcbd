/** @import { Answer, Column, Drawing, Look, Row, Value } from "./contract.d.ts" */
import { element } from "./elements.js";
import { brief, full, label, toNumber } from "./figures.js";

/**
 * A column that is drawn. `key` is the place of the value to filter by, which for a product is not its name.
 * @typedef {{ column: Column, at: number, key: number }} Part
 */

/**
 * The columns of an answer by what they are for. A dimension with a label is shown as that.
 * @param {Answer} answer
 * @returns {{ dimensions: Part[], metrics: Part[] }}
 */
export function parts({ columns }) {
  const all = columns.map((column, at) => ({ column, at, key: columns[at - 1] && column.role === "label" ? at - 1 : at }));
  return {
    dimensions: all.filter(({ column, at }) => column.role === "label" || (column.role === "dimension" && columns[at + 1]?.role !== "label")),
    metrics: all.filter(({ column }) => column.role === "metric"),
  };
}

/**
 * The name of a row: its dimensions in words.
 * @param {Row} row
 * @param {Part[]} dimensions
 */
export function rowName(row, dimensions) {
  return dimensions.map(({ column, at }) => label(row[at], column)).join(", ");
}

/**
 * The different values of a dimension, in the order of the rows; those that count are put in order.
 * @param {Answer} answer
 * @param {Part} part
 * @returns {Value[]}
 */
export function distinct(answer, part) {
  const found = [...new Set(answer.rows.map((row) => row[part.at]))];
  const counted = found.every((value) => typeof value === "number") || part.column.type === "date";
  return counted ? found.sort((a, b) => (/** @type {any} */ (a) < /** @type {any} */ (b) ? -1 : 1)) : found;
}

/**
 * How opaque a mark is: those not clicked step back.
 * @param {Drawing} drawing
 * @param {Value | undefined} value
 */
export function opacity(drawing, value) {
  return drawing.selected === null || String(value) === drawing.selected ? 1 : 0.28;
}

/** What is the same in every chart. No animation: each draws a page twenty times over. @param {Look} look */
export function canvas(look) {
  return {
    animation: false,
    textStyle: { fontFamily: look.font, color: look.soft, fontSize: 12 },
    tooltip: {
      confine: true,
      backgroundColor: look.surface,
      borderColor: look.rule,
      padding: 0,
      textStyle: { color: look.ink, fontFamily: look.font },
      extraCssText: "border-radius:10px;box-shadow:0 8px 28px rgba(10,14,30,.18)",
    },
  };
}

/**
 * Content of a tooltip. An element and not a text: the page's security policy forbids the inline styles of the latter.
 * @param {string} title
 * @param {{ name: string, value: string, colour?: string }[]} lines
 */
export function tip(title, lines) {
  return element(
    "div", { class: "tip" },
    element("p", {}, title),
    ...lines.map(({ name, value, colour }) => {
      const swatch = element("i", { "aria-hidden": "true" });
      if (colour) swatch.style.background = colour;
      return element("div", {}, colour ? swatch : null, element("span", {}, name), element("b", {}, value));
    }),
  );
}

/**
 * A tooltip that tells all metrics of one row.
 * @param {Answer} answer
 * @param {number | undefined} rowNumber
 * @param {string} [colour]
 */
export function rowTip(answer, rowNumber, colour) {
  const row = rowNumber === undefined ? undefined : answer.rows[rowNumber];
  if (!row) return "";
  const { dimensions, metrics } = parts(answer);
  return tip(
    rowName(row, dimensions),
    metrics.map(({ column, at }, place) => ({
      name: column.label, value: full(row[at], column), colour: place === 0 ? colour : undefined,
    })),
  );
}

/**
 * An axis of names.
 * @param {Look} look
 * @param {string[]} names
 */
export function nameAxis(look, names) {
  return {
    type: "category",
    data: names,
    axisLine: { lineStyle: { color: look.rule } },
    axisTick: { show: false },
    axisLabel: { color: look.soft, hideOverlap: true },
  };
}

/**
 * An axis of figures.
 * @param {Look} look
 * @param {Column} column
 */
export function figureAxis(look, column) {
  return {
    type: "value",
    splitNumber: 4,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: look.rule } },
    axisLabel: { color: look.soft, hideOverlap: true, formatter: (/** @type {number} */ value) => brief(value, column) },
  };
}

/**
 * The space around a chart.
 * @param {Record<string, number>} [more]
 */
export function room(more = {}) {
  return { left: 4, right: 12, top: 12, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel", ...more };
}

const LEGEND_LINE = 26;

/**
 * A legend on as many lines as its names take, and the space that it leaves to the chart.
 * @param {Drawing} drawing
 * @param {string[]} names
 */
export function underLegend({ look, width }, names) {
  let [lines, taken] = [1, 0];
  for (const name of names) {
    const item = textWidth(name, look.font) + 27;
    if (taken > 0 && taken + item > width) [lines, taken] = [lines + 1, 0];
    taken += item;
  }
  return {
    grid: room({ top: 12 + lines * LEGEND_LINE }),
    legend: {
      left: 0, top: 0, width, itemWidth: 10, itemHeight: 10, itemGap: 12, icon: "roundRect", data: names,
      textStyle: { color: look.soft, fontSize: 12 }, inactiveColor: look.muted,
    },
  };
}

const pen = document.createElement("canvas").getContext("2d");

/** Pixels that a legend's name takes. @param {string} text @param {string} font */
function textWidth(text, font) {
  if (!pen) return text.length * 7;
  pen.font = `12px ${font}`;
  return pen.measureText(text).width;
}

/** A colour by its place; those past the last are grey, as the eye cannot tell them apart. @param {Look} look @param {number} place */
export function colourAt(look, place) {
  return look.series[place] ?? look.muted;
}

/** Whether a metric is the yardstick of another. @param {Column} column */
export function isYardstick(column) {
  return /_prior_(year|period)$/.test(column.name);
}

/**
 * The lowest and the highest figure of a column.
 * @param {Answer} answer
 * @param {number} at
 */
export function extent(answer, at) {
  const figures = answer.rows.map((row) => toNumber(row[at])).filter((figure) => figure !== null);
  return figures.length ? { low: Math.min(...figures), high: Math.max(...figures) } : { low: 0, high: 0 };
}
