import { setTimeout as delay } from "node:timers/promises";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { indexRebuildAct } from "../../domain/record/acts.ts";
import type { IndexRebuildAct } from "../../domain/record/indexRebuildAct.ts";
import { monthTable } from "../database/baseline/search.ts";
import type { RawRow, RunSql, SelectRows, StorageLog } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { describe } from "../database/faults.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import { RECORD_COLUMNS } from "../journal/decisionRow.ts";
import { INDEX_REBUILDS_SQL, indexRebuildsOf } from "../journal/indexRebuilds.ts";
import { journalSql } from "../journal/journalSql.ts";
import { IS_THERE, tokensNow } from "../journal/search/leaveSearch.ts";
import {
  DAMAGED_SQL,
  type DamagedMonth,
  damagedOf,
  damageText,
  MonthDamaged,
  noteDamage,
  ofMonth,
} from "../journal/search/monthDamage.ts";
import { digestOfMade, digestOfMonth, monthProblem } from "../journal/search/monthDigests.ts";
import { monthTables } from "../journal/search/monthTables.ts";
import { DECISION_INDEX } from "../journal/search/searchIndex.ts";
import { MONTHS_SQL, monthsOf, type SearchMonth } from "../journal/search/searchMonths.ts";

/** Decisions of one transaction, in which they are read, too. */
const STEP = 128;
const LOOK_EVERY_MS = 250;
const SHORTEST_PAUSE_MS = 2;
/** After a failure it is left alone for so long. */
const AGAIN_AFTER_MS = 5_000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Makes months of the search index that are damaged again from the journal. */
export interface Remaking {
  /** Those that are damaged, as far as is known here. */
  damaged(): readonly DamagedMonth[];
  close(): Promise<void>;
}

interface Deps {
  readonly clock: () => number;
  readonly dialect: Dialect;
  readonly log: StorageLog;
  readonly newId: () => string;
  readonly putOnRecord: PutOnRecord;
  /** On a connection that only reads. */
  readonly select: SelectRows;
  readonly writer: Pick<Writer, "tryOnce">;
}

/**
 * Looks for months that somebody has noted as damaged, and makes the table of each anew, some decisions a transaction: emptied when nothing but
 * the index itself is damaged there, then filled from the journal, and of use again with the act that says so. Answers that need it wait; what
 * is decided meanwhile is put in here. A table is made again by itself once a day at most, so that whoever damages it again is noticed.
 */
