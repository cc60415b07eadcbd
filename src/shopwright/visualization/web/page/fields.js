/** @import { Answer, Drawing } from "./contract.d.ts" */
/** @import { Part } from "./marks.js" */
import { brief, full, label, toNumber } from "./figures.js";
import { inkOn, onRamp } from "./look.js";
import { canvas, distinct, extent, figureAxis, nameAxis, opacity, parts, room, rowTip } from "./marks.js";

/** Tooltip of the row that a mark stands for. @param {Drawing} drawing */
function markTip({ answer }) {
  return (/** @type {any} */ at) => rowTip(answer, at.data?.row, typeof at.color === "string" ? at.color : undefined);
}

/** A field of two dimensions, coloured by a figure. In a matrix the figures are written, too. @param {Drawing} drawing */
export function heatChart(drawing) {
  const { answer, look, visual, width } = drawing;
  const narrow = width < 400;
  const { dimensions: [down, across], metrics: [metric] } = parts(answer);
  const rows = distinct(answer, down);
  const columns = distinct(answer, across);
  const { low, high } = extent(answer, metric.at);
  const cellWidth = (width - (narrow ? 108 : 158)) / columns.length;
  const written = visual.kind === "matrix" && cellWidth >= 40;
  const lowest = low >= 0 && (low < high / 3 || low === high) ? 0 : low;
  return {
    ...canvas(look),
    // An axis of weekdays or days explains itself, one of bare numbers does not.
    title: { show: across.column.format === "integer", text: across.column.label, left: 0, bottom: 8, textStyle: { color: look.soft, fontSize: 11, fontWeight: "normal", fontFamily: look.font } },
    grid: room({ top: 4, bottom: 34 }),
    tooltip: { ...canvas(look).tooltip, formatter: markTip(drawing) },
    xAxis: { ...nameAxis(look, columns.map((value) => short(label(value, across.column), across))), axisLine: { show: false }, axisLabel: acrossLabel(look, columns.length, cellWidth, across.column.type === "text") },
    yAxis: { ...nameAxis(look, rows.map((value) => short(label(value, down.column), down))), axisLine: { show: false }, inverse: true, axisLabel: { color: look.soft, width: narrow ? 100 : 150, overflow: "truncate" } },
    visualMap: {
      min: lowest, max: high > lowest ? high : lowest + 1, dimension: 2, show: true, calculable: false, orient: "horizontal", right: 8, bottom: 0,
      itemWidth: 10, itemHeight: narrow ? 60 : 120, textStyle: { color: look.soft, fontSize: 11 }, inRange: { color: look.ramp }, hoverLink: false,
      text: [brief(high, metric.column), brief(lowest, metric.column)],
    },
    series: [{
      type: "heatmap",
      data: cells(answer, down, across, metric).map((cell) => ({
        ...cell,
        itemStyle: { opacity: opacity(drawing, keyOf(drawing, cell.row, down, across)) },
        label: { show: written, fontSize: 11, color: inkOn(onRamp(look.ramp, (cell.value[2] - lowest) / (high - lowest || 1))), formatter: () => brief(cell.value[2], metric.column) },
      })),
      itemStyle: { borderColor: look.surface, borderWidth: 2, borderRadius: 4 },
      emphasis: { itemStyle: { borderColor: look.ink, borderWidth: 1.5 } },
    }],
  };
}

/**
 * @param {Answer} answer
 * @param {Part} down
 * @param {Part} across
 * @param {Part} metric
 * @returns {{ value: [number, number, number], row: number }[]}
 */
function cells(answer, down, across, metric) {
  const rows = new Map(distinct(answer, down).map((value, place) => [value, place]));
  const columns = new Map(distinct(answer, across).map((value, place) => [value, place]));
  return answer.rows.flatMap((row, number) => {
    const figure = toNumber(row[metric.at]);
    return figure === null ? [] : [{ value: /** @type {[number, number, number]} */ ([columns.get(row[across.at]) ?? 0, rows.get(row[down.at]) ?? 0, figure]), row: number }];
  });
}

/** @param {Drawing} drawing @param {number} row @param {Part} down @param {Part} across */
function keyOf({ visual, answer }, row, down, across) {
  return answer.rows[row][(across.column.name === visual.cross_filter ? across : down).key];
}

/** Names that do not fit above each other are written aslant. @param {import("./contract.d.ts").Look} look @param {number} count @param {number} cellWidth @param {boolean} named */
function acrossLabel(look, count, cellWidth, named) {
  if (!named || count > 16) return { color: look.soft, hideOverlap: true };
  return { color: look.soft, interval: 0, rotate: cellWidth < 76 ? 35 : 0, width: 110, overflow: "truncate" };
}

/** Weekdays and hours are known by their beginning. @param {string} name @param {Part} part */
function short(name, { column }) {
  if (column.name === "weekday") return name.slice(0, 3);
  return column.name === "hour" ? name.slice(0, 2) : name;
}

