/** @import { Answer, Drawing, Row, Value } from "./contract.d.ts" */
/** @import { Line } from "./lines.js" */
/** @import { Part } from "./marks.js" */
import { brief, full, label, toNumber } from "./figures.js";
import { asLines, gathered, placeTip } from "./lines.js";
import { canvas, colourAt, figureAxis, isYardstick, nameAxis, opacity, parts, room, rowTip, tip, underLegend } from "./marks.js";

/** Bars: lying where they have names, standing where they follow time or a count. @param {Drawing} drawing */
export function barChart(drawing) {
  const { answer, look } = drawing;
  const { dimensions: [along], metrics } = parts(answer);
  const lying = along.column.type === "text" && along.column.name !== "month";
  const names = answer.rows.map((row) => label(row[along.at], along.column));
  // Figures of another unit would be bars of no length beside the first: tooltip and table tell them.
  const { unit, type } = metrics[0].column;
  const alike = metrics.filter(({ column }) => column.unit === unit && column.type === type);
  const lines = alike.map(({ column, at }) => ({
    name: column.label, column, cells: answer.rows.map((row, number) => ({ value: toNumber(row[at]), row: number })),
  }));
  const keys = answer.rows.map((row) => row[along.key]);
  const nameSide = { ...nameAxis(look, names), inverse: lying, triggerEvent: true, axisLine: { show: !lying, lineStyle: { color: look.rule } } };
  const figureSide = { ...figureAxis(look, lines[0].column), axisLabel: { ...figureAxis(look, lines[0].column).axisLabel, show: !lying } };
  if (lying) {
    nameSide.axisLabel = Object.assign(nameSide.axisLabel, { width: drawing.width < 400 ? 140 : Math.min(240, drawing.width * 0.42), overflow: "truncate", color: look.ink });
    figureSide.splitLine = Object.assign(figureSide.splitLine, { show: false });
  }
  return {
    ...canvas(look),
    ...(lines.length > 1 ? underLegend(drawing, lines.map(({ name }) => name)) : { grid: room(lying ? { right: 64, top: 2 } : {}) }),
    tooltip: { ...canvas(look).tooltip, trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: `${look.muted}1f` } }, formatter: wholeTip(drawing) },
    xAxis: lying ? figureSide : nameSide,
    yAxis: lying ? nameSide : figureSide,
    series: lines.map((line, number) => bars(drawing, line, number, keys, lying, lines.length === 1)),
  };
}

/** A tooltip of all figures of a row, those that are not drawn, too. @param {Drawing} drawing */
function wholeTip({ answer }) {
  return (/** @type {any} */ shown) => rowTip(answer, shown[0]?.data?.row ?? shown[0]?.dataIndex, shown[0]?.color);
}

/**
 * @param {Drawing} drawing
 * @param {Line} line
 * @param {number} number
 * @param {Value[]} keys
 * @param {boolean} lying
 * @param {boolean} alone
 */
function bars(drawing, line, number, keys, lying, alone) {
  const { look } = drawing;
  const colour = isYardstick(line.column) ? look.muted : colourAt(look, number);
  return {
    type: "bar",
    name: line.name,
    color: colour,
    barMaxWidth: lying ? 22 : 44,
    barCategoryGap: lying ? "34%" : "24%",
    cursor: drawing.visual.cross_filter || drawing.visual.drill?.length ? "pointer" : "default",
    label: { show: lying && alone, position: "right", color: look.ink, fontSize: 12, formatter: (/** @type {any} */ at) => brief(at.value, line.column) },
    data: line.cells.map((cell, place) => {
      const below = (cell?.value ?? 0) < 0;
      return {
        value: cell?.value ?? null, row: cell?.row, itemStyle: { opacity: opacity(drawing, keys[place]), borderRadius: corner(lying, below) },
      };
    }),
    emphasis: { disabled: true },
  };
}

/**
 * Round at the end that tells, straight at the ground.
 * @param {boolean} lying
 * @param {boolean} below
 */
function corner(lying, below) {
  if (lying) return below ? [4, 0, 0, 4] : [0, 4, 4, 0];
  return below ? [0, 0, 4, 4] : [4, 4, 0, 0];
}

