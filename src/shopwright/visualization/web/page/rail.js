/** @import { Page, State } from "./contract.d.ts" */
import { writeAddress } from "./address.js";
import { element, icon } from "./elements.js";

/** Which icon stands for a page, by a word of its name. @type {[RegExp, import("./elements.js").IconName][]} */
const PAGE_ICONS = [
  [/executive|overview|summary/, "gauge"],
  [/product|catalog|stock/, "box"],
  [/customer|people/, "people"],
  [/payment|operation/, "card"],
  [/pipeline|health|quality/, "pulse"],
  [/sales|revenue/, "trend"],
];

/**
 * Links to the pages: real addresses, so that they open in a new tab, too. Dates and filters go along.
 * @param {Page[]} pages
 * @param {State} state
 * @param {(name: string) => void} go
 */
export function pageLinks(pages, state, go) {
  return pages.map(({ name, title }) => element(
    "a", {
      href: writeAddress({ ...state, page: name, cross: null, drills: {} }), "aria-current": name === state.page ? "page" : null, "data-page": name,
      click: (/** @type {MouseEvent} */ event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go(name);
      },
    },
    icon(PAGE_ICONS.find(([word]) => word.test(name))?.[1] ?? "chart"), element("span", {}, title),
  ));
}

/** @type {{ theme: State["theme"], symbol: import("./elements.js").IconName, name: string }[]} */
const THEMES = [
  { theme: null, symbol: "screen", name: "As the system" },
  { theme: "light", symbol: "sun", name: "Light" },
  { theme: "dark", symbol: "moon", name: "Dark" },
];

/**
 * Three buttons of which one is pressed.
 * @param {State["theme"]} worn
 * @param {(theme: State["theme"]) => void} wear
 */
export function themeSwitch(worn, wear) {
  return element("div", { class: "themes", role: "group", "aria-label": "Theme" }, ...THEMES.map(({ theme, symbol, name }) => element(
    "button", { type: "button", "aria-pressed": String(theme === worn), "aria-label": name, title: name, "data-theme": theme ?? "system", click: () => wear(theme) }, icon(symbol),
  )));
}
