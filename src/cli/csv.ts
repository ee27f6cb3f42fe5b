import { stringify } from "csv-stringify";

/** What some programs take for a formula where a cell begins with it, after white space too. */
const FORMULA = /^[\s\u00a0\ufeff]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/;

/** A cell that no spreadsheet takes for a formula: such a text gets an apostrophe before it. */
const inert = (value: string): string => (FORMULA.test(value) || /^[\t\r\n]/.test(value) ? `'${value}` : value);

/** A table as CSV (RFC 4180, CRLF, UTF-8), the names of the columns first. Null is an empty cell; a list has `; ` between. */
export function csvText<Row extends object>(
  columns: readonly (keyof Row & string)[],
  rows: Iterable<Row>,
  { header = true }: { readonly header?: boolean } = {},
): Promise<string> {
  const cell = (value: unknown): string => {
    if (value === null || value === undefined) return "";
    const text = Array.isArray(value) ? value.join("; ") : String(value);
    return typeof value === "number" || typeof value === "boolean" ? text : inert(text);
  };
  const cells = [...rows].map((row) => columns.map((column) => cell(row[column])));
  const lines = header ? [[...columns], ...cells] : cells;
  return new Promise((resolve, reject) => {
    stringify(lines, { record_delimiter: "windows" }, (error, text) => (error ? reject(error) : resolve(text)));
  });
}
