/** @import { Answer, Query, Source, State, Visual } from "./contract.d.ts" */
import { deeds, isChart, mountChart } from "./charts.js";
import { csvText } from "./csv.js";
import { element, failure, icon, iconButton } from "./elements.js";
import { isSparse, summary } from "./fields.js";
import { label } from "./figures.js";
import { kpiBody } from "./kpi.js";
import { currentLook } from "./look.js";
import { figureTable } from "./tables.js";

/**
 * What a card may do to the page.
 * @typedef {object} Hand
 * @property {(visual: Visual, dimension: string, value: string) => void} cross filters the page, or releases it
 * @property {(visual: Visual, dimension: string, value: string) => void} drill goes a level down
 * @property {(visual: Visual, depth: number) => void} climb goes back up to a depth
 * @property {() => void} clear takes all filters off
 * @property {() => void} retry
 * @property {(visual: Visual) => Query} query
 */

/** @param {string} name @param {string} value */
function valueLabel(name, value) {
  return label(value, { name, label: name, role: "dimension", type: "text" });
}

/** The frame of one visual on the page: its title, its tools, and its figures as a chart or a table. */
export class Card {
  /**
   * @param {Visual} visual
   * @param {Source} source
   * @param {Hand} hand
   */
  constructor(visual, source, hand) {
    this.visual = visual;
    this.source = source;
    this.hand = hand;
    /** @type {Answer | null} */
    this.answer = null;
    /** @type {State | null} */
    this.state = null;
    /** @type {import("./charts.js").Chart | null} */
    this.chart = null;
    /** What is drawn, as text. */
    this.drawn = "";
    this.asTable = !isChart(visual.kind) && visual.kind !== "kpi";
    this.trail = element("nav", { class: "trail", "aria-label": `Levels of ${visual.title}`, hidden: true });
    this.notes = element("div", { class: "notes" });
    this.body = element("div", { class: "card-body" }, element("div", { class: "skeleton", "aria-hidden": "true" }));
    this.toggle = this.makeToggle();
    this.element = this.frame();
  }

  /** @returns {HTMLElement} */
  makeToggle() {
    const flip = () => {
      this.asTable = !this.asTable;
      this.draw();
    };
    return iconButton("table", `Table of ${this.visual.title}`, flip, { "aria-pressed": "false", "data-tool": "table" });
  }

  frame() {
    const { id, kind, title, sentence, width, height } = this.visual;
    const heading = `title-${id}`;
    const made = element(
      "section", { class: `card kind-${kind}`, id: `visual-${id}`, "aria-labelledby": heading, "aria-busy": "true" },
      element(
        "header", { class: "card-head" },
        element("div", {}, element("h2", { id: heading }, title), sentence ? element("p", { class: "sentence" }, sentence) : null, this.trail),
        element(
          "div", { class: "tools" },
          isChart(kind) ? this.toggle : null,
          iconButton("download", `CSV of ${title}`, () => this.download(), { "data-tool": "csv" }),
          kind === "kpi" ? null : iconButton("expand", `Enlarge ${title}`, () => this.enlarge(), { "data-tool": "enlarge" }),
        ),
      ),
      this.notes,
      this.body,
    );
    made.style.setProperty("--columns", String(width));
    made.style.setProperty("--rows", String(height));
    return made;
  }

  /**
   * Shows the figures.
   * @param {Answer} answer
   * @param {State} state
   */
  show(answer, state) {
    if (!this.answer && this.visual.kind === "matrix") this.asTable = isSparse(answer);
    this.answer = answer;
    this.state = state;
    this.element.setAttribute("aria-busy", "false");
    this.notes.replaceChildren(...(answer.notes ?? []).map((note) => element("p", {}, note)));
    this.showTrail(state);
    // A visual that does not follow what was chosen stands as it is.
    const { columns, rows, totals, comparison, sparkline } = answer;
    const told = JSON.stringify([columns, rows, totals, comparison, sparkline, this.selected(), this.depth()]);
    if (told !== this.drawn || rows.length === 0) this.draw();
    this.drawn = told;
  }

  /** The value of this visual that the page is filtered by. */
  selected() {
    return this.state?.cross?.visual === this.visual.id ? this.state.cross.value : null;
  }

  /** Draws anew, as the theme or the choice of table or chart is another. */
  draw() {
    if (!this.answer || !this.state) return;
    this.toggle.setAttribute("aria-pressed", String(this.asTable));
    this.toggle.replaceChildren(icon(this.asTable ? "chart" : "table"));
    const selected = this.selected();
    this.element.classList.toggle("selecting", selected !== null);
    if (this.answer.rows.length === 0) this.replaceBody(this.nothing());
    else if (this.visual.kind === "kpi") this.replaceBody(kpiBody(this.visual, this.answer));
    else if (this.asTable) this.replaceBody(figureTable(this.visual, this.answer, { depth: this.depth(), selected, act: (row, deed) => this.act(row, deed) }));
    else this.drawChart(this.answer, selected);
  }

