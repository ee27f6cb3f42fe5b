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

/** Reads the journal as it stands, for exports. */
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
      for (let place = after; found.length < first; ) {
        await giveWay();
        const most = Math.min(PART, first - found.length);
        const part = await rows(sql, [place, until, ...(kinds ?? []), most]);
        for (const row of part) {
          found.push({
            position: Number(row.seq),
            kind: String(row.kind) as StoredAct["kind"],
            format: Number(row.format),
            id: String(row.id),
            salt: row.salt === null ? null : String(row.salt),
            record: String(row.record),
            personal: String(row.personal),
          });
          if (!hasRoom(row)) return found;
        }
        if (part.length < most) break;
        place = found.at(-1)?.position ?? until;
      }
      return found;
    },
  };
}
