/** @import { Answer, Change, Column, Sparkline, Visual } from "./contract.d.ts" */
import { element, icon, shape } from "./elements.js";
import { full, growth, headline, label, points, span, toNumber } from "./figures.js";
import { parts } from "./marks.js";

/**
 * The body of a card with one figure: the figure, its change, and its course.
 * @param {Visual} visual
 * @param {Answer} answer
 * @returns {HTMLElement}
 */
export function kpiBody(visual, answer) {
  const { metrics: [metric] } = parts(answer);
  const value = answer.rows[0]?.[metric.at];
  const shown = headline(value, metric.column);
  return element(
    "div", { class: "kpi" },
    element("p", { class: shown.length > 10 ? "kpi-value long" : "kpi-value", title: full(value, metric.column) }, shown),
    element(
      "dl", { class: "kpi-changes" },
      ...change("prior period", answer.comparison?.prior_period, visual, metric.column),
      ...change("prior year", answer.comparison?.prior_year, visual, metric.column),
    ),
    answer.sparkline ? sparkline(answer.sparkline) : null,
  );
}

/**
 * @param {string} name
 * @param {Change | null | undefined} told
 * @param {Visual} visual
 * @param {Column} column
 * @returns {HTMLElement[]}
 */
function change(name, told, visual, column) {
  // A rate grows by points: 4 % of a margin of 50 % is easily taken for 54 %.
  const isRate = column.type === "rate";
  const moved = toNumber(isRate ? told?.change : told?.growth);
  if (!told || moved === null) return [];
  const way = moved > 0.0005 ? "up" : moved < -0.0005 ? "down" : "level";
  const good = visual.good ?? "up";
  const mood = way === "level" || good === "neutral" ? "even" : way === good ? "better" : "worse";
  const days = told.from && told.to ? ` (${span(told.from, told.to)})` : "";
  return [element(
    "div", { class: mood, title: `${full(told.value, column)} in the ${name}${days}` },
    element("dd", {}, icon(way), isRate ? points(moved) : growth(moved), mood === "even" ? null : element("span", { class: "unseen" }, ` (${mood})`)),
    element("dt", {}, element("span", { class: "unseen" }, "against the "), name),
  )];
}

const WIDTH = 240;
const HEIGHT = 48;

/**
 * The course of a figure as a line without an axis; its two ends are told to a screen reader.
 * @param {Sparkline} course
 */
function sparkline(course) {
  const figures = course.rows.map((row) => toNumber(row[1]) ?? 0);
  if (figures.length < 2) return null;
  const [low, high] = [Math.min(...figures), Math.max(...figures)];
  const points = figures.map((figure, place) => {
    const x = (place / (figures.length - 1)) * WIDTH;
    const y = HEIGHT - 4 - ((figure - low) / (high - low || 1)) * (HEIGHT - 10);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const [first, last] = [course.rows[0], course.rows[course.rows.length - 1]];
  const [along, column] = course.columns;
  const told = `From ${full(first[1], column)} (${label(first[0], along)}) to ${full(last[1], column)} (${label(last[0], along)})`;
  const line = points.join(" L");
  return shape(
    "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "sparkline", role: "img", "aria-label": told },
    shape("path", { class: "spark-area", d: `M0,${HEIGHT} L${line} L${WIDTH},${HEIGHT} Z` }),
    shape("path", { class: "spark-line", d: `M${line}` }),
  );
}
