import { setTimeout as delay } from "node:timers/promises";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { RawRow, RunSql, SelectRows, StorageLog } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { codeOf, describe, scrubbed } from "../database/faults.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer, WriterJob } from "../database/writer.ts";
import type { Follower, WriteStep } from "./follower.ts";
import { createJournalEnds } from "./journalEnds.ts";
import { journalSql } from "./journalSql.ts";
import { stepEnd } from "./stepEnd.ts";
import { createStepSize } from "./stepSize.ts";
import { type StepsWriting, withinStep } from "./stepsWriting.ts";

/** How far a follower may be behind the journal: what waits for this many rows waits for one or two seconds. */
export const MOST_BEHIND = 100_000;
/** How long another instance leaves the work to one that has taken no step. */
const LEASE_MS = 2_000;
/** Between two looks at what is put off until there is time. */
const LOOK_EVERY_MS = 100;
/** How long an act is put off at most while there is no time. Then a follower takes steps all the same, and pauses between them. */
const MOST_LATE_MS = 1_000;
/** The same of a follower that people wait for: in a second so much may come that a search waited a fifth of one. */
const MOST_LATE_WAITED_FOR_MS = 250;
/** The pause after such a step, by how long that took: decisions go first. */
const PAUSES = 9;
/** Between two looks at what other instances have appended, or have left undone. */
const LOOK_AT_OTHERS_EVERY_MS = 1_000;
/** Between two looks while another instance does the work that is waited for here. */
const OTHERS_TURN_MS = 5;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
const CLOSING_MS = 1_000;
const AS_ANY_ACT: Dialect["unflushed"] = { before: null, inside: null, after: null };

/** How followers follow; for tests. */
export interface FollowingOptions {
  readonly mostBehind?: number;
  readonly leaseMs?: number;
  /** After how long an act is taken although there is no time; absent: a second, or never where `idle` is given. */
  readonly mostLateMs?: number;
  /** How many times as long as such a step the pause after it is. */
  readonly pauses?: number;
  readonly lookAtOthersEveryMs?: number;
  /** Whether there is time for what nobody waits for. */
  readonly idle?: () => boolean;
}

/** What followers need of a writer. */
export type FollowerWriter = Pick<Writer, "busyMs" | "tryOnce" | "write">;

/** One follower at its work, as this instance has a part in it. */
export interface Following {
  /** Positions between the follower and the journal's end, as far as this instance knows; positions may have gaps. */
  readonly lag: number;
  /** Failed steps since the start. */
  readonly failures: number;
  /** Learns where journal and follower are, and begins with what is missing. */
  start(): Promise<void>;
  /** Is told how far the journal goes. */
  appended(position: number): void;
  /** Ends when the journal may grow: the follower is not too far behind, may be, or can't go on. */
  capacity(): Promise<void>;
  /** Ends when the follower has all that the journal had when this was called. Rejects when it can't go on. */
  caughtUp(): Promise<void>;
  /** Does what can be done in a moment, leaves the rest to others, and ends. */
  close(): Promise<void>;
}

/** What a step does in its transaction, as it was prepared beforehand. */
interface Prepared {
  readonly after: number;
  readonly until: number;
  /** Whether it is as long as it is because its acts are large. */
  readonly cut: boolean;
  readonly write: WriteStep;
}

/** Where follower and journal are; how far another instance waits for it; and whether another instance has the work. */
interface Seen {
  readonly position: number;
  readonly end: number;
  readonly wanted: number;
  readonly taken: boolean;
}

const seenIn = (row: RawRow): Seen => ({
  position: Number(row.position),
  end: Number(row.end ?? 0),
  wanted: Number(row.wanted),
  taken: Boolean(row.taken),
});

/**
 * A row of `journal_follower` has the position, and the lease: which instance does the work, until when. An instance takes
 * the lease with a step, renews it with each, and lets go of it where the journal ends; one that is gone, or has no time,
 * loses it. Whoever waits meanwhile says in the row how far, and the holder then goes on, time or not. The lease spares
 * instances each other's work. That each act is taken once does not rest on it: a step locks the row, begins at the
 * position that stands there, and commits what it wrote together with the next one. A lease that ends later than one taken
 * now would is of a time when the database's clock was ahead, and holds no longer.
 */
