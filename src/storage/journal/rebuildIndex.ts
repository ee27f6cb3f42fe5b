import type { Clock } from "../../domain/kernel/ports.ts";
import { indexRebuildAct } from "../../domain/record/acts.ts";
import type { IndexRebuildAct } from "../../domain/record/indexRebuildAct.ts";
import { columnTypes } from "../database/baseline/columnTypes.ts";
import { decisionIndex } from "../database/baseline/search.ts";
import type { RunSql, SelectRows } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "./acts.ts";
import { followAgain } from "./archivedTo.ts";
import { indexState } from "./indexDigest.ts";
import { journalSql } from "./journalSql.ts";
import { DECISION_INDEX } from "./search/searchIndex.ts";
import { emptyMonths } from "./search/searchMonths.ts";

/**
 * Throws away what is derived from the decisions on record, by which they are searched, counted and explained, and derives it
 * again, with an act when it goes and one when it is there again.
 * Until that is done what needs more than the newest of it waits. @throws ScopewardenError JOURNAL_UNAVAILABLE
 */
export async function rebuildIndex(deps: {
  readonly writer: Writer;
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly putOnRecord: PutOnRecord;
  /** On a connection that only reads. */
  readonly select: SelectRows;
  /** The caller id of who asks for it. */
  readonly by: string;
  /** Ends when the index has all that is on record, however long that takes. */
  readonly untilMade: () => Promise<void>;
  /** What else is derived, emptied with it: statements, and the end of its making. */
  readonly more: { readonly empty: readonly string[]; readonly untilMade: () => Promise<void> };
}): Promise<void> {
  const { by, clock, dialect, more, newId, putOnRecord, select, untilMade, writer } = deps;
  const statements = [
    // First those that follow, as a batch has its consumer's row before it writes, and whoever erases all of them in this order.
    `SELECT "name" FROM journal_follower ORDER BY "name" ${journalSql(dialect).lock}`,
    ...followAgain(DECISION_INDEX, ["DECISION", "USE", "BLIND"]),
    'DROP TABLE "decision_index"',
    ...decisionIndex(columnTypes[dialect.name]),
    `DELETE FROM act_set_aside`,
    ...more.empty,
  ];
  const before = await indexState({ dialect, select });
  const rebuildId = newId();
  const of = { rebuildId, by, table: "decision_index", digestBefore: before.digest, finding: before.finding };
  const record = (run: RunSql, act: IndexRebuildAct) => putOnRecord(run, indexRebuildAct(act));
  const step = (work: (run: RunSql) => Promise<void>) =>
    writer.write(({ run }) =>
      inTransaction({ run, dialect, conflict: "the index is being rebuilt already" }, () => work(run)),
    );
  await step(async (run) => {
    for (const statement of statements) await run(statement);
    await emptyMonths({ run, dialect });
    await record(run, { ...of, event: "EMPTIED", at: clock(), months: before.months });
  });
  await untilMade();
  await more.untilMade();
  const made = await indexState({ dialect, select });
  const [follower] = await select(`SELECT "position" FROM journal_follower WHERE "name" = '${DECISION_INDEX}'`, []);
  const span = { after: -1, until: Number(follower?.position ?? 0) };
  const rebuilt = {
    ...of,
    ...span,
    event: "REBUILT",
    at: clock(),
    months: made.months,
    digestAfter: made.digest,
  } as const;
  await step((run) => record(run, rebuilt));
}