/** Tiles as large as their figure. @param {Drawing} drawing */
export function treemapChart(drawing) {
  const { answer, look } = drawing;
  const { dimensions, metrics: [area, tone] } = parts(answer);
  const name = dimensions[dimensions.length - 1];
  const shaded = tone ?? area;
  const { low, high } = extent(answer, shaded.at);
  // The palest tone of the ramp is that of the paper: tiles begin one above it.
  const ramp = look.ramp.slice(1);
  const whole = answer.rows.reduce((sum, row) => sum + Math.max(0, toNumber(row[area.at]) ?? 0), 0);
  return {
    ...canvas(look),
    tooltip: { ...canvas(look).tooltip, formatter: markTip(drawing) },
    series: [{
      type: "treemap", roam: false, nodeClick: false, breadcrumb: { show: false }, squareRatio: 1, left: 0, right: 0, top: 0, bottom: 0, sort: "desc",
      cursor: drawing.visual.drill?.length || drawing.visual.cross_filter ? "pointer" : "default",
      itemStyle: { borderColor: look.surface, borderWidth: 0, gapWidth: 3, borderRadius: 6 },
      emphasis: { itemStyle: { borderColor: look.ink }, upperLabel: { show: false } },
      data: answer.rows.flatMap((row, number) => {
        const size = toNumber(row[area.at]) ?? 0;
        if (size <= 0) return [];
        const colour = onRamp(ramp, ((toNumber(row[shaded.at]) ?? low) - low) / (high - low || 1));
        return [{
          name: label(row[name.at], name.column), value: size, row: number,
          itemStyle: { color: colour, opacity: opacity(drawing, row[name.key]) },
          label: tileLabel(inkOn(colour), brief(row[area.at], area.column), size / whole),
        }];
      }),
    }],
  };
}

/**
 * A small tile has its name alone, in small letters on as many lines as it takes; the smallest has it in its tip.
 * @param {string} ink
 * @param {string} figure
 * @param {number} share of the whole area
 */
function tileLabel(ink, figure, share) {
  const small = share < 0.06;
  return {
    show: share > 0.012, position: "insideTopLeft", padding: small ? [4, 5] : [6, 8], overflow: small ? "break" : "truncate", lineOverflow: "truncate",
    formatter: (/** @type {any} */ at) => `{name|${at.name.replace(/[{}|]/g, " ")}}${small ? "" : `\n{figure|${figure}}`}`,
    rich: { name: { color: ink, fontSize: small ? 10.5 : 12.5, fontWeight: 600, lineHeight: small ? 13 : 18 }, figure: { color: ink, fontSize: small ? 10.5 : 12, lineHeight: small ? 13 : 16 } },
  };
}

/** One point a row: the first metric to the right, the second up, the third as its size. @param {Drawing} drawing */
export function scatterChart(drawing) {
  const { answer, look } = drawing;
  const { dimensions, metrics: [right, up, size] } = parts(answer);
  const largest = size ? extent(answer, size.at).high || 1 : 1;
  const key = dimensions[dimensions.length - 1].key;
  /** @param {Part} part @param {number} gap */
  const axis = (part, gap) => ({ ...figureAxis(look, part.column), name: part.column.label, nameLocation: "middle", nameGap: gap, nameTextStyle: { color: look.soft }, scale: true });
  return {
    ...canvas(look),
    grid: room({ bottom: 22, left: 22, right: 18 }),
    tooltip: { ...canvas(look).tooltip, formatter: markTip(drawing) },
    xAxis: axis(right, 30),
    yAxis: axis(up, 48),
    series: [{
      type: "scatter",
      data: answer.rows.flatMap((row, number) => {
        const [x, y] = [toNumber(row[right.at]), toNumber(row[up.at])];
        if (x === null || y === null) return [];
        const share = size ? Math.sqrt(Math.max(toNumber(row[size.at]) ?? 0, 0) / largest) : 0.2;
        return [{ value: [x, y], row: number, symbolSize: 7 + share * 26, itemStyle: { opacity: opacity(drawing, row[key]) * 0.75 } }];
      }),
      itemStyle: { color: look.accent, borderColor: look.surface, borderWidth: 1 },
      emphasis: { scale: 1.15, itemStyle: { opacity: 1, borderColor: look.ink } },
    }],
  };
}

/**
 * Whether a matrix is so empty that nothing can be seen in it.
 * @param {Answer} answer
 */
export function isSparse(answer) {
  const { dimensions: [down, across] } = parts(answer);
  return across !== undefined && answer.rows.length < 0.2 * distinct(answer, down).length * distinct(answer, across).length;
}

/**
 * What a chart says, in a sentence for those who cannot see it.
 * @param {Answer} answer
 * @returns {string}
 */
export function summary(answer) {
  const { dimensions, metrics: [metric] } = parts(answer);
  if (!metric || answer.rows.length === 0) return "No figures.";
  const ranked = answer.rows.filter((row) => toNumber(row[metric.at]) !== null)
    .sort((a, b) => (toNumber(b[metric.at]) ?? 0) - (toNumber(a[metric.at]) ?? 0));
  /** @param {import("./contract.d.ts").Row} row */
  const told = (row) => `${dimensions.map(({ column, at }) => label(row[at], column)).join(", ")} with ${full(row[metric.at], metric.column)}`;
  const count = `${metric.column.label}, ${answer.rows.length} ${answer.rows.length === 1 ? "row" : "rows"}.`;
  return ranked.length > 1 ? `${count} Highest: ${told(ranked[0])}. Lowest: ${told(ranked[ranked.length - 1])}.` : count;
}
