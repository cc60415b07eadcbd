/** @import { Answer, Column, Row, Value, Visual } from "./contract.d.ts" */
import { deed } from "./charts.js";
import { element } from "./elements.js";
import { full, toNumber } from "./figures.js";
import { extent, parts } from "./marks.js";

/** More rows than this nobody reads; all are in the CSV. */
const SHOWN = 300;

/**
 * The figures of a visual as a table. Rows that can be clicked in the chart have a button here, so that everything can be
 * done with the keyboard.
 * @param {Visual} visual
 * @param {Answer} answer
 * @param {{ depth: number, selected: string | null, act: (row: number) => void }} hand
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
    const todo = deed(visual, answer, row, hand.depth);
    const chosen = todo !== null && todo.value === hand.selected;
    const cells = shown.map(({ column, at }, place) => cell(row[at], column, highest[at], place === 0 && todo ? todo : null, () => hand.act(number), chosen));
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
 * @param {Value} value
 * @param {Column} column
 * @param {number} highest
 * @param {import("./charts.js").Deed} todo
 * @param {() => void} act
 * @param {boolean} chosen
 */
function cell(value, column, highest, todo, act, chosen) {
  const text = full(value, column);
  if (todo) {
    const told = todo.act === "drill" ? `Open ${text}` : chosen ? `Release ${text}` : `Show only ${text}`;
    return element(
      "th", { scope: "row" },
      element("button", { type: "button", class: "row-button", title: told, "aria-label": told, "aria-pressed": todo.act === "cross" ? String(chosen) : null, click: act }, text),
    );
  }
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

