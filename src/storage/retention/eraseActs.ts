import type { ErasureStep } from "../../domain/audit/retention/store.ts";
import { BASELINE_MS, PERSONAL_KINDS } from "../../domain/monitoring/watch/baseline.ts";
import { erasureAct } from "../../domain/record/acts.ts";
import { GONE_WHEN_ERASED } from "../database/baseline/search.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import { journalSql } from "../journal/journalSql.ts";
import { searchErased, tokensAt } from "../journal/search/leaveSearch.ts";

/** What derives from decisions more than the journal has: nothing is erased before they have taken it. */
const TAKERS = "'decision_index', 'watching'";

/** Up to where all of them have taken what is on record. */
export const TAKEN = `SELECT MIN("position") AS "taken", COUNT(*) AS "takers" FROM journal_follower WHERE "name" IN (${TAKERS})`;

/** Rows of what nobody has made an alert of that one step removes at most. */
const REMOVED_AT_ONCE = 500;

const ERASED_MEANWHILE = "Decisions that it looks at were erased meanwhile, after their time. Begin it again.";

export const HOLDS_VERSION = `SELECT COUNT(*) AS "placed", COUNT("decided_at") AS "lifted" FROM case_file WHERE "kind" = 'LEGAL_HOLD'`;
/** Each hold is placed once and lifted once. */
export const versionOf = (row: RawRow | undefined): string => `${Number(row?.placed ?? 0)}/${Number(row?.lifted ?? 0)}`;

/**
 * The work of one step in its transaction: the act first, which the guards of journal and index ask for, then the values, and what
 * repeats them. Answers whether it was done; if not, nothing was written. On PostgreSQL it has the journal's turn before it looks:
 * whoever places a hold or changes the policy puts that on record, and so was there before, or comes after.
 */
