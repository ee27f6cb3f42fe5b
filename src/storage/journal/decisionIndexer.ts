import { setTimeout as delay } from "node:timers/promises";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { RawRow, StorageLog } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { describe, scrubbed } from "../database/faults.ts";
import type { Writer } from "../database/writer.ts";
import { createSpareTime } from "./idle.ts";

/** How far the index may be behind the journal: a search that meets this many rows waits for one or two seconds. */
const MAX_UNINDEXED = 100_000;
/** Rows of one transaction. An append that comes meanwhile waits for it: about 5 ms. */
const ROWS_AT_ONCE = 500;
const LOOK_EVERY_MS = 100;
/** While another process does the work. */
const OTHERS_TURN_MS = 5;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
const CLOSING_MS = 1_000;

/**
 * Brings `decision_index`, by which decisions are searched, up to the journal. It is always a beginning of the journal:
 * rows come in in the order of `seq`, each transaction going on where the index ends, whoever wrote it.
 */
export interface DecisionIndexer {
  /** Rows of the journal that the index lacks, as far as this process knows; where `seq` has gaps, rather more. */
  readonly unindexed: number;
  /** Failed attempts since the start. */
  readonly failures: number;
  /** Learns where journal and index end, and begins with what is missing. */
  start(): Promise<void>;
  /** Is told that the journal has so many more rows. */
  appended(rows: number): void;
  /** Ends when the journal may grow: the index is not too far behind, or can't be written. */
  room(): Promise<void>;
  /**
   * Ends when the index has all that the journal had when this was called, whoever appended it.
   * @throws ScopewardenError JOURNAL_UNAVAILABLE when it can't be brought up to that.
   */
  caughtUp(): Promise<void>;
  /** Does what can be done in a moment, and ends. */
  close(): Promise<void>;
}

const ENDS =
  'SELECT (SELECT MAX("seq") FROM decision) AS "journal", (SELECT MAX("seq") FROM decision_index) AS "index"';
const endsOf = ([row]: readonly RawRow[]) => ({ journal: Number(row?.journal ?? 0), index: Number(row?.index ?? 0) });

export function createDecisionIndexer(deps: {
  readonly writer: Writer;
  readonly dialect: Dialect;
  /** On a connection that reads. */
  readonly read: (sql: string) => Promise<readonly RawRow[]>;
  readonly log: StorageLog;
  readonly maxUnindexed?: number;
  /** Whether there is time for what nobody waits for. */
  readonly hasTime?: () => boolean;
}): DecisionIndexer {
  const { writer, dialect, log, maxUnindexed = MAX_UNINDEXED } = deps;
  let ownMs = 0;
  const hasTime = deps.hasTime ?? createSpareTime(writer, () => ownMs);
  let ends = { journal: 0, index: 0 };
  let step: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  let failures = 0;
  let failing: { readonly error: unknown; readonly retryMs: number; readonly until: number } | null = null;

  const unindexed = (): number => Math.max(0, ends.journal - ends.index);

  async function indexSome(): Promise<void> {
    await writer.tryOnce(async ({ run, change }) => {
      const since = performance.now();
      ends = endsOf((await run(ENDS)).rows);
      if (unindexed() > 0) {
        const rows = await change(dialect.indexDecisions, [ends.index, ROWS_AT_ONCE]);
        // Where `seq` has gaps it ends later; the next look tells.
        if (rows === ROWS_AT_ONCE) ends = { ...ends, index: ends.index + rows };
        else ends = endsOf((await run(ENDS)).rows);
      }
      ownMs += performance.now() - since;
    });
  }

  function noteFailure(error: unknown): void {
    failures++;
    const retryMs = failing === null ? FIRST_RETRY_MS : Math.min(failing.retryMs * 2, LONGEST_RETRY_MS);
    if (failing === null)
      log({ level: "error", message: "The journal's index could not be written.", detail: describe(error) });
    failing = { error, retryMs, until: performance.now() + retryMs };
  }

  function noteSuccess(): void {
    if (failing !== null) log({ level: "info", message: "The journal's index can be written again." });
    failing = null;
  }

  /** One transaction, the same for all who wait. Rejects at once in the pause after a failure. */
  function takeStep(): Promise<void> {
    if (failing !== null && performance.now() < failing.until) return Promise.reject(failing.error);
    step ??= indexSome()
      .then(noteSuccess, (error: unknown) => {
        noteFailure(error);
        throw error;
      })
      .finally(() => {
        step = null;
      });
    return step;
  }

  /** Takes a step, and gives way where another process has its turn. */
  async function advance(): Promise<void> {
    const before = ends.index;
    await takeStep();
    if (unindexed() > 0 && ends.index === before) await delay(OTHERS_TURN_MS);
  }

  async function inSpareTime(): Promise<void> {
    timer = null;
    try {
      while (!closed && unindexed() > 0 && hasTime()) await advance();
    } catch {
      // Noted; to be tried again.
    }
    wake();
  }

  function wake(): void {
    if (closed || timer !== null || unindexed() === 0) return;
    const pause = failing === null ? 0 : failing.until - performance.now();
    timer = setTimeout(inSpareTime, Math.max(LOOK_EVERY_MS, pause));
    timer.unref();
  }

  return {
    get unindexed() {
      return unindexed();
    },
    get failures() {
      return failures;
    },
    async start() {
      ends = endsOf(await deps.read(ENDS));
      wake();
    },
    appended(rows) {
      ends = { ...ends, journal: ends.journal + rows };
      wake();
    },
    async room() {
      try {
        while (unindexed() >= maxUnindexed) await advance();
      } catch {
        // Noted. Decisions go on: an index can be made up for, and whoever searches is told.
      }
    },
    async caughtUp() {
      const asked = endsOf(await deps.read(ENDS));
      let lacking = asked.index < asked.journal;
      try {
        while (lacking) {
          await advance();
          // The journal's end, too: a database that has failed over may have lost its last rows.
          lacking = ends.index < Math.min(asked.journal, ends.journal);
        }
      } catch (error) {
        const text = "The journal's index can't be brought up to date; without it a search would leave decisions out.";
        throw new ScopewardenError("JOURNAL_UNAVAILABLE", text, { cause: scrubbed(error) });
      }
    },
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      const end = performance.now() + CLOSING_MS;
      try {
        while (unindexed() > 0 && performance.now() < end) await advance();
      } catch {
        // Noted; the next start makes up for it.
      }
    },
  };
}
