/** Where a command reads and writes. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Text that can't do anything to a terminal or pass for other text: control, format, line separator and unpaired
 * surrogate characters come out as `\u{1b}`. Everything that came from a file or over the network goes through this.
 */
export function plain(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Prints lines, each escaped by `plain`. */
export function printLines(to: { write(text: string): unknown }, lines: readonly string[]): void {
  to.write(lines.map((line) => `${plain(line)}\n`).join(""));
}

export function printJson(to: { write(text: string): unknown }, value: unknown): void {
  // Escaped as JSON allows, so that the output is both safe to look at and the same data.
  const text = JSON.stringify(value, null, 2).replace(/[\p{Cf}\p{Zl}\p{Zp}\x7f-\x9f]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`)
      .join(""),
  );
  to.write(`${text}\n`);
}

/** Columns as wide as their widest cell. The first is aligned left, the others, which are numbers, right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, plain(cell).length);
    });
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** `1 resource`, `2 resources`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