/** Parts of a whole, one above the other. @param {Drawing} drawing */
export function stackedChart(drawing) {
  const { answer, look } = drawing;
  const { along, places, lines: all } = asLines(answer);
  const lines = gathered(all);
  const names = places.map((value) => label(value, along.column));
  const lying = along.column.type === "text" && along.column.name !== "month";
  const split = parts(answer).dimensions[1];
  const nameSide = { ...nameAxis(look, names), inverse: lying };
  const figureSide = figureAxis(look, lines[0].column);
  // A border takes as much of a thin bar as its colour.
  const borderWidth = places.length > drawing.width / 10 ? 0 : 1;
  const byStack = split !== undefined && split.column.name === drawing.visual.cross_filter;
  return {
    ...canvas(look),
    ...underLegend(drawing, lines.map(({ name }) => name)),
    tooltip: { ...canvas(look).tooltip, trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: `${look.muted}1f` } }, formatter: placeTip(names, lines) },
    xAxis: lying ? figureSide : nameSide,
    yAxis: lying ? nameSide : figureSide,
    series: lines.map((line, number) => ({
      type: "bar", name: line.name, stack: "all", color: colourAt(look, number), barMaxWidth: 44, barCategoryGap: "24%",
      itemStyle: { borderColor: look.surface, borderWidth, borderRadius: 2 },
      data: line.cells.map((cell, place) => {
        const value = cell && byStack ? cell.row !== undefined && answer.rows[cell.row][split.key] : places[place];
        return { value: cell?.value ?? null, row: cell?.row, itemStyle: { opacity: opacity(drawing, value) } };
      }),
      emphasis: { disabled: true },
    })),
  };
}

/** How many fall into each bin. @param {Drawing} drawing */
export function histogramChart(drawing) {
  const { look, answer } = drawing;
  const { dimensions: [along], metrics: [metric] } = parts(answer);
  const drawn = barChart(drawing);
  const bins = everyBin(answer, along);
  return {
    ...drawn,
    grid: room(),
    tooltip: { ...drawn.tooltip, formatter: (/** @type {any} */ shown) => rowTip(answer, shown[0]?.data?.row, shown[0]?.color) },
    xAxis: nameAxis(look, bins.map(({ from }) => binName(from, along))),
    yAxis: figureAxis(look, metric.column),
    series: [{
      ...drawn.series[0], barMaxWidth: undefined, barCategoryGap: "6%", label: { show: false },
      data: bins.map(({ from, row }) => ({
        value: row === undefined ? 0 : toNumber(answer.rows[row][metric.at]), row, itemStyle: { opacity: opacity(drawing, from), borderRadius: [3, 3, 0, 0] },
      })),
    }],
  };
}

/** More bins than this no screen can show. */
const MOST_BINS = 400;

/**
 * The bins with their rows, and those between that nothing fell into: the axis is one of amounts, and even.
 * @param {Answer} answer
 * @param {Part} along
 * @returns {{ from: Value, row?: number }[]}
 */
function everyBin({ rows }, along) {
  const given = rows.map((row, number) => ({ from: row[along.at], row: number }));
  const starts = rows.map((row) => Number(row[along.at]));
  const width = Math.min(...starts.slice(1).map((start, place) => start - starts[place]));
  const count = Math.round((starts[starts.length - 1] - starts[0]) / width) + 1;
  if (!(width > 0) || !(count <= MOST_BINS)) return given;
  const known = new Map(starts.map((start, row) => [Math.round((start - starts[0]) / width), row]));
  return Array.from({ length: count }, (_, place) => ({ from: starts[0] + place * width, row: known.get(place) }));
}

/**
 * @param {Value} value
 * @param {Part} along
 */
function binName(value, along) {
  return typeof value === "number" ? brief(value, { ...along.column, role: "metric" }) : label(value, along.column);
}

