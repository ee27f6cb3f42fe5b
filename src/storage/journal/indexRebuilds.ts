import type { IndexRebuildStore } from "../../domain/audit/indexRebuilds.ts";
import type { IndexRebuildAct } from "../../domain/record/indexRebuildAct.ts";
import type { RawRow } from "../database/connection.ts";
import { asUnavailable } from "../database/faults.ts";

/** All acts of the kind, which are few, in their order; found by an index of their own. */
export const INDEX_REBUILDS_SQL = `SELECT "record" FROM journal WHERE "kind" = 'INDEX_REBUILD' ORDER BY "seq"`;
export const indexRebuildsOf = (rows: readonly RawRow[]): readonly IndexRebuildAct[] =>
  rows.map(({ record }) => JSON.parse(String(record)) as IndexRebuildAct);

/** Reads which tables of the search index were made again, and of which rebuilds auditors have taken note. */
export const createIndexRebuildStore = ({
  read,
}: {
  readonly read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
}): IndexRebuildStore => ({
  acts: async () =>
    indexRebuildsOf(
      await read(INDEX_REBUILDS_SQL, []).catch((error: unknown) =>
        Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error)),
      ),
    ),
});
