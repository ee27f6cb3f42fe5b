import type { Dialect } from "../database/dialect.ts";
import { emptyIndex } from "../database/migrations/emptyIndex.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { UntilIndexed } from "./decisionIndex.ts";

/**
 * Throws away what is derived from the decisions on record, by which they are searched and counted, and derives it again.
 * Until that is done searches wait for it. @throws ScopewardenError JOURNAL_UNAVAILABLE
 */
export async function rebuildIndex(deps: {
  readonly writer: Writer;
  readonly dialect: Dialect;
  readonly untilIndexed: UntilIndexed;
}): Promise<void> {
  const { writer, dialect, untilIndexed } = deps;
  // The groups of counts stay: other instances know them by their ids.
  const statements = [...emptyIndex(dialect.name === "postgres"), "DELETE FROM decision_count"];
  await writer.write(({ run }) =>
    inTransaction({ run, dialect, conflict: "the index is being rebuilt already" }, async () => {
      for (const statement of statements) await run(statement);
    }),
  );
  await untilIndexed();
}
