import { setTimeout as delay } from "node:timers/promises";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { SelectRows, StorageLog } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { describe } from "../database/faults.ts";
import type { Follower } from "./follower.ts";
import { inPieces } from "./inPieces.ts";
import { createJournalEnds } from "./journalEnds.ts";
import { createStepSize, SHORT_CALL_MS, SHORT_STEP_MS } from "./stepSize.ts";
import {
  type FollowerPlace,
  followerError,
  followerSql,
  placeIn,
  type ReadStep,
  type StepTaker,
  stepUntil,
} from "./stepTaker.ts";

/** How far a follower may be behind the journal: what waits for this many rows waits for one or two seconds. */
export const MOST_BEHIND = 100_000;
/** Up to so many acts behind it takes short steps, for which decisions hardly wait; farther, as many acts for the time as it can. */
const NEARLY_THERE = 4_096;
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

/** One follower at its work, as this instance has a part in it. */
export interface Following {
  /** Positions between the follower and the journal's end, as far as this instance knows; positions may have gaps. */
  readonly lag: number;
  /** Failed steps since the start. */
  readonly failures: number;
  readonly position: number;
  /** As of a `FollowerStatus`. */
  readonly stillMs: number;
  /** Learns where journal and follower are, and begins with what is missing. */
  start(): Promise<void>;
  /** Is told how far the journal goes. */
  appended(position: number): void;
  /** Whether the journal should not grow before it has gone on. */
  readonly isTooFarBehind: boolean;
  /** Ends when the journal may grow: the follower is not too far behind, may be, or can't go on. */
  capacity(): Promise<void>;
  /** Ends when the follower has all that the journal had when this was called. Rejects when it can't go on. */
  caughtUp(): Promise<void>;
  /** Does what can be done in a moment, leaves the rest to others, and ends. */
  close(): Promise<void>;
}

export function createFollowing(deps: {
  readonly follower: Follower;
  /** Writes its steps. */
  readonly taker: StepTaker;
  readonly dialect: Dialect;
  /** On a connection that reads. */
  readonly read: SelectRows;
  /** For what is prepared, on a connection of its own. */
  readonly select: SelectRows;
  readonly log: StorageLog;
  /** What tells this instance from the others. */
  readonly instance: string;
  readonly idle: () => boolean;
  /** Is told how long each step took. */
  readonly worked: (ms: number) => void;
  readonly options: FollowingOptions;
}): Following {
  const { follower, taker, dialect, log, instance, idle } = deps;
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
  const sql = followerSql(dialect, leaseMs, behind);
  // Where the database is a file, what is planned is one call.
  const isCall = "plan" in follower && dialect.file !== null;
  const size = createStepSize(follower.acts, isCall ? SHORT_CALL_MS : SHORT_STEP_MS);
  const rowsOfStep = (): number => behind?.acts ?? (lag() > NEARLY_THERE ? size.rows : size.fewRows);
  let seen: FollowerPlace = { position: 0, end: 0, wanted: 0, taken: false };
  let step: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let due = 0;
  let holding = false;
  let closed = false;
  let failures = 0;
  /** When it last moved, or an act began to wait. */
  let movedAt = performance.now();
  let failing: { readonly error: unknown; readonly retryMs: number; readonly until: number } | null = null;

  const ends = createJournalEnds(() => performance.now());
  let pauseMs = LOOK_EVERY_MS;

  const lag = (): number => Math.max(0, seen.end - seen.position);

  const isTooFarBehind = (): boolean => !follower.mayFallBehind && lag() >= mostBehind;

  function place(next: FollowerPlace): void {
    if (lag() === 0 || next.position !== seen.position) movedAt = performance.now();
    seen = next;
  }

  /** Whether an act waits longer than it should. */
  function isLate(): boolean {
    ends.note(seen);
    return lag() > 0 && performance.now() - (ends.waitingSince(seen.position) ?? Number.POSITIVE_INFINITY) >= lateMs;
  }

  async function look(): Promise<void> {
    const [row] = await deps.read(sql.look, [instance, name]);
    if (row === undefined) return;
    // An append that was answered meanwhile may be newer than this look; what another follower wrote may have been emptied.
    place(behind === undefined ? { ...placeIn(row), end: Math.max(seen.end, placeIn(row).end) } : placeIn(row));
    ends.note(seen);
  }

  /** Reads what a step needs no turn of the writer for. */
  async function readStep(): Promise<ReadStep | null> {
    const reads = "plan" in follower || follower.read !== undefined;
    if (!reads || seen.taken || lag() === 0) return null;
    const { end, position: after } = seen;
    const { select } = deps;
    const { cut, until } = await stepUntil(follower, { after, latest: Math.min(end, after + rowsOfStep()) }, deps);
    const batch = { after, until, select, dialect, giveWay: inPieces() };
    const step = { after, until, cut };
    try {
      return "plan" in follower
        ? { ...step, plan: await follower.plan(batch) }
        : { ...step, read: await follower.read?.(batch) };
    } catch (error) {
      throw followerError(name, error);
    }
  }

  async function takeNext(): Promise<void> {
    const step = await readStep();
    const { end } = seen;
    const { cut, ms, outdated, place: now, rows } = await taker.take({ name, instance, leaseMs }, step, rowsOfStep());
    if (outdated) follower.undone?.();
    // What was appended meanwhile may be newer than what the step saw.
    const newer = behind === undefined && seen.end > end ? seen.end : 0;
    place(now === null ? { ...seen, taken: true } : { ...seen, ...now, end: Math.max(now.end ?? seen.end, newer) });
    if (rows === 0) return;
    // What is not looked up may be held.
    holding = now?.end === undefined || lag() > 0;
    // What large acts take says nothing of others.
    if (!cut) size.took(rows, ms);
    deps.worked(ms);
  }

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
    step ??= takeNext()
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
        if (seen.wanted < position) await taker.want(name, position);
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
    get position() {
      return seen.position;
    },
    get stillMs() {
      return lag() === 0 ? 0 : performance.now() - movedAt;
    },
    async start() {
      await look();
      wake();
    },
    appended(position) {
      // How far there is something for it, only the other follower's row tells.
      if (behind !== undefined || position <= seen.end) return;
      const idleBefore = lag() === 0;
      place({ ...seen, end: position });
      ends.note(seen);
      if (idleBefore) wake();
    },
    get isTooFarBehind() {
      return isTooFarBehind();
    },
    async capacity() {
      try {
        while (isTooFarBehind()) await reach(seen.end - mostBehind + 1);
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
      if (holding) await taker.release(name, instance).catch(() => undefined);
    },
  };
}