const statements = (dialect: Dialect, leaseMs: number, behind: Follower["behind"]) => {
  const { now, lockUnlessLocked } = journalSql(dialect);
  const end =
    behind === undefined
      ? 'SELECT MAX("seq") FROM journal'
      : `SELECT b."position" - b."position" % ${behind.block} FROM journal_follower AS b WHERE b."name" = '${behind.follower}'`;
  const look = `SELECT "position", "wanted",
    COALESCE("holder" <> ? AND "lease_until" > ${now} AND "lease_until" <= ${now} + ${leaseMs}, FALSE) AS "taken",
    (${end}) AS "end" FROM journal_follower WHERE "name" = ?`;
  const free = `(SELECT "name" FROM journal_follower WHERE "name" = ? ${lockUnlessLocked})`;
  const sql = (text: string): string => withParameters(dialect, text);
  return {
    look: sql(look),
    claim: sql(`${look} ${lockUnlessLocked}`),
    move: sql(`UPDATE journal_follower SET "position" = ?, "holder" = ?, "lease_until" = ${now} + ? WHERE "name" = ?`),
    // Where the row is locked a step is under way: it need not be waited for.
    want: sql(`UPDATE journal_follower SET "wanted" = ? WHERE "wanted" < ? AND "name" = ${free}`),
    release: sql('UPDATE journal_follower SET "holder" = NULL WHERE "name" = ? AND "holder" = ?'),
  };
};

const additions = (dialect: Dialect) => ({
  add: withParameters(dialect, 'INSERT INTO journal_follower ("name") VALUES (?) ON CONFLICT DO NOTHING'),
  addAtEnd: withParameters(
    dialect,
    `INSERT INTO journal_follower ("name", "position")
      SELECT ?, COALESCE(MAX("seq"), 0) FROM journal WHERE TRUE ON CONFLICT DO NOTHING`,
  ),
});

/** Gives a follower its row, where it has none yet. */
export async function addFollower(
  { dialect, writer }: { readonly dialect: Dialect; readonly writer: Pick<Writer, "write"> },
  { beginsAtEnd, name }: Follower,
): Promise<void> {
  const { add, addAtEnd } = additions(dialect);
  await writer.write(({ run }) => run(beginsAtEnd ? addAtEnd : add, [name]));
}

