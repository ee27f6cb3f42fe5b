import type { JournalSpan } from "../../domain/simulation/replay/types.ts";
import type { RawRow, Statement } from "../database/connection.ts";
import { asUnavailable } from "../database/faults.ts";
import type { Consumer } from "../follow/consumer.ts";
import { countedTo } from "./archivedTo.ts";
import { keepAddresses } from "./decisionAddresses.ts";
import { readToIndex, writeToIndex } from "./decisionsToIndex.ts";
import { additionsOf } from "./rollup/additions.ts";
import { rollupStatements } from "./rollup/addToRollup.ts";

/**
 * Keeps `decision_index`, by which decisions are searched, and counts them: always a beginning of the journal. No record that
 * it plans by changes before it has it, as erasures and archives wait for it.
 */
export const decisionIndex: Consumer = {
  name: "decision_index",
  async read(batch): Promise<readonly Statement[]> {
    const { dialect } = batch;
    const { decisions, toIndex } = await readToIndex(batch);
    // Who changes this sends the consumer back in the same transaction, so that a batch which read the old one is not taken.
    const counted = await countedTo(batch, decisionIndex.name);
    const additions = additionsOf(decisions.filter(({ seq }) => seq > counted));
    return [
      ...writeToIndex(dialect, toIndex),
      ...keepAddresses(dialect, decisions),
      ...(await rollupStatements(batch, additions)),
    ];
  },
  async write({ change }, statements: readonly Statement[]) {
    for (const statement of statements) await change(...statement);
  },
};

/**
 * Ends when the index has all that the journal had when this was called, whoever appended it.
 * @throws ScopewardenError JOURNAL_UNAVAILABLE when it can't be brought up to that.
 */
export type UntilIndexed = () => Promise<void>;

/** The decisions that there are, once the index has them all; null: there are none. @throws ScopewardenError JOURNAL_UNAVAILABLE */
export async function journalSpan(deps: {
  readonly read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly untilIndexed: UntilIndexed;
}): Promise<JournalSpan | null> {
  await deps.untilIndexed();
  const end = async (order: string): Promise<RawRow | undefined> => {
    const sql = `SELECT "seq", "decided_at" FROM decision_index ORDER BY "seq" ${order} LIMIT 1`;
    const fail = (error: unknown) => asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error);
    return (await deps.read(sql, []).catch((error) => Promise.reject(fail(error))))[0];
  };
  const [oldest, newest] = [await end("ASC"), await end("DESC")];
  if (oldest === undefined || newest === undefined) return null;
  return { end: Number(newest.seq), oldest: Number(oldest.decided_at), newest: Number(newest.decided_at) };
}
