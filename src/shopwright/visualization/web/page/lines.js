/** @import { Answer, Column, Drawing } from "./contract.d.ts" */
/** @import { Part } from "./marks.js" */
import { full, label, toNumber } from "./figures.js";
import { canvas, colourAt, distinct, figureAxis, isYardstick, nameAxis, opacity, parts, room, tip, underLegend } from "./marks.js";

/**
 * A line of a chart: one metric, or one value of the second dimension.
 * @typedef {{ name: string, column: Column, cells: ({ value: number | null, row?: number } | null)[] }} Line
 */

/**
 * The rows as lines over the values of the first dimension.
 * @param {Answer} answer
 * @returns {{ along: Part, places: import("./contract.d.ts").Value[], lines: Line[] }}
 */
export function asLines(answer) {
  const { dimensions: [along, split], metrics } = parts(answer);
  const places = distinct(answer, along);
  const place = new Map(places.map((value, number) => [value, number]));
  /** @param {string} name @param {Part} metric @param {(row: import("./contract.d.ts").Row) => boolean} belongs */
  const line = (name, metric, belongs) => {
    /** @type {Line["cells"]} */
    const cells = places.map(() => null);
    answer.rows.forEach((row, number) => {
      if (belongs(row)) cells[place.get(row[along.at]) ?? 0] = { value: toNumber(row[metric.at]), row: number };
    });
    return { name, column: metric.column, cells };
  };
  const lines = split
    ? ranked(answer, split, metrics[0]).map((value) => line(label(value, split.column), metrics[0], (row) => row[split.at] === value))
    : metrics.map((metric) => line(metric.column.label, metric, () => true));
  // A year before the first sale there is nothing to draw, and nothing to name in the legend.
  const told = lines.filter(({ cells }, number) => number === 0 || cells.some((cell) => cell && cell.value !== null));
  return { along, places, lines: told };
}

/** How many lines have a colour of their own, beside the grey of the rest. */
const OWN_COLOURS = 6;

/**
 * The lines, the small ones past the colours as one.
 * @param {Line[]} lines from the greatest down
 * @returns {Line[]}
 */
export function gathered(lines) {
  const rest = lines.slice(OWN_COLOURS);
  if (rest.length < 2) return lines;
  const cells = rest[0].cells.map((_, place) => ({ value: rest.reduce((sum, { cells: own }) => sum + (own[place]?.value ?? 0), 0) }));
  return [...lines.slice(0, OWN_COLOURS), { name: `${rest.length} others`, column: rest[0].column, cells }];
}

/**
 * The values of a dimension from the greatest down, so that those with a colour of their own are those that count.
 * @param {Answer} answer
 * @param {Part} split
 * @param {Part} metric
 */
function ranked(answer, split, metric) {
  const values = distinct(answer, split);
  if (split.column.type !== "text") return values;
  const sums = new Map(values.map((value) => [value, 0]));
  for (const row of answer.rows) sums.set(row[split.at], (sums.get(row[split.at]) ?? 0) + (toNumber(row[metric.at]) ?? 0));
  return values.sort((a, b) => (sums.get(b) ?? 0) - (sums.get(a) ?? 0));
}

/**
 * The tooltip of all lines at one place.
 * @param {string[]} names
 * @param {Line[]} lines
 */
export function placeTip(names, lines) {
  return (/** @type {any} */ shown) => {
    const list = Array.isArray(shown) ? shown : [shown];
    const at = list[0]?.dataIndex ?? 0;
    return tip(names[at], list.flatMap(({ seriesIndex, color }) => {
      const line = lines[seriesIndex];
      return line ? [{ name: line.name, value: full(line.cells[at]?.value, line.column), colour: typeof color === "string" ? color : undefined }] : [];
    }));
  };
}

/** Lines, and areas under them. @param {Drawing} drawing */
export function lineChart(drawing) {
  const { answer, look, visual } = drawing;
  const { along, places, lines } = asLines(answer);
  const names = places.map((value) => label(value, along.column));
  const stacked = visual.kind === "area" && lines.length > 1 && !lines.some((line) => isYardstick(line.column));
  const several = lines.length > 1;
  return {
    ...canvas(look),
    ...(several ? underLegend(drawing, lines.map(({ name }) => name)) : { grid: room() }),
    tooltip: { ...canvas(look).tooltip, trigger: "axis", axisPointer: { lineStyle: { color: look.muted } }, formatter: placeTip(names, lines) },
    xAxis: { ...nameAxis(look, names), boundaryGap: false },
    yAxis: figureAxis(look, lines[0].column),
    series: lines.map((line, number) => oneLine(drawing, line, number, stacked)),
  };
}

/**
 * @param {Drawing} drawing
 * @param {Line} line
 * @param {number} number
 * @param {boolean} stacked
 */
