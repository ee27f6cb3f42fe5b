import { columnTypes } from "../database/baseline/columnTypes.ts";
import { decisionIndex } from "../database/baseline/search.ts";
import type { Dialect } from "../database/dialect.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import { followAgain } from "./archivedTo.ts";
import { DECISION_INDEX } from "./search/searchIndex.ts";
import { emptyMonths } from "./search/searchMonths.ts";

/**
 * Throws away what is derived from the decisions on record, by which they are searched, counted and explained, and derives it
 * again.
 * Until that is done what needs more than the newest of it waits. @throws ScopewardenError JOURNAL_UNAVAILABLE
 */
export async function rebuildIndex(deps: {
  readonly writer: Writer;
  readonly dialect: Dialect;
  /** Ends when the index has all that is on record, however long that takes. */
  readonly untilMade: () => Promise<void>;
  /** What else is derived, emptied with it: statements, and the end of its making. */
  readonly more: { readonly empty: readonly string[]; readonly untilMade: () => Promise<void> };
}): Promise<void> {
  const { writer, dialect, more, untilMade } = deps;
  const statements = [
    // First, as a batch has its consumer's row before it writes.
    ...followAgain(DECISION_INDEX, ["DECISION", "USE", "BLIND"]),
    'DROP TABLE "decision_index"',
    ...decisionIndex(columnTypes[dialect.name]),
    `DELETE FROM act_set_aside`,
    ...more.empty,
  ];
  await writer.write(({ run }) =>
    inTransaction({ run, dialect, conflict: "the index is being rebuilt already" }, async () => {
      for (const statement of statements) await run(statement);
      await emptyMonths({ run, dialect });
    }),
  );
  await untilMade();
  await more.untilMade();
}
