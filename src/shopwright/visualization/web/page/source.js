/** @import { Answer, Dashboard, Query, Source } from "./contract.d.ts" */
import { usualDates } from "./address.js";

/** An answer that is an error: what was wrong, the move that mends it, and whether it is what was chosen that is wrong. */
export class Refused extends Error {
  /**
   * @param {string} message
   * @param {string} mend
   * @param {boolean} isOfChoice
   */
  constructor(message, mend, isOfChoice = false) {
    super(message);
    this.mend = mend;
    this.isOfChoice = isOfChoice;
  }
}

/** As many answers are kept as a person clicks back and forth over. */
const KEPT = 60;

/**
 * Where this page gets its figures: the block of data it carries, else the server it came from.
 * @returns {Source}
 */
export function openSource() {
  const block = document.getElementById("shopwright-data");
  return block ? exportedFile(JSON.parse(block.textContent ?? "")) : server();
}

/** @param {Query} query */
function encoded(query) {
  const text = String(new URLSearchParams(query));
  return text && `?${text}`;
}

/** @returns {Source} */
function server() {
  /** @type {Map<string, unknown>} */
  const kept = new Map();
  /**
   * @param {string} path
   * @param {AbortSignal} [signal]
   */
  async function ask(path, signal) {
    if (kept.has(path)) return kept.get(path);
    const answer = await fetched(path, signal);
    kept.set(path, answer);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value ?? "");
    return answer;
  }
  return {
    exported: false,
    async dashboard() {
      kept.clear();
      return /** @type {Dashboard} */ (await fetched("/api/dashboard"));
    },
    async page(name, query, signal) {
      const answer = await ask(`/api/pages/${encodeURIComponent(name)}${encoded(query)}`, signal);
      return /** @type {{ visuals: Record<string, Answer> }} */ (answer).visuals;
    },
    async visual(id, query, signal) {
      return /** @type {Answer} */ (await ask(`/api/visuals/${encodeURIComponent(id)}${encoded(query)}`, signal));
    },
    holds: () => true,
    csv: (id, query) => `/api/visuals/${encodeURIComponent(id)}.csv${encoded(query)}`,
  };
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 */
async function fetched(path, signal) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, { signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused("The server does not answer.", "Start it again with: shopwright dashboard");
  }
  if (response.ok) return response.json();
  const told = await response.json().catch(() => null);
  throw new Refused(told?.error ?? `The server answered ${response.status}.`, told?.mend ?? "Try again, or look at the server's log.", response.status === 400);
}

/**
 * Names and values in order, encoded as RFC 3986 has it, without the days that the page opens with: the same text that
 * the exporter wrote.
 * @param {Query} query
 * @param {Dashboard} dashboard
 */
function exportKey(query, dashboard) {
  const usual = usualDates(dashboard);
  const asked = Object.fromEntries(query);
  const opening = asked.from === usual.from && asked.to === usual.to;
  /** @param {string} text */
  const quote = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const pairs = query.filter(([name]) => !(opening && (name === "from" || name === "to")));
  pairs.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0));
  return pairs.map(([name, value]) => `${quote(name)}=${quote(value)}`).join("&");
}

/**
 * @typedef {Answer | { $same: string }} Held
 * @typedef {{ dashboard: Dashboard, pages: Record<string, Record<string, { visuals: Record<string, Held> }>>,
 *   visuals?: Record<string, Record<string, Answer>> }} Export
 */

/**
 * @param {Export} data
 * @returns {Source}
 */
function exportedFile(data) {
  const missing = () => new Refused(
    "This file does not hold that combination of filters.", "Take a filter off, or ask the shop's own dashboard: shopwright dashboard", true,
  );
  return {
    exported: true,
    dashboard: async () => data.dashboard,
    async page(name, query) {
      const views = data.pages[name] ?? {};
      const view = views[exportKey(query, data.dashboard)];
      if (!view) throw missing();
      /** @param {string} id @param {Held} held @returns {Answer} */
      const found = (id, held) => ("$same" in held ? found(id, views[held.$same].visuals[id]) : held);
      return Object.fromEntries(Object.entries(view.visuals).map(([id, held]) => [id, found(id, held)]));
    },
    async visual(id, query) {
      const held = data.visuals?.[id]?.[exportKey(query, data.dashboard)];
      if (held) return held;
      const page = data.dashboard.pages.find((one) => one.visuals.some((visual) => visual.id === id));
      return (await this.page(page?.name ?? "", query, new AbortController().signal))[id];
    },
    holds: (page, query) => exportKey(query, data.dashboard) in (data.pages[page] ?? {}),
    csv: () => null,
  };
}