function oneLine({ look, visual }, line, number, stacked) {
  const yardstick = isYardstick(line.column);
  const colour = yardstick ? look.muted : colourAt(look, number);
  const filled = stacked || (!yardstick && number === 0 && (visual.kind === "area" || visual.kind === "line"));
  const fade = { type: "linear", x: 0, y: 0, x2: 0, y2: 1, colorStops: [{ offset: 0, color: `${colour}3d` }, { offset: 1, color: `${colour}00` }] };
  return {
    type: "line",
    name: line.name,
    stack: stacked ? "all" : undefined,
    data: line.cells.map((cell) => cell ?? { value: null }),
    smooth: 0.25,
    smoothMonotone: "x",
    showSymbol: line.cells.length < 2,
    symbol: "circle",
    symbolSize: 7,
    z: yardstick ? 1 : 3,
    color: colour,
    lineStyle: { width: yardstick ? 1.75 : 2.5, type: yardstick ? [5, 4] : "solid" },
    areaStyle: filled ? { color: stacked ? `${colour}b3` : fade } : undefined,
    emphasis: { disabled: true },
  };
}

/** Bars of the first metric and lines of the others, on an axis of their own where the unit is another. @param {Drawing} drawing */
export function comboChart(drawing) {
  const { answer, look } = drawing;
  const { along, places, lines } = asLines(answer);
  const names = places.map((value) => label(value, along.column));
  // Between names there is nothing that a line could follow: points only.
  const named = along.column.type === "text";
  const each = (drawing.width - 110) / names.length;
  const second = lines.slice(1).find((line) => line.column.unit !== lines[0].column.unit || line.column.type !== lines[0].column.type);
  return {
    ...canvas(look),
    ...underLegend(drawing, lines.map(({ name }) => name)),
    tooltip: { ...canvas(look).tooltip, trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: `${look.muted}1f` } }, formatter: placeTip(names, lines) },
    xAxis: named ? { ...nameAxis(look, names), axisLabel: { color: look.soft, interval: 0, fontSize: 11, overflow: "truncate", ...(each < 66 ? { rotate: 35, width: 90 } : { width: each - 4 }) } } : nameAxis(look, names),
    yAxis: second
      ? [figureAxis(look, lines[0].column), { ...figureAxis(look, second.column), splitLine: { show: false }, alignTicks: true }]
      : figureAxis(look, lines[0].column),
    series: lines.map((line, number) => (number === 0 ? comboBars(drawing, line, places) : {
      type: "line", name: line.name, data: line.cells.map((cell) => cell ?? { value: null }), symbol: "circle", symbolSize: named ? 12 : 6,
      showSymbol: named || line.cells.length < 40, color: colourAt(look, number), lineStyle: { width: named ? 0 : 2.5 }, z: 4,
      yAxisIndex: second && line.column.unit === second.column.unit ? 1 : 0, emphasis: { disabled: true },
    })),
  };
}

/**
 * @param {Drawing} drawing
 * @param {Line} line
 * @param {import("./contract.d.ts").Value[]} places
 */
function comboBars(drawing, line, places) {
  return {
    type: "bar", name: line.name, color: drawing.look.accent, barMaxWidth: 36, barCategoryGap: "28%",
    itemStyle: { borderRadius: [4, 4, 0, 0] },
    data: line.cells.map((cell, place) => ({ value: cell?.value ?? null, row: cell?.row, itemStyle: { opacity: opacity(drawing, places[place]) } })),
    emphasis: { disabled: true },
  };
}

/** Bars from the greatest down, and the share of the whole that they reach together. @param {Drawing} drawing */
export function paretoChart(drawing) {
  const { answer, look } = drawing;
  const { dimensions: [along], metrics } = parts(answer);
  const [metric] = metrics;
  const reached = metrics.find(({ column }) => column.type === "rate") ?? metric;
  const names = answer.rows.map((row) => label(row[along.at], along.column));
  const lines = [metric, reached].map(({ column, at }) => ({
    name: column.label, column, cells: answer.rows.map((row, number) => ({ value: toNumber(row[at]), row: number })),
  }));
  const keys = answer.rows.map((row) => row[along.key]);
  return {
    ...canvas(look),
    ...underLegend(drawing, lines.map(({ name }) => name)),
    tooltip: { ...canvas(look).tooltip, trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: `${look.muted}1f` } }, formatter: placeTip(names, lines) },
    xAxis: { ...nameAxis(look, names), axisLabel: { show: names.length <= 12, color: look.soft, width: 90, overflow: "truncate", interval: 0, rotate: 30 } },
    yAxis: [figureAxis(look, metric.column), { ...figureAxis(look, reached.column), max: 1, min: 0, interval: 0.2, splitLine: { show: false } }],
    series: [
      comboBars(drawing, lines[0], keys),
      {
        type: "line", name: reached.column.label, yAxisIndex: 1, data: lines[1].cells, showSymbol: false, color: look.series[1],
        lineStyle: { width: 2.5 }, emphasis: { disabled: true },
        markLine: {
          silent: true, symbol: "none", lineStyle: { color: look.muted, type: [4, 4] }, data: [{ yAxis: 0.8 }],
          label: { position: "insideEndTop", formatter: "80%", color: look.soft },
        },
      },
    ],
  };
}
