import { createHash } from "node:crypto";
import { OperatorError } from "../database/faults.ts";

/**
 * The backup of a PostgreSQL database, before it is compressed: lines, each ended by a line feed. The first says what it is; then for
 * each table its name and columns, its rows as COPY writes them, and `\.`; the last has the digest of all lines before it. A row
 * is never `\.`, since COPY writes a backslash as two.
 */
export const FORMAT = 2;
export const TABLE_ENDS = "\\.\n";

const BEGINS = "scopewarden-backup ";
const TABLE = "table ";
const END = "end ";

export interface BackedUpDatabase {
  readonly format: number;
  /** The number of its schema. */
  readonly schema: number;
  /** The last value that each sequence gave. */
  readonly sequences: Readonly<Record<string, string>>;
  /** Position of the last act. */
  readonly end: number;
}
export interface BackedUpTable {
  readonly name: string;
  readonly columns: readonly string[];
}
interface End {
  readonly tables: number;
  readonly rows: number;
  /** Of all bytes before its line, in hexadecimal. */
  readonly sha256: string;
}

export const beginLine = (database: BackedUpDatabase): string => `${BEGINS}${JSON.stringify(database)}\n`;
export const tableLine = (table: BackedUpTable): string => `${TABLE}${JSON.stringify(table)}\n`;
export const endLine = (end: End): string => `${END}${JSON.stringify(end)}\n`;

/** What a backup consists of, in its order. */
export type BackupPart =
  | { readonly kind: "database"; readonly database: BackedUpDatabase }
  | { readonly kind: "table"; readonly table: BackedUpTable }
  /** Whole rows of the table before it. */
  | { readonly kind: "rows"; readonly lines: readonly Buffer[]; readonly bytes: number }
  | { readonly kind: "table ends" };

const notWhole = (detail: string): OperatorError => new OperatorError(`the backup is not whole: ${detail}`);

function parsed(line: Buffer, begins: string): unknown {
  const text = line.toString("utf8");
  if (!text.startsWith(begins)) throw notWhole(`a line that begins with "${begins.trim()}" is missing`);
  try {
    return JSON.parse(text.slice(begins.length));
  } catch {
    throw notWhole(`the line that begins with "${begins.trim()}" can't be read`);
  }
}

/** Whole lines, with their ends, of one chunk after the other. @throws OperatorError where the last has no end */
async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<readonly Buffer[]> {
  let rest: Buffer[] = [];
  try {
    for await (const chunk of source) {
      const lines: Buffer[] = [];
      let at = 0;
      for (let feed = chunk.indexOf(10); feed >= 0; feed = chunk.indexOf(10, at)) {
        const line = chunk.subarray(at, feed + 1);
        lines.push(rest.length === 0 ? line : Buffer.concat([...rest, line]));
        rest = [];
        at = feed + 1;
      }
      if (at < chunk.length) rest.push(chunk.subarray(at));
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw notWhole(error instanceof Error ? error.message : String(error));
  }
  if (rest.length > 0) throw notWhole("its last line has no end");
}

/**
 * The parts of a backup. What has been taken of it counts only once the last part was taken: the digest is compared at the end.
 * @throws OperatorError when it is cut off, changed, or of another format
 */
export async function* readParts(source: AsyncIterable<Buffer>): AsyncGenerator<BackupPart> {
  const hash = createHash("sha256");
  let place: "begin" | "tables" | "rows" | "ended" = "begin";
  let [tables, rows] = [0, 0];
  for await (const lines of linesOf(source)) {
    let taken: Buffer[] = [];
    let bytes = 0;
    for (const line of lines) {
      if (place === "ended") throw notWhole("something stands after its end");
      if (place === "rows" && line.length !== TABLE_ENDS.length) {
        taken.push(line);
        bytes += line.length;
        continue;
      }
      if (place === "rows" && line.toString("latin1") !== TABLE_ENDS) {
        taken.push(line);
        bytes += line.length;
        continue;
      }
      if (taken.length > 0) {
        for (const each of taken) hash.update(each);
        rows += taken.length;
        yield { kind: "rows", lines: taken, bytes };
        taken = [];
        bytes = 0;
      }
      if (place === "begin") {
        const database = parsed(line, BEGINS) as BackedUpDatabase;
        if (database.format !== FORMAT)
          throw new OperatorError(`the backup has format ${database.format}, and this version reads ${FORMAT}`);
        place = "tables";
        hash.update(line);
        yield { kind: "database", database };
      } else if (place === "rows") {
        place = "tables";
        hash.update(line);
        yield { kind: "table ends" };
      } else if (line.subarray(0, TABLE.length).toString("latin1") === TABLE) {
        place = "rows";
        tables++;
        hash.update(line);
        yield { kind: "table", table: parsed(line, TABLE) as BackedUpTable };
      } else {
        const end = parsed(line, END) as End;
        if (end.tables !== tables || end.rows !== rows) throw notWhole(`it has ${rows} of ${end.rows} rows`);
        if (end.sha256 !== hash.digest("hex")) throw notWhole("its digest is another, so something in it was changed");
        place = "ended";
      }
    }
    if (taken.length > 0) {
      for (const each of taken) hash.update(each);
      rows += taken.length;
      yield { kind: "rows", lines: taken, bytes };
    }
  }
  if (place !== "ended") throw notWhole("its end is missing");
}
