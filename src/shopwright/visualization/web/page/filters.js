/** @import { Dashboard, Filter, Source, State } from "./contract.d.ts" */
import { dates, pageQuery } from "./address.js";
import { element, icon } from "./elements.js";
import { label, span } from "./figures.js";
import { panelButton } from "./panels.js";

/**
 * @typedef {(change: Partial<State>) => void} Change tells the page what is chosen now
 * @typedef {{ dashboard: Dashboard, readonly state: State, source: Source, change: Change }} Choice
 */

/** From how many values on a filter has a field to search them. */
const MANY = 10;

/**
 * The bar of filters: buttons that are updated as the state changes, so that a panel that is open stays open.
 * @param {Choice} choice
 */
export function filterBar(choice) {
  const offered = choice.dashboard.filters.filter(({ values }) => values.length > 1);
  return [{ dimension: "date", ...dateFilter(choice) }, ...offered.map((filter) => ({ dimension: filter.dimension, ...valueFilter(choice, filter) }))];
}

/** Whether an exported file holds the page as it would be. @param {Choice} choice @param {Partial<State>} change */
function held({ dashboard, state, source }, change) {
  return !source.exported || source.holds(state.page, pageQuery({ ...state, ...change }, dashboard));
}

/** @param {Choice} choice */
function dateFilter(choice) {
  return panelButton({
    id: "filter-dates", symbol: "calendar", label: "Dates",
    active: () => Boolean(choice.state.preset || choice.state.from || choice.state.to),
    value() {
      const { from, to } = dates(choice.state, choice.dashboard);
      return [presetInForce(choice)?.label, span(from, to)].filter(Boolean).join(": ");
    },
    fill: (close) => datePanel(choice, presetInForce(choice)?.name ?? null, close),
  });
}

/** @param {Choice} choice */
function presetInForce({ dashboard, state }) {
  const { from, to } = dates(state, dashboard);
  return dashboard.presets.find((one) => one.name === state.preset) ?? dashboard.presets.find((one) => one.from === from && one.to === to);
}

/** @param {Choice} choice @param {string | null} chosen @param {() => void} close */
function datePanel(choice, chosen, close) {
  const { dashboard, state, source } = choice;
  const { from, to } = dates(state, dashboard);
  /** @param {Partial<State>} dated */
  const take = (dated) => {
    close();
    choice.change({ preset: null, from: null, to: null, ...alone(choice, dated), ...dated });
  };
  const presets = dashboard.presets.map(({ name, label: text, from: first, to: last }) => element(
    "button", {
      type: "button", class: "preset", "aria-pressed": String(name === chosen), "data-preset": name, "data-first": name === chosen,
      disabled: !held(choice, { preset: name, filters: {}, cross: null }), click: () => take({ preset: name === dashboard.default_preset ? null : name }),
    },
    element("span", {}, text), element("small", {}, span(first, last)),
  ));
  const ends = source.exported ? null : rangeForm(from, to, dashboard, (first, last) => take({ from: first, to: last }));
  return element("div", { class: "dates" }, element("div", { class: "presets" }, ...presets), ends);
}

/**
 * @param {string} from
 * @param {string} to
 * @param {Dashboard} dashboard
 * @param {(from: string, to: string) => void} take
 */
function rangeForm(from, to, dashboard, take) {
  const limits = { min: dashboard.first_date, max: dashboard.last_date, required: true };
  const first = /** @type {HTMLInputElement} */ (element("input", { type: "date", id: "date-from", value: from, ...limits }));
  const last = /** @type {HTMLInputElement} */ (element("input", { type: "date", id: "date-to", value: to, ...limits }));
  const wrong = element("p", { class: "wrong", role: "alert" });
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    if (first.value > last.value) wrong.textContent = "The first day must not come after the last.";
    else take(first.value, last.value);
  };
  return element(
    "form", { class: "range", submit },
    element("label", { for: "date-from" }, "From"), first,
    element("label", { for: "date-to" }, "To"), last,
    wrong,
    element("button", { type: "submit", class: "button primary" }, "Apply"),
  );
}

/** @param {Choice} choice @param {Filter} filter */
function valueFilter(choice, filter) {
  const names = () => (choice.state.filters[filter.dimension] ?? []).map((value) => valueName(filter, value));
  return panelButton({
    id: `filter-${filter.dimension}`, label: filter.label,
    active: () => names().length > 0,
    value() {
      const [first, ...more] = names();
      return more.length ? `${first} + ${more.length}` : first ?? "All";
    },
    fill: () => valuePanel(choice, filter),
  });
}

