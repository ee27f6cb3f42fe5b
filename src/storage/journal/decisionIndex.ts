import type { DecisionRecord } from "../../domain/decisions/types.ts";
import type { JournalSpan } from "../../domain/simulation/replay/types.ts";
import type { RawRow, Statement } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { insertRows } from "../database/jsonRows.ts";
import { countedTo } from "./archivedTo.ts";
import type { Consumer } from "./consumer.ts";
import { indexColumns, SEQ } from "./journalTables.ts";
import { additionsOf } from "./rollup/additions.ts";
import { rollupStatements } from "./rollup/addToRollup.ts";
import { type IndexedDecision, indexedDecision } from "./search/indexedDecision.ts";
import { MonthDamaged, noteDamage } from "./search/monthDamage.ts";
import { DECISION_INDEX } from "./search/searchIndex.ts";
import { addSearched, type Searched } from "./search/searchMonths.ts";
import { SECRET_SQL, tokensOf } from "./search/tokens.ts";

const columns = [SEQ, ...Object.values(indexColumns)];

/** The row of a decision, in the order of its columns. */
export const decisionRow = (decision: IndexedDecision): readonly unknown[] =>
  columns.map(({ property }) =>
    property === "patients"
      ? decision.erased
        ? null
        : decision.patients.length
      : decision[property as keyof IndexedDecision],
  );

/** What a batch puts into the index, and what of it is counted. */
interface ToIndex {
  readonly searched: readonly Searched[];
  readonly statements: readonly Statement[];
}

const insertInto = (dialect: Dialect): string => insertRows(dialect, { table: "decision_index", columns });

/**
 * Keeps the index by which decisions are searched (search/), and a narrow row of each, and counts them: always a beginning of the journal.
 * Erasures and archives wait for it.
 */
export const decisionIndex: Consumer = {
  name: DECISION_INDEX,
  async read(batch): Promise<ToIndex> {
    const { acts, dialect, select } = batch;
    const secret = String((await select(SECRET_SQL, []))[0]?.value);
    const decisions = acts.flatMap(({ kind, position, recorded }) =>
      kind === "DECISION" ? [indexedDecision(recorded().record as DecisionRecord, position)] : [],
    );
    const searched = decisions.map((each): Searched => [each.seq, each.decidedAt, tokensOf(secret, each)]);
    // Who changes this sends the consumer back in the same transaction, so that a batch which read the old one is not taken.
    const counted = await countedTo(batch, DECISION_INDEX);
    const additions = additionsOf(decisions.filter(({ seq }) => seq > counted));
    const values = JSON.stringify(decisions.map(decisionRow));
    return {
      searched,
      statements: [
        ...(decisions.length === 0 ? [] : [[insertInto(dialect), [values]] as const]),
        ...(await rollupStatements(batch, additions)),
      ],
    };
  },
  async write(batch, { searched, statements }: ToIndex) {
    for (const statement of statements) await batch.change(...statement);
    await addSearched(batch, searched);
  },
  async mend(error, { dialect, writer }) {
    if (!(error instanceof MonthDamaged)) return false;
    await writer.tryOnce(({ run }) => noteDamage({ run, dialect }, error));
    return true;
  },
};

/**
 * Ends when the index has all that the journal had when this was called, whoever appended it.
 * @throws ScopewardenError JOURNAL_UNAVAILABLE when it can't be brought up to that in time
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