export function createFollowing(deps: {
  readonly follower: Follower;
  readonly writer: FollowerWriter;
  readonly dialect: Dialect;
  /** On a connection that reads. */
  readonly read: SelectRows;
  /** For what is prepared, on a connection of its own. */
  readonly select: SelectRows;
  readonly log: StorageLog;
  /** What tells this instance from the others. */
  readonly instance: string;
  /** Of all followers that are at work beside this one. */
  readonly steps: StepsWriting;
  readonly idle: () => boolean;
  /** Is told how long each step took. */
  readonly worked: (ms: number) => void;
  readonly options: FollowingOptions;
}): Following {
  const { follower, writer, dialect, log, instance, idle, steps } = deps;
  const { name } = follower;
  const {
    mostBehind = MOST_BEHIND,
    leaseMs = LEASE_MS,
    mostLateMs = deps.options.idle === undefined ? MOST_LATE_MS : Number.POSITIVE_INFINITY,
    lookAtOthersEveryMs = LOOK_AT_OTHERS_EVERY_MS,
    pauses = PAUSES,
  } = deps.options;
  const { behind, waitedFor } = follower;
  const lateMs = waitedFor && Number.isFinite(mostLateMs) ? Math.min(mostLateMs, MOST_LATE_WAITED_FOR_MS) : mostLateMs;
  const sql = statements(dialect, leaseMs, behind);
  const size = createStepSize(follower.acts);
  const rowsOfStep = (): number => behind?.acts ?? size.rows;
  let seen: Seen = { position: 0, end: 0, wanted: 0, taken: false };
  let step: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let due = 0;
  let holding = false;
  let closed = false;
  let failures = 0;
  let failing: { readonly error: unknown; readonly retryMs: number; readonly until: number } | null = null;

  const ends = createJournalEnds(() => performance.now());
  let pauseMs = LOOK_EVERY_MS;

  const lag = (): number => Math.max(0, seen.end - seen.position);

  /** Whether an act waits longer than it should. */
  function isLate(): boolean {
    ends.note(seen);
    return lag() > 0 && performance.now() - (ends.waitingSince(seen.position) ?? Number.POSITIVE_INFINITY) >= lateMs;
  }

  async function look(): Promise<void> {
    const [row] = await deps.read(sql.look, [instance, name]);
    if (row === undefined) return;
    // An append that was answered meanwhile may be newer than this look; what another follower wrote may have been emptied.
    seen = behind === undefined ? { ...seenIn(row), end: Math.max(seen.end, seenIn(row).end) } : seenIn(row);
    ends.note(seen);
  }

  /** An error of its own leaves the connection as it was; one of the database's does not, and goes to the writer. */
  const ownError = (error: unknown): unknown =>
    codeOf(error) === null ? new ScopewardenError("INTERNAL", `${name} failed.`, { cause: scrubbed(error) }) : error;

  /** Where a step ends that begins after a position. */
  async function endOf(after: number, end: number, select: SelectRows): Promise<{ until: number; cut: boolean }> {
    const most = Math.min(end, after + rowsOfStep());
    const { bytes } = follower;
    const until = bytes === undefined ? most : await stepEnd({ select, dialect }, { after, until: most, bytes });
    return { until, cut: until < most };
  }

  async function prepare(): Promise<Prepared | null> {
    if (follower.prepare === undefined || seen.taken || lag() === 0) return null;
    const after = seen.position;
    const { cut, until } = await endOf(after, seen.end, deps.select);
    const write = await follower
      .prepare({ after, until, select: deps.select, dialect, giveWay: steps.besideThem() })
      .catch((error) => Promise.reject(ownError(error)));
    return { after, until, cut, write };
  }

  const takeOne =
    (ready: Prepared | null): WriterJob<void> =>
    async ({ change, run, select }) => {
      let since = 0;
      let rows = 0;
      let next: Seen | null = null;
      let cut = false;
      const prepared: RunSql = (statement, parameters = []) => change(statement, parameters);
      const putsOnRecord = (ready === null ? follower : ready.write).putsOnRecord ?? false;
      const { after: flushing, before: unflushed, inside } = putsOnRecord ? AS_ANY_ACT : dialect.unflushed;
      if (unflushed !== null) await run(unflushed);
      try {
        await inTransaction(
          { run: prepared, dialect, conflict: `${name} wrote a row that was there already.` },
          async () => {
            if (inside !== null) await prepared(inside);
            since = performance.now();
            const [row] = await select(sql.claim, [instance, name]);
            seen = row === undefined ? { ...seen, taken: true } : seenIn(row);
            if (seen.taken || lag() === 0) return;
            const { position: after, end } = seen;
            if (ready !== null && (ready.after !== after || ready.until > end)) {
              // Another instance has gone on meanwhile.
              follower.undone?.();
              return;
            }
            const step = ready ?? (await endOf(after, end, select));
            const { until } = step;
            cut = step.cut;
            const write = ready?.write ?? follower.step;
            await write({ run, change, select, dialect, after, until, giveWay: withinStep() }).catch((error) =>
              Promise.reject(ownError(error)),
            );
            await change(sql.move, [until, until === end ? null : instance, leaseMs, name]);
            rows = until - after;
            next = { ...seen, position: until };
          },
        );
      } finally {
        // Where this fails the connection is not used again: what it commits next must be durable.
        if (flushing !== null) await run(flushing);
      }
      if (next === null) return;
      seen = next;
      holding = lag() > 0;
      const ms = performance.now() - since;
      // What large acts take says nothing of others.
      if (!cut) size.took(rows, ms);
      deps.worked(ms);
    };

  function noteFailure(error: unknown): void {
    failures++;
    const retryMs = failing === null ? FIRST_RETRY_MS : Math.min(failing.retryMs * 2, LONGEST_RETRY_MS);
    const reason = error instanceof ScopewardenError && error.cause !== undefined ? error.cause : error;
    if (failing === null)
      log({
        level: "error",
        message: "A follower of the journal can't go on.",
        detail: `${name}: ${describe(reason)}`,
      });
    failing = { error, retryMs, until: performance.now() + retryMs };
  }

  function noteSuccess(): void {
    if (failing !== null) log({ level: "info", message: "A follower of the journal goes on again.", detail: name });
    failing = null;
  }

  /** One transaction, the same for all who wait. Rejects at once in the pause after a failure. */
  function takeStep(): Promise<void> {
    if (failing !== null && performance.now() < failing.until) return Promise.reject(failing.error);
    step ??= prepare()
      .then((ready) => writer.tryOnce((use) => steps.during(() => takeOne(ready)(use))))
      .then(noteSuccess, (error: unknown) => {
        follower.undone?.();
        noteFailure(error);
        throw error;
      })
      .finally(() => {
        step = null;
      });
    return step;
  }

  /** Goes on to a position, or to the journal's end: a database that has failed over may have lost its last rows. */
  async function reach(position: number): Promise<void> {
    while (seen.position < Math.min(position, seen.end)) {
      if (closed) throw new ScopewardenError("INTERNAL", `${name} is closed.`);
      if (!seen.taken) await takeStep();
      else {
        if (seen.wanted < position) await writer.tryOnce(({ run }) => run(sql.want, [position, position, name]));
        await delay(OTHERS_TURN_MS);
        await look();
      }
    }
  }

  async function round(): Promise<void> {
    timer = null;
    pauseMs = LOOK_EVERY_MS;
    try {
      if (lag() === 0 || seen.taken || !idle()) await look();
      while (!closed && lag() > 0 && !seen.taken && (seen.wanted > seen.position || idle())) await takeStep();
      if (!closed && !seen.taken && isLate()) {
        const since = performance.now();
        await takeStep();
        pauseMs = (performance.now() - since) * pauses;
      }
    } catch {
      // Noted; to be tried again.
    }
    wake();
  }

  function wake(): void {
    if (closed) return;
    const retry = failing === null ? 0 : failing.until - performance.now();
    const pause = lag() === 0 ? lookAtOthersEveryMs : Math.max(pauseMs, retry);
    const at = performance.now() + pause;
    if (timer !== null) {
      if (due <= at) return;
      clearTimeout(timer);
    }
    due = at;
    timer = setTimeout(round, pause);
    timer.unref();
  }

  return {
    get lag() {
      return lag();
    },
    get failures() {
      return failures;
    },
    async start() {
      await addFollower({ writer, dialect }, follower);
      await look();
      wake();
    },
    appended(position) {
      // How far there is something for it, only the other follower's row tells.
      if (behind !== undefined || position <= seen.end) return;
      const idleBefore = lag() === 0;
      seen = { ...seen, end: position };
      ends.note(seen);
      if (idleBefore) wake();
    },
    async capacity() {
      if (follower.mayFallBehind) return;
      try {
        while (lag() >= mostBehind) await reach(seen.end - mostBehind + 1);
      } catch {
        // Noted. Decisions go on: what follows can be made up for, and whoever needs it is told.
      }
    },
    async caughtUp() {
      await look();
      await reach(seen.end);
    },
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      const end = performance.now() + CLOSING_MS;
      try {
        // Who may fall behind goes on at the next start, and leaves the time to the others.
        while (!follower.mayFallBehind && lag() > 0 && !seen.taken && performance.now() < end) await takeStep();
      } catch {
        // Noted; the next start makes up for it.
      }
      // Nothing of it is under way any more, which would take the lease anew: its connections are closed next.
      await step?.catch(() => undefined);
      // Where this fails the lease runs out.
      if (holding) await writer.tryOnce(({ run }) => run(sql.release, [name, instance])).catch(() => undefined);
    },
  };
}
