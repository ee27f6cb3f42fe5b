import type { DataSource } from "typeorm";
import type { StoredAct, StoredActReader } from "../../domain/audit/export/store.ts";
import { columnList } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { pageBudget } from "../database/select.ts";
import { journalColumns } from "./journalTables.ts";

const { kind, format, id, salt, record, personal } = journalColumns;
/** Rows of one statement: a policy's acts are small, a decision may have 64 KiB. */
const PART = 50;
/** Rows that one statement looks through for kinds, and one answer. */
const STRETCH = 2_000;
const MOST_STRETCHES = 25;

const STRETCH_END = `SELECT MAX("seq") AS "end" FROM (SELECT "seq" FROM journal WHERE "seq" > ? AND "seq" <= ?
  ORDER BY "seq" LIMIT ${STRETCH}) AS stretch`;

/** Reads the journal as it stands, for exports and sinks. */
export function createStoredActReader({
  dialect,
  giveWay,
  lists,
}: {
  readonly lists: DataSource;
  readonly dialect: Dialect;
  readonly giveWay: () => Promise<void>;
}): StoredActReader {
  const rows = (sql: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    lists
      .query<RawRow[]>(withParameters(dialect, sql), [...parameters])
      .catch((error: unknown) =>
        Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error)),
      );
  return {
    async end() {
      const [row] = await rows('SELECT MAX("seq") AS "end" FROM journal', []);
      return Number(row?.end ?? 0);
    },
    async acts({ after, first, kinds, until }) {
      const ofKinds = kinds === null ? "" : `AND "kind" IN (${kinds.map(() => "?").join(", ")})`;
      const sql = `SELECT "seq", ${columnList([kind, format, id, salt, record, personal])} FROM journal
        WHERE "seq" > ? AND "seq" <= ? ${ofKinds} ORDER BY "seq" LIMIT ?`;
      const found: StoredAct[] = [];
      const hasRoom = pageBudget();
      let stretchEnd = kinds === null ? until : after;
      for (let [place, stretches] = [after, 0]; found.length < first; ) {
        await giveWay();
        if (kinds !== null && place >= stretchEnd) {
          if (stretches++ === MOST_STRETCHES) return { acts: found, reached: place };
          // What is rare would be sought through millions of rows by one statement.
          const [row] = await rows(STRETCH_END, [place, until]);
          if (row?.end === null || row?.end === undefined) break;
          stretchEnd = Number(row.end);
        }
        const most = Math.min(PART, first - found.length);
        const part = await rows(sql, [place, stretchEnd, ...(kinds ?? []), most]);
        for (const row of part) {
          place = Number(row.seq);
          found.push({
            position: place,
            kind: String(row.kind) as StoredAct["kind"],
            format: Number(row.format),
            id: String(row.id),
            salt: row.salt === null ? null : String(row.salt),
            record: String(row.record),
            personal: String(row.personal),
          });
          if (!hasRoom(row)) return { acts: found, reached: place };
        }
        if (part.length === most) continue;
        if (kinds === null) break;
        place = stretchEnd;
      }
      return { acts: found, reached: found.length === first ? (found.at(-1)?.position ?? until) : until };
    },
  };
}
