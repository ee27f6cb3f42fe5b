import type { DataSource } from "typeorm";
import type { Page, PageRequest } from "../../domain/kernel/pages.ts";
import type { RecordOf } from "../../domain/record/kinds.ts";
import { wholeRecord } from "../../domain/record/personal.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { RECORD_COLUMNS } from "./decisionRow.ts";

/** The kinds that are listed from the journal itself, each by an index of its own. */
type ListedKind = "ACCOUNTING_GIVEN" | "SIMULATION";

/** Lists the acts of a kind, newest first. */
export const createActList = <Kind extends ListedKind>(
  kind: Kind,
  { dialect, source }: { readonly source: DataSource; readonly dialect: Dialect },
) => ({
  async page({ after, first }: PageRequest<number>): Promise<Page<RecordOf<Kind>, number>> {
    const before = after === null ? "" : 'AND "seq" < ?';
    const sql = `SELECT "seq", ${RECORD_COLUMNS} FROM journal WHERE "kind" = '${kind}' ${before} ORDER BY "seq" DESC LIMIT ?`;
    const rows = await source
      .query<RawRow[]>(withParameters(dialect, sql), [...(after === null ? [] : [after]), first + 1])
      .catch((error: unknown) =>
        Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error)),
      );
    const items = rows.slice(0, first).map((row) => ({
      node: wholeRecord(String(row.record), String(row.personal), Boolean(row.has_erased)) as RecordOf<Kind>,
      key: Number(row.seq),
    }));
    return { items, hasNextPage: rows.length > first };
  },
});
