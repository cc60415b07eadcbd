/** @import { Column, Value } from "./contract.d.ts" */

/** The page speaks English, and dates are written so that nobody can mistake the month for the day. */
const LANGUAGE = "en-GB";
const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const ABSENT = "–";
const MEASURED = new Set(["integer", "amount", "rate", "number"]);

let currency = "EUR";
let timeZone = "UTC";

/**
 * Sets the currency that amounts and the time zone that moments are shown in.
 * @param {{ currency: string, timezone: string }} shop
 */
export function speakFor(shop) {
  ({ currency, timezone: timeZone } = shop);
}

/**
 * Formats by their options: making one takes longer than using it a hundred times.
 * @template T
 * @param {(options: any) => T} make
 */
function keeping(make) {
  /** @type {Map<string, T>} */
  const made = new Map();
  return (/** @type {object} */ options) => {
    const key = JSON.stringify(options);
    const known = made.get(key) ?? make(options);
    made.set(key, known);
    return known;
  };
}

const numbers = keeping((options) => new Intl.NumberFormat(LANGUAGE, options));
const days = keeping((options) => new Intl.DateTimeFormat(LANGUAGE, options));

/**
 * A value as a number; an amount too long for a double comes as text.
 * @param {Value | undefined} value
 * @returns {number | null}
 */
export function toNumber(value) {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** @param {Column} column */
function isMoney(column) {
  return column.type === "amount" || column.unit === "currency";
}

/**
 * A value in full, as tables and tooltips show it.
 * @param {Value | undefined} value
 * @param {Column} column
 * @returns {string}
 */
export function full(value, column) {
  if (value === null || value === undefined || value === "") return ABSENT;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (column.role !== "metric" || !MEASURED.has(column.type)) return label(value, column);
  const number = toNumber(value);
  if (number === null) return String(value);
  if (column.type === "rate") return numbers({ style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(number);
  if (isMoney(column)) return money(number, 2);
  if (column.unit === "seconds") return `${numbers({ maximumFractionDigits: 2 }).format(number)} s`;
  return numbers({ maximumFractionDigits: column.type === "integer" ? 0 : 2 }).format(number);
}

/**
 * A value as briefly as an axis or a card needs it.
 * @param {Value | undefined} value
 * @param {Column} column
 * @returns {string}
 */
export function brief(value, column) {
  const number = toNumber(value);
  if (number === null || !MEASURED.has(column.type)) return full(value, column);
  if (column.type === "rate") return numbers({ style: "percent", maximumFractionDigits: Math.abs(number) < 0.1 ? 1 : 0 }).format(number);
  /** @type {Intl.NumberFormatOptions} */
  const short = { notation: "compact", maximumFractionDigits: 1 };
  if (isMoney(column)) return numbers({ ...short, style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(number);
  return `${numbers(short).format(number)}${column.unit === "seconds" ? " s" : ""}`;
}

/**
 * The headline of a card: whole units where they are many, two decimals where they are few.
 * @param {Value | undefined} value
 * @param {Column} column
 */
export function headline(value, column) {
  const number = toNumber(value);
  if (number === null) return full(value, column);
  if (Math.abs(number) >= 10_000_000) return brief(value, column);
  if (isMoney(column)) return money(number, Math.abs(number) >= 1000 ? 0 : 2);
  return full(value, column);
}

/**
 * @param {number} number
 * @param {number} decimals
 */
function money(number, decimals) {
  return numbers({
    style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: decimals, maximumFractionDigits: decimals,
    signDisplay: "negative", // not -€0.00 for less than half a cent
  }).format(number);
}

/**
 * A growth rate with its sign.
 * @param {number} rate
 */
export function growth(rate) {
  const decimals = Math.abs(rate) < 0.9995 ? 1 : 0;
  return numbers({ style: "percent", signDisplay: "exceptZero", minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(rate);
}

/**
 * A change of a rate, in percentage points with its sign.
 * @param {number} change
 */
export function points(change) {
  return `${numbers({ signDisplay: "exceptZero", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(change * 100)} pp`;
}

/**
 * The name of a dimension's value: a month in words, a weekday, an hour.
 * @param {Value | undefined} value
 * @param {Column} column
 * @returns {string}
 */
export function label(value, column) {
  if (value === null || value === undefined || value === "") return ABSENT;
  const text = String(value);
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) return dated(text, column.format ?? column.name);
  if (column.name === "weekday") return WEEKDAYS[Number(text) - 1] ?? text;
  if (column.name === "hour") return `${text.padStart(2, "0")}:00`;
  if (column.name === "month_of_year") return format("2024-" + text.padStart(2, "0") + "-01", { month: "long" });
  if (column.type === "rate") return numbers({ style: "percent", maximumFractionDigits: 1 }).format(Number(text));
  if (column.type === "amount") return money(Number(text), Number.isInteger(Number(text)) ? 0 : 2);
  return /^[a-z]+(_[a-z]+)*$/.test(text) ? text[0].toUpperCase() + text.slice(1).replaceAll("_", " ") : text;
}

/**
 * @param {string} text
 * @param {string} grain
 */
function dated(text, grain) {
  if (text.length > 10) return moment(text);
  if (/month/.test(grain)) return format(text, { month: "short", year: "numeric" });
  if (/quarter/.test(grain)) return `Q${Math.ceil(Number(text.slice(5, 7)) / 3)} ${text.slice(0, 4)}`;
  if (grain === "year") return text.slice(0, 4);
  return date(text);
}

/**
 * A text without a zone is in the shop's own time already, and is shown as it stands.
 * @param {string} text
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(text, options) {
  const whole = text.length > 10 ? text.replace(" ", "T") : `${text}T00:00:00`;
  const zoned = /(Z|[+-]\d\d(:?\d\d)?)$/i.test(whole.slice(11));
  const read = new Date(zoned ? whole : `${whole}Z`);
  if (Number.isNaN(read.getTime())) return text;
  return days({ ...options, timeZone: zoned ? timeZone : "UTC" }).format(read);
}

/**
 * A day, such as 3 May 2024.
 * @param {string} text an ISO date
 */
export function date(text) {
  return format(text, { day: "numeric", month: "short", year: "numeric" });
}

/**
 * A moment in the shop's time zone.
 * @param {string} text an ISO timestamp
 */
export function moment(text) {
  return format(text, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
}

/**
 * A span of days with no word more than needed: 1 – 31 Jan 2024.
 * @param {string} from
 * @param {string} to
 */
export function span(from, to) {
  const range = days({ day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  return range.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));
}
