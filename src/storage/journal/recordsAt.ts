import type { DecisionRecord } from "../../domain/decisions/types.ts";
import type { Breathe } from "../../domain/kernel/ports.ts";
import type { RawRow } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { decodeDecision, RECORD_COLUMNS } from "./decisionRow.ts";

/** Records of one statement, those of a page: reading and parsing them takes some two milliseconds. */
const PART = 60;

/** One statement for however many, so that it is prepared once. */
const recordsSql = ({ amongTexts }: Pick<Dialect, "amongTexts">): string =>
  `SELECT "seq", ${RECORD_COLUMNS} FROM journal WHERE ${amongTexts('"seq"', "?")}`;

/** What is read a part at a time, decisions first. */
export interface PartReader {
  /** `?` is a parameter. */
  readonly rows: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly giveWay: Breathe;
  readonly dialect: Pick<Dialect, "amongTexts" | "texts">;
  /** Records of one statement, where nobody waits for it. */
  readonly part?: number;
}

/** The decisions at these positions, in their order, each with its row; it gives way between its parts. Whoever stops taking them stops the reading. */
export async function* recordsAt(
  positions: readonly number[],
  { dialect, rows, giveWay, part: size = PART }: PartReader,
): AsyncGenerator<{ readonly position: number; readonly row: RawRow; readonly record: DecisionRecord }> {
  for (let at = 0; at < positions.length; at += size) {
    if (at > 0) await giveWay();
    const part = positions.slice(at, at + size);
    const found = await rows(recordsSql(dialect), [dialect.texts(part)]);
    const bySeq = new Map(found.map((row) => [Number(row.seq), row]));
    for (const position of part) {
      const row = bySeq.get(position);
      if (row !== undefined) yield { position, row, record: decodeDecision(row) };
    }
  }
}