/** What a value of a filter is called. @param {Filter} filter @param {string} value */
export function valueName(filter, value) {
  return filter.values.find((one) => one.value === value)?.label ?? value;
}

/**
 * Check boxes; each takes effect at once, and the panel stays open for the next.
 * @param {Choice} choice
 * @param {Filter} filter
 */
function valuePanel(choice, filter) {
  const { dimension, label: title, values } = filter;
  const chosen = new Set(choice.state.filters[dimension] ?? []);
  const boxes = values.map(({ value, label: text }) => {
    const box = /** @type {HTMLInputElement} */ (element("input", { type: "checkbox", value, checked: chosen.has(value), change: () => flip(value, box.checked) }));
    box.disabled = !chosen.has(value) && !held(choice, taken(choice, dimension, [value]));
    return element("label", { class: "check" }, box, element("span", {}, text));
  });
  /** @param {string} value @param {boolean} on */
  function flip(value, on) {
    if (on && choice.source.exported) chosen.clear();
    if (on) chosen.add(value);
    else chosen.delete(value);
    choice.change(taken(choice, dimension, [...chosen]));
  }
  const search = element("input", {
    type: "search", placeholder: "Search", "aria-label": `Search ${title}`,
    input: (/** @type {any} */ event) => boxes.forEach((box, place) => {
      box.hidden = !values[place].label.toLowerCase().includes(event.target.value.trim().toLowerCase());
    }),
  });
  const none = element("button", { type: "button", class: "button", click: () => {
    chosen.clear();
    for (const box of boxes) /** @type {HTMLInputElement} */ (box.firstElementChild).checked = false;
    choice.change(taken(choice, dimension, []));
  } }, "All");
  return element(
    "div", { class: "values" },
    values.length >= MANY ? search : null,
    element("fieldset", {}, element("legend", { class: "unseen" }, title), ...boxes),
    none,
  );
}

/**
 * The filters with other values of one dimension; a mark clicked on the same dimension is released.
 * @param {Choice} choice
 * @param {string} dimension
 * @param {string[]} values
 * @returns {Partial<State>}
 */
function taken(choice, dimension, values) {
  const { [dimension]: _, ...others } = choice.state.filters;
  const cross = choice.state.cross?.dimension === dimension ? null : choice.state.cross;
  const all = values.length ? { filters: { ...others, [dimension]: values }, cross } : { filters: others, cross };
  return choice.source.exported && values.length && !held(choice, all) ? { ...all, filters: { [dimension]: values }, cross: null, preset: null, from: null, to: null } : all;
}

/** In an exported file, which holds few combinations, a choice takes the others off. @param {Choice} choice @param {Partial<State>} change */
function alone(choice, change) {
  return held(choice, change) ? {} : { filters: {}, cross: null };
}

/**
 * What is in force, each with a button that takes it off.
 * @param {Choice} choice
 * @returns {HTMLElement[]}
 */
export function filterChips(choice) {
  const { dashboard, state } = choice;
  const chips = dashboard.filters.flatMap((filter) => (state.filters[filter.dimension] ?? []).map((value) => chip(
    filter.label, valueName(filter, value),
    () => choice.change(taken(choice, filter.dimension, (state.filters[filter.dimension] ?? []).filter((one) => one !== value))),
  )));
  if (state.cross) {
    const { dimension, value, visual } = state.cross;
    const title = dashboard.pages.flatMap((page) => page.visuals).find((one) => one.id === visual)?.title ?? dimension;
    const name = label(value, { name: dimension, label: dimension, role: "dimension", type: "text" });
    chips.unshift(chip(title, name, () => choice.change({ cross: null })));
  }
  if (chips.length > 1) {
    chips.push(element("button", { type: "button", class: "clear-all", click: () => choice.change({ filters: {}, cross: null }) }, "Clear all"));
  }
  return chips;
}

/** @param {string} name @param {string} value @param {() => void} off */
function chip(name, value, off) {
  return element(
    "button", { type: "button", class: "chip", "aria-label": `Remove filter ${name}: ${value}`, click: off },
    element("span", {}, name), element("b", {}, value), icon("close"),
  );
}
