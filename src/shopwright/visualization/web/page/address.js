/** @import { Dashboard, Query, State, Step } from "./contract.d.ts" */

/** Words of the address that are not the name of a dimension. */
const OWN = new Set(["page", "preset", "from", "to", "cross", "theme", "token"]);

/**
 * The state that an address stands for. What it names and the dashboard does not know is left out, so that an old link
 * opens rather than fails.
 * @param {URLSearchParams} address
 * @param {Dashboard} dashboard
 * @returns {State}
 */
export function readAddress(address, dashboard) {
  const page = dashboard.pages.find((one) => one.name === address.get("page")) ?? dashboard.pages[0];
  const theme = address.get("theme");
  const preset = address.get("preset");
  /** @type {State} */
  const state = {
    page: page.name,
    preset: dashboard.presets.some((one) => one.name === preset) ? preset : null,
    from: day(address.get("from")),
    to: day(address.get("to")),
    filters: {},
    cross: cross(address.get("cross"), page.visuals.map((one) => one.id)),
    drills: {},
    theme: theme === "light" || theme === "dark" ? theme : null,
  };
  const dimensions = new Set(dashboard.filters.map((one) => one.dimension));
  for (const [name, value] of address) {
    if (name.startsWith("drill.")) (state.drills[name.slice(6)] ??= []).push(step(value));
    else if (!OWN.has(name) && dimensions.has(name)) (state.filters[name] ??= []).push(value);
  }
  return state;
}

/** @param {string | null} text */
function day(text) {
  return text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;
}

/**
 * `category:Shoes: winter` is the dimension before the first colon and all that follows it.
 * @param {string} text
 * @returns {Step}
 */
function step(text) {
  const colon = text.indexOf(":");
  return [text.slice(0, colon), text.slice(colon + 1)];
}

/**
 * @param {string | null} text
 * @param {string[]} visuals
 */
function cross(text, visuals) {
  if (text === null) return null;
  const [visual, rest] = step(text);
  const [dimension, value] = step(rest);
  return visuals.includes(visual) && dimension ? { visual, dimension, value } : null;
}

/**
 * The address of a state: only what differs from the page as it opens.
 * @param {State} state
 * @returns {string} begins with a question mark
 */
export function writeAddress(state) {
  const address = new URLSearchParams({ page: state.page });
  if (state.preset) address.set("preset", state.preset);
  if (state.from && !state.preset) address.set("from", state.from);
  if (state.to && !state.preset) address.set("to", state.to);
  for (const [dimension, values] of Object.entries(state.filters)) {
    for (const value of values) address.append(dimension, value);
  }
  if (state.cross) address.set("cross", `${state.cross.visual}:${state.cross.dimension}:${state.cross.value}`);
  for (const [visual, steps] of Object.entries(state.drills)) {
    for (const [dimension, value] of steps) address.append(`drill.${visual}`, `${dimension}:${value}`);
  }
  if (state.theme) address.set("theme", state.theme);
  return `?${address}`;
}

/**
 * What the server is asked: the dates and filters in force.
 * @param {State} state
 * @param {Dashboard} dashboard
 * @returns {Query}
 */
export function filterQuery(state, dashboard) {
  const { from, to } = dates(state, dashboard);
  /** @type {Query} */
  const query = [["from", from], ["to", to]];
  for (const [dimension, values] of Object.entries(state.filters)) {
    for (const value of values) query.push([dimension, value]);
  }
  return query;
}

/**
 * The query of the page, with the mark that was clicked as one filter more.
 * @param {State} state
 * @param {Dashboard} dashboard
 * @returns {Query}
 */
export function pageQuery(state, dashboard) {
  const query = filterQuery(state, dashboard);
  if (state.cross === null) return query;
  const { dimension, value } = state.cross;
  return [...query.filter(([name]) => name !== dimension), [dimension, value]];
}

/**
 * The query of one visual: the mark clicked in it does not filter it, and its own drill-down does.
 * @param {State} state
 * @param {Dashboard} dashboard
 * @param {string} visual
 * @returns {Query}
 */
export function visualQuery(state, dashboard, visual) {
  const query = state.cross?.visual === visual ? filterQuery(state, dashboard) : pageQuery(state, dashboard);
  for (const [dimension, value] of state.drills[visual] ?? []) query.push(["drill", `${dimension}:${value}`]);
  return query;
}

/**
 * The first and last day in force.
 * @param {State} state
 * @param {Dashboard} dashboard
 * @returns {{ from: string, to: string }}
 */
export function dates(state, dashboard) {
  const chosen = dashboard.presets.find((one) => one.name === state.preset);
  if (chosen) return { from: chosen.from, to: chosen.to };
  if (state.from || state.to) return { from: state.from ?? dashboard.first_date, to: state.to ?? dashboard.last_date };
  return usualDates(dashboard);
}

/**
 * The days that the page opens with.
 * @param {Dashboard} dashboard
 * @returns {{ from: string, to: string }}
 */
export function usualDates(dashboard) {
  const usual = dashboard.presets.find((one) => one.name === dashboard.default_preset);
  return usual ?? { from: dashboard.first_date, to: dashboard.last_date };
}
