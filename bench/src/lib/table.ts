type Cell = string | number | null;

const text = (cell: Cell): string =>
  cell === null
    ? "-"
    : typeof cell === "string"
      ? cell
      : cell >= 1000
        ? Math.round(cell).toLocaleString("en-US")
        : `${cell}`;

/** A table for people on standard output: the first column to the left, the others to the right. */
export function printTable(title: string, head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const lines = [head, ...rows.map((row) => row.map(text))];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  const print = (line: readonly string[]): string =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  const [first, ...rest] = lines.map(print);
  const rule = "-".repeat(widths.reduce((sum, w) => sum + w + 2, -2));
  console.log([`\n${title}\n`, first, rule, ...rest, ""].join("\n"));
}

/** The last line of a benchmark, for machines. */
export const printResult = (result: { readonly bench: string } & Readonly<Record<string, unknown>>): void =>
  console.log(JSON.stringify(result));

/** What is going on, for people who wait; not part of the result. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);
