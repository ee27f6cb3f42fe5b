/** Text in a page: nothing in it is markup, whoever wrote it. */
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`).replace(/\p{Cc}/gu, " ");

export interface PrintedTable {
  readonly title: string;
  /** Whose data, for when, by whom: each a name and a value. */
  readonly about: readonly (readonly [name: string, value: string])[];
  /** What is said before the table. */
  readonly notes: readonly string[];
  /** Each column with what it means. */
  readonly columns: Readonly<Record<string, string>>;
  readonly rows: readonly object[];
}

const STYLE = `body{font:11pt/1.4 Georgia,serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#000;background:#fff}
h1{font-size:1.5rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{font-weight:bold}dd{margin:0}
table{border-collapse:collapse;width:100%;font:9pt/1.35 Arial,sans-serif}th,td{border:1px solid #767676;padding:.25rem .4rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:9pt/1.35 monospace}th{background:#eee}thead{display:table-header-group}tr{break-inside:avoid}
@page{size:A4 landscape;margin:15mm}@media print{body{margin:0;max-width:none;padding:0}}`;

const cellOf = (value: unknown): string =>
  escaped(value === null || value === undefined ? "" : Array.isArray(value) ? value.join(", ") : String(value));
const columnName = (column: string): string => escaped(column.replaceAll("_", " "));

/** A page for print that needs nothing beside itself: no script, no image, no address is in it, and none may be loaded. */
export function pageOf(title: string, body: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${body.join("\n")}
</body>
</html>
`;
}

/** Names with their values. */
export const listOfPairs = (pairs: PrintedTable["about"]): string =>
  `<dl>\n${pairs.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join("\n")}\n</dl>`;
export const paragraph = (text: string): string => `<p>${escaped(text)}</p>`;
export const heading = (text: string): string => `<h2>${escaped(text)}</h2>`;
/** Text as it stands, line by line. */
export const preformatted = (text: string): string => `<pre>${text.split("\n").map(escaped).join("\n")}</pre>`;

/** A page of a table; without rows there is no table. */
export function printedPage({ about, columns, notes, rows, title }: PrintedTable): string {
  const names = Object.keys(columns);
  const line = (row: object) =>
    `<tr>${names.map((name) => `<td>${cellOf((row as Readonly<Record<string, unknown>>)[name])}</td>`).join("")}</tr>`;
  const table = `<table>
<thead><tr>${names.map((name) => `<th scope="col">${columnName(name)}</th>`).join("")}</tr></thead>
<tbody>
${rows.map(line).join("\n")}
</tbody>
</table>
${heading("What the columns mean")}
${listOfPairs(names.map((name) => [name.replaceAll("_", " "), columns[name] ?? ""]))}`;
  return pageOf(title, [listOfPairs(about), ...notes.map(paragraph), ...(rows.length === 0 ? [] : [table])]);
}
