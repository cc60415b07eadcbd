/**
 * Makes an element. An attribute that is a function listens, `true` is set without a value, `false` and null are left
 * out. No `style` here: the page's security policy forbids it, and the style sheet is where looks belong.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element of an SVG drawing.
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...Node} children
 */
export function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** Outlines on a grid of 24, drawn for this page. */
const ICONS = {
  gauge: "M4 18a9 9 0 1 1 16 0M12 14l4-5",
  trend: "M3 17l6-6 4 4 8-9M15 6h6v6",
  box: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.3 2.7-6 6-6s6 2.7 6 6M16 4.4a3.5 3.5 0 0 1 0 6.3M17.5 14.3A6 6 0 0 1 21 20",
  card: "M3 7a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2zM3 10h18M7 15h4",
  pulse: "M3 12h4l3 7 4-14 3 7h4",
  table: "M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14",
  chart: "M5 20V11M12 20V4M19 20v-6",
  download: "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
  expand: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
  close: "M6 6l12 12M18 6L6 18",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1",
  print: "M7 9V4h10v5M7 17H5a1 1 0 0 1-1-1v-5a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v5a1 1 0 0 1-1 1h-2M7 14h10v6H7z",
  calendar: "M5 6h14v14H5zM5 10h14M9 3.5V7M15 3.5V7",
  filter: "M4 6h16M7 12h10M10 18h4",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6L7 7M17 17l1.4 1.4M5.6 18.4L7 17M17 7l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  screen: "M4 5h16v11H4zM9 20h6M12 16v4",
  chevron: "M7 10l5 5 5-5",
  up: "M12 19V6M6.5 11.5L12 6l5.5 5.5",
  down: "M12 5v13M6.5 12.5L12 18l5.5-5.5",
  level: "M5 12h14",
};

/** @typedef {keyof typeof ICONS} IconName */

/**
 * An icon, silent for screen readers: what it stands for is written beside it or in the label of its button.
 * @param {IconName} name
 */
export function icon(name) {
  return shape("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, shape("path", { d: ICONS[name] }));
}

/**
 * A button with an icon alone.
 * @param {IconName} name
 * @param {string} label
 * @param {(event: Event) => void} act
 * @param {Record<string, string | boolean>} [attributes]
 */
export function iconButton(name, label, act, attributes = {}) {
  return element(
    "button", { type: "button", class: "icon-button", "aria-label": label, title: label, click: act, ...attributes }, icon(name),
  );
}

/**
 * What went wrong, the move that mends it, and a button for the next one.
 * @param {{ message: string, mend?: string }} error
 * @param {string} name
 * @param {() => void} act
 */
export function failure({ message, mend }, name, act) {
  return element(
    "div", { class: "failure", role: "alert" }, element("p", {}, element("strong", {}, message)), mend ? element("p", {}, mend) : null,
    element("button", { type: "button", class: "button", click: act }, name),
  );
}

/**
 * The element of the shell with this id, which index.html always has.
 * @param {string} id
 */
export function region(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

/**
 * Tells a screen reader what changed, without moving anybody's place.
 * @param {string} sentence
 */
export function announce(sentence) {
  region("live").textContent = sentence;
}