  /**
   * @param {Answer} answer
   * @param {string | null} selected
   */
  drawChart(answer, selected) {
    if (!this.chart) {
      const frame = element("div", { class: "chart" });
      this.replaceBody(element("div", { class: "chart-frame", role: "img" }, frame));
      this.chart = mountChart(frame, (row) => this.act(row));
    }
    this.body.firstElementChild?.setAttribute("aria-label", `${this.visual.title}. ${summary(answer)} The table button shows all figures.`);
    this.chart.draw({ visual: this.visual, answer, look: currentLook(), selected, width: 0 });
  }

  /** @param {HTMLElement} content */
  replaceBody(content) {
    this.chart?.clear();
    this.chart = null;
    this.body.replaceChildren(content);
  }

  nothing() {
    const isFiltered = this.state && (this.state.cross || Object.keys(this.state.filters).length || this.state.preset || this.state.from);
    if (!isFiltered || !this.visual.filters?.length) return element("div", { class: "nothing" }, element("p", {}, "Nothing to report."));
    return element(
      "div", { class: "nothing" },
      element("p", {}, "Nothing here for these dates and filters."),
      element("button", { type: "button", class: "button", click: () => this.hand.clear() }, "Clear filters"),
    );
  }

  /** @param {{ message: string, mend?: string }} error */
  fail(error) {
    this.element.setAttribute("aria-busy", "false");
    this.answer = null;
    this.drawn = "";
    this.replaceBody(failure(error, "Try again", () => this.hand.retry()));
  }

  depth() {
    return this.state?.drills[this.visual.id]?.length ?? 0;
  }

  /**
   * Filters the page by a row, or opens the level below it.
   * @param {number} rowNumber
   * @param {"cross" | "drill"} [act] else what a click does
   */
  act(rowNumber, act) {
    if (!this.answer) return;
    const found = deeds(this.visual, this.answer, this.answer.rows[rowNumber], this.depth());
    const chosen = act ?? found.click;
    const choice = found[chosen];
    if (choice) this.hand[chosen](this.visual, choice.dimension, choice.value);
  }

  /** The levels above the one shown, and the way into the mark that is clicked. @param {State} state */
  showTrail(state) {
    const steps = state.drills[this.visual.id] ?? [];
    const names = ["All", ...steps.map(([name, value]) => valueLabel(name, value))];
    const levels = names.map((name, depth) => element("li", {},
      depth === steps.length
        ? element("span", { "aria-current": "true" }, name)
        : element("button", { type: "button", click: () => this.hand.climb(this.visual, depth) }, name)));
    const { cross } = state;
    const isOpenable = cross?.visual === this.visual.id && steps.length < (this.visual.drill ?? []).length - 1;
    if (cross && isOpenable) {
      const open = () => this.hand.drill(this.visual, cross.dimension, cross.value);
      levels.push(element("li", {}, element("button", { type: "button", class: "open", click: open }, icon("down"), `Open ${valueLabel(cross.dimension, cross.value)}`)));
    }
    this.trail.hidden = levels.length < 2;
    this.trail.replaceChildren(element("ol", {}, ...levels));
  }

  /** Saves the figures as a file: the server's own CSV, else one made of what this file holds. */
  download() {
    const url = this.source.csv(this.visual.id, this.hand.query(this.visual));
    const made = url === null && this.answer ? URL.createObjectURL(new Blob([csvText(this.answer)], { type: "text/csv" })) : null;
    const link = element("a", { href: url ?? made, download: `${this.visual.id}.csv` });
    document.body.append(link);
    link.click();
    link.remove();
    if (made) setTimeout(() => URL.revokeObjectURL(made), 1000);
  }

  /** Moves the card into a dialog as large as the window, and back when that is closed. */
  enlarge() {
    const place = element("div", { hidden: true });
    this.element.replaceWith(place);
    const close = iconButton("close", "Close", () => dialog.close(), { class: "icon-button close" });
    const dialog = /** @type {HTMLDialogElement} */ (element("dialog", { class: "enlarged", "aria-labelledby": `title-${this.visual.id}` }, close, this.element));
    dialog.addEventListener("close", () => {
      place.replaceWith(this.element);
      dialog.remove();
      /** @type {HTMLElement | null} */ (this.element.querySelector("[data-tool=enlarge]"))?.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    close.focus();
  }

  /** Lets go of what it drew. */
  remove() {
    this.chart?.clear();
    this.element.remove();
  }
}
