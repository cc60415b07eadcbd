/** @import { Look } from "./contract.d.ts" */

const DARK = window.matchMedia("(prefers-color-scheme: dark)");

/**
 * Puts a theme in force; null follows the system.
 * @param {"light" | "dark" | null} theme
 */
export function wear(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

/**
 * Calls back when the system's theme changes.
 * @param {() => void} changed
 */
export function onSystemTheme(changed) {
  DARK.addEventListener("change", changed);
}

/** Whether dark is in force, chosen or by the system. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : DARK.matches;
}

/** @type {Look | null} */
let known = null;

/**
 * The tokens of the style sheet, for charts: what is drawn on a canvas cannot read them by itself.
 * @returns {Look}
 */
export function currentLook() {
  if (known?.dark !== isDark()) known = readLook();
  return known;
}

/** @returns {Look} */
function readLook() {
  const probe = document.createElement("i");
  document.body.append(probe);
  /** A token may name a colour for each theme: the one in force is known to an element that wears it. @param {string} name */
  const token = (name) => {
    probe.style.color = `var(--${name})`;
    return hex(getComputedStyle(probe).color);
  };
  const look = {
    dark: isDark(),
    font: getComputedStyle(document.body).fontFamily,
    surface: token("surface"),
    ink: token("ink"),
    soft: token("soft"),
    rule: token("rule"),
    accent: token("accent"),
    accentSoft: token("accent-soft"),
    good: token("good"),
    bad: token("bad"),
    muted: token("muted"),
    series: [1, 2, 3, 4, 5, 6, 7].map((number) => token(`series-${number}`)),
    ramp: [1, 2, 3, 4, 5].map((number) => token(`ramp-${number}`)),
  };
  probe.remove();
  return look;
}

/** @param {string} colour such as rgb(67, 83, 217) */
function hex(colour) {
  return "#" + (colour.match(/\d+/g) ?? []).slice(0, 3).map((part) => Number(part).toString(16).padStart(2, "0")).join("");
}

/**
 * Black or white, whichever reads better on a colour.
 * @param {string} colour such as #4353d9
 */
export function inkOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((place) => {
    const part = parseInt(colour.slice(place, place + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (luminance + 0.05) ** 2 > 1.05 * 0.05 ? "#10141c" : "#ffffff";
}

/**
 * The colour at a place of the ramp.
 * @param {string[]} ramp from the lowest
 * @param {number} share 0 to 1
 */
export function onRamp(ramp, share) {
  const place = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, ramp.length - 1);
  return "#" + [1, 3, 5].map((at) => {
    const [a, b] = [ramp[low], ramp[high]].map((colour) => parseInt(colour.slice(at, at + 2), 16));
    return Math.round(a + (b - a) * (place - low)).toString(16).padStart(2, "0");
  }).join("");
}
