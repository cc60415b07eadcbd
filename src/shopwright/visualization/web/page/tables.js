/** @import { Answer, Column, Row, Value, Visual } from "./contract.d.ts" */
import { deeds } from "./charts.js";
import { element, icon } from "./elements.js";
import { full, toNumber } from "./figures.js";
import { extent, parts } from "./marks.js";

/** More rows than this nobody reads; all are in the CSV. */
const SHOWN = 300;

/**
 * The figures of a visual as a table. Rows that can be clicked in the chart have a button here, so that everything can be
 * done with the keyboard.
 * @param {Visual} visual
 * @param {Answer} answer
 * @param {{ depth: number, selected: string | null, act: (row: number, deed: "cross" | "drill") => void }} hand
 * @returns {HTMLElement}
 */
export function figureTable(visual, answer, hand) {
  const { dimensions, metrics } = parts(answer);
  const shown = [...dimensions, ...metrics].sort((a, b) => a.at - b.at);
  const body = element("tbody");
  const highest = answer.columns.map((column, at) => (column.type === "rate" ? extent(answer, at).high : 0));
  const heads = shown.map(({ column, at }) => head(column, () => sort(at)));
  /** @type {{ at: number, down: boolean } | null} */
  let order = null;
  /** @param {number} at */
  function sort(at) {
    order = order?.at === at ? { at, down: !order.down } : { at, down: answer.columns[at].role === "metric" };
    heads.forEach((cell, place) => {
      if (shown[place].at === at) cell.setAttribute("aria-sort", order?.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    fill();
  }
  function fill() {
    const numbered = answer.rows.map((row, number) => ({ row, number }));
    if (order) {
      const { at, down } = order;
      numbered.sort((a, b) => compare(a.row[at], b.row[at], down));
    }
    body.replaceChildren(...numbered.slice(0, SHOWN).map(({ row, number }) => line(row, number)));
  }
  /** @param {Row} row @param {number} number */
  function line(row, number) {
    const { cross, drill } = deeds(visual, answer, row, hand.depth);
    const chosen = cross !== null && cross.value === hand.selected;
    const cells = shown.map(({ column, at }, place) => place === 0 && (cross || drill)
      ? rowHead(full(row[at], column), { cross: cross && (() => hand.act(number, "cross")), drill: drill && (() => hand.act(number, "drill")) }, chosen)
      : cell(row[at], column, highest[at]));
    return element("tr", { class: chosen ? "chosen" : null }, ...cells);
  }
  fill();
  const rest = answer.rows.length - SHOWN;
  return element(
    "div", { class: "table-frame", tabindex: 0, role: "region", "aria-label": `${visual.title}: table` },
    element(
      "table", {},
      element("caption", { class: "unseen" }, visual.title),
      element("thead", {}, element("tr", {}, ...heads)),
      body,
      answer.totals ? element("tfoot", {}, totals(answer, shown)) : null,
    ),
    rest > 0 ? element("p", { class: "rest" }, `and ${rest} more rows, in the CSV`) : null,
  );
}

/** @param {Column} column @param {() => void} sort */
function head(column, sort) {
  return element(
    "th", { scope: "col", class: side(column) },
    element("button", { type: "button", class: "sort", click: sort }, column.label),
  );
}

/** @param {Column} column */
function side(column) {
  return column.role === "metric" && column.type !== "text" && column.type !== "date" ? "figure" : "";
}

/**
 * @param {Value} a
 * @param {Value} b
 * @param {boolean} down
 */
function compare(a, b, down) {
  const [x, y] = [toNumber(a), toNumber(b)];
  if (x === null && y === null) return String(a ?? "").localeCompare(String(b ?? "")) * (down ? -1 : 1);
  if (x === null || y === null) return x === null ? 1 : -1;
  return down ? y - x : x - y;
}

/**
 * The name of a row with what can be done with it.
 * @param {string} name
 * @param {{ cross: (() => void) | null, drill: (() => void) | null }} acts
 * @param {boolean} chosen
 */
function rowHead(name, { cross, drill }, chosen) {
  const opening = `Open ${name}`;
  const filtering = chosen ? `Release ${name}` : `Show only ${name}`;
  return element(
    "th", { scope: "row" },
    cross
      ? element("button", { type: "button", class: "row-button", title: filtering, "aria-label": filtering, "aria-pressed": String(chosen), click: cross }, name)
      : element("button", { type: "button", class: "row-button", title: opening, "aria-label": opening, click: drill ?? undefined }, name),
    cross && drill ? element("button", { type: "button", class: "open-level", title: opening, "aria-label": opening, click: drill }, icon("chevron")) : null,
  );
}

/**
 * @param {Value} value
 * @param {Column} column
 * @param {number} highest
 */
function cell(value, column, highest) {
  const text = full(value, column);
  if (column.role !== "metric") return element("td", {}, text);
  const made = element("td", { class: side(column) }, text);
  if (column.type === "rate") rateBar(made, toNumber(value), highest);
  return made;
}

/**
 * A bar behind a rate, as long as its part of the highest.
 * @param {HTMLElement} made
 * @param {number | null} rate
 * @param {number} highest
 */
function rateBar(made, rate, highest) {
  if (rate === null || rate <= 0 || highest <= 0) return;
  made.classList.add("rated");
  made.style.setProperty("--rate", `${Math.round((rate / Math.max(highest, 0.0001)) * 100)}%`);
}

/**
 * @param {Answer} answer
 * @param {{ column: Column, at: number }[]} shown
 */
function totals(answer, shown) {
  const sums = answer.totals ?? [];
  return element("tr", {}, ...shown.map(({ column, at }, place) =>
    place === 0
      ? element("th", { scope: "row" }, "All")
      : element("td", { class: side(column) }, column.role === "metric" ? full(sums[at], column) : "")));
}

