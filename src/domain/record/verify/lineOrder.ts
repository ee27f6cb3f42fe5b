import {
  type ExportBegin,
  type ExportEnd,
  indexOfLine,
  isBeginLine,
  isEndLine,
  readExportBegin,
  readExportEnd,
} from "../exportLine.ts";

/** What is wrong with the lines of an export, before any hash is looked at. Lines and acts are counted from 1. */
export type LineFinding =
  /** It is not written as an export writes it, byte by byte. */
  | { readonly kind: "CHANGED_LINE"; readonly line: number }
  /** Acts are gone that stood before the line. */
  | { readonly kind: "REMOVED_LINES"; readonly line: number; readonly first: number; readonly last: number }
  /** An act that stood further on, in the place of another that is there too. */
  | { readonly kind: "REORDERED_LINE"; readonly line: number }
  /** An act that is there before, or anything after the last line. */
  | { readonly kind: "INSERTED_LINE"; readonly line: number };

export function lineFindingText(finding: LineFinding): string {
  const at = `line ${finding.line}:`;
  switch (finding.kind) {
    case "CHANGED_LINE":
      return `${at} changed: it is not as an export writes it`;
    case "REMOVED_LINES":
      return finding.first === finding.last
        ? `${at} removed: act number ${finding.first}, which stood before it, is gone`
        : `${at} removed: acts number ${finding.first} to ${finding.last}, which stood before it, are gone`;
    case "REORDERED_LINE":
      return `${at} reordered: its act stood further on`;
    case "INSERTED_LINE":
      return `${at} inserted: it was put there later`;
  }
}

/** Looks through the lines of an export, one after the other, for the first that stands where it should not. */
export class LineOrder {
  #line = 0;
  #acts = 0;
  #begin: ExportBegin | null = null;
  #end: ExportEnd | null = null;
  #problem: LineFinding | null = null;

  /** How many acts stand in their order, before anything that is wrong. */
  get acts(): number {
    return this.#acts - (this.#begin?.first ?? 0);
  }
  /** Null: it begins with the first act of the record. */
  get begin(): ExportBegin | null {
    return this.#begin;
  }
  /** Null: there is no last line. */
  get end(): ExportEnd | null {
    return this.#end;
  }
  get problem(): LineFinding | null {
    return this.#problem;
  }

  look(line: string): void {
    this.#line++;
    if (this.#line === 1 && isBeginLine(line)) {
      this.#begin = readExportBegin(line);
      this.#acts = this.#begin?.first ?? 0;
      if (this.#begin !== null) return;
    }
    const isAfterEnd = this.#end !== null;
    const index = isEndLine(line) ? null : indexOfLine(line);
    if (isEndLine(line)) this.#end ??= readExportEnd(line);
    if (this.#problem === null) this.#problem = this.#wrong(index, isAfterEnd);
    // What is missed and comes later was moved, and is not gone.
    else if (this.#problem.kind === "REMOVED_LINES" && index === this.#acts)
      this.#problem = { kind: "REORDERED_LINE", line: this.#problem.line };
  }

  #wrong(index: number | null, isAfterEnd: boolean): LineFinding | null {
    const line = this.#line;
    if (isAfterEnd) return { kind: "INSERTED_LINE", line };
    if (index === null) return this.#end === null ? { kind: "CHANGED_LINE", line } : null;
    if (index < this.#acts) return { kind: "INSERTED_LINE", line };
    if (index > this.#acts) return { kind: "REMOVED_LINES", line, first: this.#acts + 1, last: index };
    this.#acts++;
    return null;
  }
}
