import { emptyBlocks, emptyTables } from "../database/baseline/search.ts";
import type { Dialect } from "../database/dialect.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import { followAgain, sealAgain } from "./archivedTo.ts";
import { EMPTY_ADDRESSES } from "./decisionAddresses.ts";
import { decisionIndex, type UntilIndexed } from "./decisionIndex.ts";

/**
 * Throws away what is derived from the decisions on record, by which they are searched, counted and explained, and derives it
 * again.
 * Until that is done what needs more than the newest of it waits. @throws ScopewardenError JOURNAL_UNAVAILABLE
 */
export async function rebuildIndex(deps: {
  readonly writer: Writer;
  readonly dialect: Dialect;
  readonly untilIndexed: UntilIndexed;
  /** Positions of a sealed block (decisionBlocks.ts). */
  readonly blockSize: number;
  /** What else is derived, emptied with it: statements, and the end of its making. */
  readonly more: { readonly empty: readonly string[]; readonly untilMade: () => Promise<void> };
}): Promise<void> {
  const { blockSize, writer, dialect, more, untilIndexed } = deps;
  const statements = [
    // First, as who seals a block has that follower's row before it writes.
    ...emptyBlocks(dialect.name === "postgres"),
    sealAgain(blockSize),
    ...emptyTables(dialect.name === "postgres"),
    ...followAgain(decisionIndex.name, ["DECISION", "USE", "BLIND"]),
    EMPTY_ADDRESSES,
    ...more.empty,
  ];
  await writer.write(({ run }) =>
    inTransaction({ run, dialect, conflict: "the index is being rebuilt already" }, async () => {
      for (const statement of statements) await run(statement);
    }),
  );
  await untilIndexed();
  await more.untilMade();
}
