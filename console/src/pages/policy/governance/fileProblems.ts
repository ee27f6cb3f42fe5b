import type { Problem } from "../../../transport/apiError.ts";
import type { TextFile } from "../../../ui/files.tsx";

export interface FileProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const PLACE = /^(.+):(\d+):(\d+)(?: .*)?$/;

/** Problems that stand in files; null: some do not, and are told as those of any other question. */
export function fileProblems(problems: readonly Problem[]): readonly FileProblem[] | null {
  const found = problems.map(({ path, message }) => {
    const [, file, line, column] = PLACE.exec(path) ?? [];
    return file === undefined ? null : { file, line: Number(line), column: Number(column), message };
  });
  return found.length === 0 || found.includes(null) ? null : (found as readonly FileProblem[]);
}

/** An excerpt is no longer than this, in lines. */
const MOST_LINES = 24;

/** The item of a YAML list that begins at a line (from 1): that line, and those that are further to the right. */
export function itemAt(text: string, line: number): string {
  const lines = text.split("\n").slice(line - 1);
  const indent = (of: string) => of.search(/\S/);
  const [first = ""] = lines;
  const end = lines.findIndex((of, i) => i > 0 && of.trim() !== "" && indent(of) <= indent(first));
  const item = lines.slice(0, end === -1 ? lines.length : end).slice(0, MOST_LINES);
  return item
    .map((of) => of.slice(Math.max(0, indent(first))))
    .join("\n")
    .trimEnd();
}

export const textOf = (files: readonly TextFile[], name: string): string =>
  files.find((file) => file.name === name)?.text ?? "";