export async function eraseActs(
  deps: {
    readonly run: RunSql;
    readonly dialect: Dialect;
    readonly putOnRecord: PutOnRecord;
  },
  { act, holds, passed, policyRevision, rows, settled, walked }: ErasureStep,
): Promise<boolean> {
  const { dialect, putOnRecord, run } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const { integer, rows: given, text, boolean } = jsonRows(dialect);
  const only = async (statement: string): Promise<RawRow | undefined> => (await run(statement)).rows[0];
  const { lock, takeTurn } = journalSql(dialect);
  // Held as they are: nobody sends them back to the beginning meanwhile. Before the journal's turn, as a batch that puts an act on record.
  await run(`SELECT "position" FROM journal_follower WHERE "name" IN (${TAKERS}) ORDER BY "name" ${lock}`);
  if (takeTurn !== null) await run(takeTurn);
  const taken = await only(TAKEN);
  const end = Math.max(0, walked?.to ?? 0, ...rows.map(({ position }) => position));
  if (Number(taken?.takers) < 2 || Number(taken?.taken) < end) return false;
  const held = await only(HOLDS_VERSION);
  if (versionOf(held) !== holds) return false;
  const head = await only('SELECT COALESCE(MAX("revision"), 0) AS "revision" FROM policy_revision');
  if (Number(head?.revision) !== policyRevision) return false;
  if (walked !== null) {
    const move = 'UPDATE retention SET "position" = ? WHERE "id" = 1 AND "position" = ?';
    const { affected } = await run(sql(move), [walked.to, walked.from]);
    if (affected !== 1) return false;
  }

  if (passed.length > 0)
    await run(
      sql(`INSERT INTO retention_passed ("position", "again_at", "held", "lifts")
        SELECT ${integer(0)}, ${integer(1)}, ${boolean(2)}, ${integer(3)} FROM ${given} WHERE TRUE
        ON CONFLICT ("position") DO UPDATE SET "again_at" = excluded."again_at", "held" = excluded."held", "lifts" = excluded."lifts"`),
      [JSON.stringify(passed.map((each) => [each.position, each.againAt, each.held, Number(held?.lifted ?? 0)]))],
    );
  const among = (positions: readonly number[]): string => JSON.stringify(positions.map((position) => [position]));
  if (settled.length > 0)
    await run(sql(`DELETE FROM retention_passed WHERE "position" IN (SELECT ${integer(0)} FROM ${given})`), [
      among(settled),
    ]);
  if (act === null) return true;

  const positions = rows.map(({ position }) => position);
  const erased = among(positions);
  const these = `(SELECT ${integer(0)} FROM ${given})`;
  // Another instance looked again at the same ones.
  const whole = await run(sql(`SELECT COUNT(*) AS "n" FROM journal WHERE "seq" IN ${these} AND "salt" IS NOT NULL`), [
    erased,
  ]);
  if (Number(whole.rows[0]?.n) !== rows.length) return false;

  await putOnRecord(run, erasureAct(act.id, act.record));
  const erasure = Number((await only('SELECT MAX("seq") AS "position" FROM journal'))?.position);
  const tokens = await tokensAt(deps, positions);
  const erase =
    sql(`UPDATE journal SET "salt" = NULL, "caller_id" = NULL, "request_id" = NULL, "personal" = e."personal"
    FROM (SELECT ${integer(0)} AS "position", ${text(1)} AS "personal" FROM ${given}) AS e
    WHERE journal."seq" = e."position"`);
  const { affected } = await run(erase, [JSON.stringify(rows.map(({ personal, position }) => [position, personal]))]);
  // Some are not there any more: then the act would say too much.
  if (affected !== rows.length) return false;
  await run(
    sql(
      `UPDATE decision_index SET ${GONE_WHEN_ERASED.map((name) => `"${name}" = NULL`).join(", ")}, "erased" = TRUE WHERE "seq" IN ${these}`,
    ),
    [erased],
  );
  await searchErased(deps, tokens, erasure);
  const notAlerted = `NOT EXISTS (SELECT 1 FROM watch_story AS s WHERE s."id" = "story_id" AND s."opened_at" IS NOT NULL)`;
  await run(
    sql(
      `DELETE FROM watch_finding WHERE "decision_id" IN (SELECT j."id" FROM journal AS j WHERE j."seq" IN ${these}) AND ${notAlerted}`,
    ),
    [erased],
  );
  await run(sql(`DELETE FROM watched_access WHERE "position" IN ${these}`), [erased]);
  await run(sql(`DELETE FROM watched_decision WHERE "position" IN ${these}`), [erased]);
  await run(
    sql(`DELETE FROM watch_story WHERE "id" IN
      (SELECT "id" FROM watch_story WHERE "last_at" <= ? AND "opened_at" IS NULL LIMIT ${REMOVED_AT_ONCE})`),
    [act.record.newestAt],
  );
  // Those of people that were not used for so long count no more.
  const kinds = PERSONAL_KINDS.map((kind) => `'${kind}'`).join(", ");
  await run(
    sql(`DELETE FROM watch_baseline WHERE ("detector", "kind", "entity") IN (SELECT "detector", "kind", "entity" FROM watch_baseline
      WHERE "used_at" <= ? AND "kind" IN (${kinds}) LIMIT ${REMOVED_AT_ONCE})`),
    [act.record.at - BASELINE_MS],
  );
  // Samples of back-tests show what was found of people.
  await run(sql(`DELETE FROM job WHERE "kind" = 'BACKTEST' AND "result" IS NOT NULL AND "from" <= ?`), [
    act.record.newestAt,
  ]);
  // One that is made has read them already: what comes of it is not kept.
  await run(
    sql(
      `UPDATE job SET "state" = 'FAILED', "ended_at" = ?, "reason" = ? WHERE "kind" = 'BACKTEST' AND "state" = 'RUNNING' AND "from" <= ?`,
    ),
    [act.record.at, ERASED_MEANWHILE, act.record.newestAt],
  );
  await run(
    sql(`UPDATE retention SET "erased_acts" = "erased_acts" + ?, "erased_values" = "erased_values" + ? WHERE "id" = 1`),
    [rows.length, act.record.values],
  );
  return true;
}