/** Each step as a part of the first. @param {Drawing} drawing */
export function funnelChart(drawing) {
  const { answer, look } = drawing;
  const { metrics: [metric] } = parts(answer);
  const first = toNumber(answer.rows[0]?.[metric.at]) || 1;
  const drawn = barChart({ ...drawing, answer: { ...answer, columns: answer.columns.filter((column) => column.role !== "metric" || column === metric.column) } });
  const [series] = drawn.series;
  return {
    ...drawn,
    grid: { ...drawn.grid, right: 110 },
    series: [{
      ...series,
      barMaxWidth: 30,
      label: {
        show: true, position: "right", color: look.ink,
        formatter: (/** @type {any} */ at) => `${brief(at.value, metric.column)}  ·  ${((at.value / first) * 100).toFixed(at.value / first < 0.1 ? 1 : 0)}%`,
      },
    }],
  };
}

/** The way from one figure to another, step by step. @param {Drawing} drawing */
export function waterfallChart(drawing) {
  const { answer, look } = drawing;
  const { dimensions: [step], metrics } = parts(answer);
  const amount = metrics.find(({ column }) => column.name !== "is_total") ?? metrics[0];
  const total = answer.columns.findIndex((column) => column.name === "is_total");
  const stairs = climb(answer.rows, amount.at, total);
  const names = answer.rows.map((row) => label(row[step.at], step.column));
  return {
    ...canvas(look),
    grid: room({ top: 26 }),
    tooltip: {
      ...canvas(look).tooltip, trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: `${look.muted}1f` } },
      formatter: (/** @type {any} */ shown) => {
        const stair = stairs[shown[0].dataIndex];
        return tip(names[shown[0].dataIndex], [
          { name: stair.ground ? amount.column.label : "Change", value: full(stair.value, amount.column), colour: stairColour(drawing, stair) },
          ...(stair.ground ? [] : [{ name: "Reached", value: full(stair.to, amount.column) }]),
        ]);
      },
    },
    xAxis: { ...nameAxis(look, names), axisLabel: { color: look.soft, interval: 0, fontSize: drawing.width < 400 ? 10.5 : 12, width: Math.max(40, (drawing.width - 70) / names.length - 3), overflow: "break", lineHeight: 14 } },
    yAxis: { ...figureAxis(look, amount.column), scale: false },
    series: [
      { type: "bar", stack: "all", silent: true, itemStyle: { color: "transparent" }, data: stairs.map((stair) => floor(stair)), tooltip: { show: false }, emphasis: { disabled: true } },
      {
        type: "bar", stack: "all", barMaxWidth: 54, barCategoryGap: "30%", emphasis: { disabled: true },
        label: { show: true, position: "top", color: look.ink, fontSize: 12, formatter: (/** @type {any} */ at) => brief(stairs[at.dataIndex].value, amount.column) },
        data: stairs.map((stair, row) => ({ value: body(stair), row, itemStyle: { color: stairColour(drawing, stair), borderRadius: 3 } })),
      },
    ],
  };
}

/** @typedef {{ value: number, from: number, to: number, ground: boolean }} Stair */

/**
 * @param {Row[]} rows
 * @param {number} amount
 * @param {number} total
 * @returns {Stair[]}
 */
function climb(rows, amount, total) {
  let level = 0;
  return rows.map((row, number) => {
    const value = toNumber(row[amount]) ?? 0;
    const ground = total >= 0 ? Number(row[total]) === 1 : number === 0;
    const from = ground ? 0 : level;
    level = from + value;
    return { value, from, to: level, ground };
  });
}

/** @param {Stair} stair */
function floor({ from, to }) {
  if (from >= 0 && to >= 0) return Math.min(from, to);
  return from <= 0 && to <= 0 ? Math.max(from, to) : 0;
}

/** Height above the invisible floor; a stair that crosses zero is drawn to where it ends. @param {Stair} stair */
function body({ from, to }) {
  if (from >= 0 && to >= 0) return Math.abs(to - from);
  return from <= 0 && to <= 0 ? -Math.abs(to - from) : to;
}

/** @param {Drawing} drawing @param {Stair} stair */
function stairColour({ look }, stair) {
  if (stair.ground) return look.accent;
  return stair.value >= 0 ? look.good : look.bad;
}