export function startRemaking({ clock, dialect, log, newId, putOnRecord, select, writer }: Deps): Remaking {
  const tables = monthTables(dialect);
  const { lock } = journalSql(dialect);
  const sql = (text: string): string => withParameters(dialect, text);
  const FOLLOWER = `SELECT "position" FROM journal_follower WHERE "name" = '${DECISION_INDEX}' ${lock}`;
  const DECISIONS = sql(`SELECT "seq", ${RECORD_COLUMNS} FROM journal WHERE "kind" = 'DECISION' AND ${IS_THERE}
    AND "seq" > ? AND "seq" <= ? ORDER BY "seq" LIMIT ${STEP}`);
  const EMPTIED = sql('UPDATE search_month SET "made_to" = ?, "found_digest" = ?, "made_digest" = NULL WHERE "id" = ?');
  const MADE = sql('UPDATE search_month SET "made_to" = ?, "made_digest" = ? WHERE "id" = ?');
  const SOUND = sql(
    'UPDATE search_month SET "damage" = NULL, "made_to" = NULL, "found_digest" = NULL, "made_digest" = NULL WHERE "id" = ?',
  );

  /** Until when each is left alone. */
  const waiting = new Map<number, number>();
  let known: readonly DamagedMonth[] = [];
  const closing = new AbortController();

  async function wasMadeToday(id: number): Promise<boolean> {
    const since = clock() - DAY_MS;
    return indexRebuildsOf(await select(INDEX_REBUILDS_SQL, [])).some(
      (act) => act.event === "REBUILT" && act.table === monthTable(id) && act.at > since,
    );
  }

  const inStep = <Answer>(work: (run: RunSql) => Promise<Answer>): Promise<Answer> =>
    writer.tryOnce(({ run }) =>
      inTransaction({ run, dialect, conflict: "It was made again meanwhile." }, () => work(run)),
    );

  /** A month as it is in a transaction, which nobody else changes; null: another instance has gone on. */
  async function stillSo(
    run: RunSql,
    { id, madeTo }: SearchMonth,
  ): Promise<{ readonly row: RawRow; until: number } | null> {
    const [follower] = (await run(FOLLOWER)).rows;
    const now = `SELECT "damage", "made_to", "found_digest", "made_digest" FROM search_month WHERE "id" = ? ${lock}`;
    const [row] = (await run(sql(now), [id])).rows;
    const isSame = row?.damage != null && (row.made_to === null ? null : Number(row.made_to)) === madeTo;
    return isSame && row !== undefined ? { row, until: Number(follower?.position ?? 0) } : null;
  }

  async function empty(month: SearchMonth): Promise<boolean> {
    const { first, id } = month;
    if (await wasMadeToday(id)) return false;
    const problem = await monthProblem(dialect, id);
    if (problem !== null) throw new Error(`more than the index is damaged there: ${problem}`);
    const digest = await digestOfMonth({ dialect, select }, id);
    await inStep(async (run) => {
      if ((await stillSo(run, month)) === null) return;
      for (const statement of [...tables.drop(id), ...tables.create(id)]) await run(statement);
      await run(EMPTIED, [first - 1, digest, id]);
    });
    return true;
  }

  async function fill(
    month: SearchMonth & { readonly madeTo: number },
    isLast: boolean,
  ): Promise<"more" | "few" | "done"> {
    const { id, madeTo } = month;
    return inStep(async (run) => {
      const now = await stillSo(run, month);
      if (now === null) return "done";
      const until = Math.min(month.last, now.until);
      const { rows } = await run(DECISIONS, [madeTo, until]);
      const found = await tokensNow({ run, dialect }, rows);
      if (found.length > 0)
        await ofMonth(id, async () => {
          await run(...tables.add(id, found));
          await tables.tend(id, found.length, run);
        });
      const before = now.row.made_digest === null ? null : String(now.row.made_digest);
      const digest = digestOfMade(before, found);
      const isWhole = rows.length < STEP;
      const to = isWhole ? Math.max(madeTo, until) : Number(rows.at(-1)?.seq);
      if (!(isWhole && isLast)) {
        await run(MADE, [to, digest, id]);
        return isWhole ? "few" : "more";
      }
      const record: IndexRebuildAct = {
        ...{ event: "REBUILT", rebuildId: newId(), at: clock(), table: monthTable(id) },
        months: month.month === null ? [] : [month.month],
        finding: String(now.row.damage),
        ...{ after: month.first - 1, until: to },
        digestBefore: now.row.found_digest === null ? null : String(now.row.found_digest),
        digestAfter: digest,
      };
      await run(SOUND, [id]);
      await putOnRecord(run, indexRebuildAct(record));
      return "done";
    });
  }

  async function remake(month: SearchMonth): Promise<void> {
    if (month.madeTo === null) {
      if (!(await empty(month))) return;
      log({
        level: "warn",
        message: "A damaged month of the search index is made again.",
        detail: monthTable(month.id),
      });
    }
    for (let last = false; !closing.signal.aborted; ) {
      const now = monthsOf(await select(MONTHS_SQL, [])).find(({ id }) => id === month.id);
      if (now === undefined || now.damage === null || now.madeTo === null) return;
      const since = performance.now();
      const done = await fill({ ...now, madeTo: now.madeTo }, last);
      if (done === "done") break;
      last = done === "few";
      if (!last) await delay(Math.max(SHORTEST_PAUSE_MS, performance.now() - since));
    }
    if (closing.signal.aborted) return;
    // The act is on disk before anything rests on it: a follower's own commits are not at once.
    const { copyLog } = dialect;
    if (copyLog !== null) await writer.tryOnce(({ run }) => run(copyLog)).catch(() => undefined);
    log({ level: "info", message: "A month of the search index was made again.", detail: monthTable(month.id) });
  }

  async function look(): Promise<void> {
    known = damagedOf(await select(DAMAGED_SQL, []));
    if (known.length === 0) return;
    for (const month of monthsOf(await select(MONTHS_SQL, []))) {
      if (month.damage === null || performance.now() < (waiting.get(month.id) ?? 0)) continue;
      try {
        await remake(month);
      } catch (error) {
        if (error instanceof MonthDamaged)
          await writer.tryOnce(({ run }) => noteDamage({ run, dialect }, error)).catch(() => undefined);
        if (!waiting.has(month.id)) {
          const cause = error instanceof ScopewardenError && error.cause !== undefined ? error.cause : error;
          log({ level: "error", message: `It can't be made again now. ${damageText(month)}`, detail: describe(cause) });
        }
        waiting.set(month.id, performance.now() + AGAIN_AFTER_MS);
      }
    }
    known = damagedOf(await select(DAMAGED_SQL, []));
  }

  async function looking(): Promise<void> {
    while (!closing.signal.aborted) {
      // What can't be read now is looked at again.
      await look().catch(() => undefined);
      await delay(LOOK_EVERY_MS, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  }

  const ended = looking();
  return {
    damaged: () => known,
    async close() {
      closing.abort();
      await ended;
    },
  };
}
