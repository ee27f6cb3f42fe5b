import { Writable } from "node:stream";
import { styleText } from "node:util";

/** Where a command reads and writes. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly stdout: { readonly columns?: number; write(text: string): unknown };
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

interface Output {
  write(text: string): unknown;
}
type Style = Parameters<typeof styleText>[0];
/** A part of a line that stands out. What it says it says without its colour too. */
interface Styled {
  readonly style: Style;
  readonly text: string;
}
export type Line = string | readonly (string | Styled)[];
export const styled = (style: Style, text: string): Styled => ({ style, text });

const BY_FIRST_WORD: Readonly<Record<string, Style>> = {
  ALLOW: "green",
  DENY: "red",
  ERROR: "red",
  REFUSE: "red",
  WARNING: "yellow",
  "+": "green",
  "~": "yellow",
  "-": "red",
};

/** The line with its first word in its colour: an outcome, a severity, the sign of a change. */
export function byFirstWord(line: string): Line {
  const [, indent = "", word = "", rest = ""] = /^( *)([^ :]*)(.*)$/s.exec(line) ?? [];
  const style = Object.hasOwn(BY_FIRST_WORD, word) ? BY_FIRST_WORD[word] : undefined;
  return style === undefined ? line : [indent, styled(style, word), rest];
}

/** Colours are for terminals that have them: NO_COLOR, TERM=dumb, a pipe or a file get none. */
const colour = (to: Output, { style, text }: Styled): string =>
  to instanceof Writable ? styleText(style, plain(text), { stream: to }) : plain(text);

/** Prints lines, each escaped by `plain`, and coloured where `to` is a terminal. */
export function printLines(to: Output, lines: readonly Line[]): void {
  const printed = lines.map((line) =>
    typeof line === "string"
      ? plain(line)
      : line.map((part) => (typeof part === "string" ? plain(part) : colour(to, part))).join(""),
  );
  to.write(printed.map((line) => `${line}\n`).join(""));
}

export function printJson(to: Output, value: unknown): void {
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
