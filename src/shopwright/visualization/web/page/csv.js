/** @import { Answer, Value } from "./contract.d.ts" */

/**
 * The figures as CSV (RFC 4180), as the server writes them.
 * @param {Answer} answer
 */
export function csvText(answer) {
  const lines = [answer.columns.map((column) => column.label), ...answer.rows];
  return lines.map((line) => line.map(field).join(",")).join("\r\n") + "\r\n";
}

/** @param {Value} value */
function field(value) {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
