import type { Caller } from "../../callers/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Clock, MonotonicClock, NewId } from "../../kernel/ports.ts";
import { DAY_MS } from "../../policy/use.ts";
import { supposing } from "../hypothesis.ts";
import type { JournalSpan, ReplayJob, ReplayJobStore, ReplayRunner, RunningReplay } from "./jobs.ts";
import { type Asking, askedDigest, recordAsked } from "./recordAsked.ts";
import { type ReplayInput, readReplayInput, requireFilter } from "./replayInput.ts";
import type { ReplayQuery } from "./types.ts";

/** Jobs of this instance that are open, and of one caller. */
const MAX_OPEN = 20;
const MAX_OWN = 3;
/** How often progress is kept. */
const NOTE_EVERY_MS = 1000;
/** After so long without a word the instance that had a job is taken to be gone. */
const ABANDONED_MS = 120_000;
/** How long jobs that ended are kept. */
const KEPT_MS = 90 * DAY_MS;
const GONE = "The instance that made it has ended.";
const STOPPED = "The service was stopped.";

/**
 * Replays that are made apart, one at a time, in the order in which they were asked for; state, progress and result are kept
 * where every instance sees them. All reject with JOURNAL_UNAVAILABLE.
 */
export interface ReplayJobs {
  /**
   * That it was asked is on record before it begins.
   * @throws ScopewardenError BAD_USER_INPUT, FORBIDDEN, LIMIT_EXCEEDED when too many are open, POLICY_UNAVAILABLE
   */
  start(caller: Caller, input: ReplayInput): Promise<ReplayJob>;
  /** Null: there is none of that id. */
  find(id: string): Promise<ReplayJob | null>;
  /**
   * Stops it where it stands; one that has ended stays as it is. Who asked for it may, and an admin.
   * @throws ScopewardenError NOT_FOUND, FORBIDDEN
   */
  cancel(caller: Caller, id: string): Promise<ReplayJob>;
  /** When a service starts: ends those that a service left open which is no more. */
  failAbandoned(): Promise<void>;
  /** Ends those that are open, as failed, and takes no more. */
  close(): Promise<void>;
}

interface Entry {
  readonly job: ReplayJob;
  readonly query: ReplayQuery;
}

/** How far a replay is, by when the oldest decision that it has read was made. */
function progressOf({ filter }: ReplayQuery, { newest, oldest }: JournalSpan, at: number): number {
  const end = Math.min(newest, (filter.to ?? Number.POSITIVE_INFINITY) - 1);
  const begin = Math.max(oldest, filter.from ?? Number.NEGATIVE_INFINITY);
  return end <= begin ? 0 : Math.min(1, Math.max(0, (end - at) / (end - begin)));
}

export function createReplayJobs(
  deps: Asking & {
    readonly store: ReplayJobStore;
    readonly runner: ReplayRunner;
    /** Once all that the journal has can be searched. */
    readonly journalSpan: () => Promise<JournalSpan | null>;
    readonly clock: Clock;
    readonly monotonic: MonotonicClock;
    readonly newId: NewId;
  },
): ReplayJobs {
  const { clock, journalSpan, monotonic, newId, runner, store } = deps;
  /** Open jobs of this instance by id, in their order; those whose act is being written are not in `waiting` yet. */
  const open = new Map<string, string>();
  const waiting: Entry[] = [];
  let running: { readonly id: string; cancelled: boolean; replay: RunningReplay | null } | null = null;
  let ended: Promise<void> = Promise.resolve();
  let closed = false;

  function admit(owner: string): string {
    const own = [...open.values()].filter((each) => each === owner).length;
    const [has, most] = own >= MAX_OWN ? [own, MAX_OWN] : [open.size, MAX_OPEN];
    if (closed) throw new ScopewardenError("LIMIT_EXCEEDED", `No more replays are begun. ${STOPPED}`);
    if (has >= most) {
      const who = most === MAX_OWN ? "This caller has" : "There are";
      const text = `${who} ${has} replays open; at most ${most} may be. Ask again when one has ended, or cancel one.`;
      throw new ScopewardenError("LIMIT_EXCEEDED", text);
    }
    const id = newId();
    open.set(id, owner);
    return id;
  }

  async function make({ job: { baseRevision, createdAt, id }, query }: Entry, entry: NonNullable<typeof running>) {
    if (!(await store.change(id, { state: "RUNNING", startedAt: clock(), seenAt: clock() }))) return;
    const span = await journalSpan();
    let [noted, progress] = [monotonic(), 0];
    const cancel = (): void => {
      entry.cancelled = true;
      entry.replay?.cancel();
    };
    const onProgress = (oldest: number, read: number): void => {
      if (span !== null) progress = Math.max(progress, progressOf(query, span, oldest));
      if (entry.cancelled || monotonic() - noted < NOTE_EVERY_MS) return;
      noted = monotonic();
      const at = clock();
      // Whoever cancels it at another instance ends it in the store alone. What can't be noted now is noted next time.
      store.change(id, { progress, read, seenAt: at }).then(
        (isOpen) => isOpen || cancel(),
        () => undefined,
      );
      store
        .seen(
          waiting.map(({ job }) => job.id),
          at,
        )
        .catch(() => undefined);
    };
    if (entry.cancelled) return;
    const task = { query, baseRevision, now: createdAt, journalEnd: span?.end ?? 0 };
    entry.replay = runner.run(task, onProgress);
    const replay = await entry.replay.done;
    if (replay === null) return;
    await store.change(id, { state: "DONE", progress: 1, read: replay.read, endedAt: clock(), replay });
  }

  const fail = (id: string, reason: string): Promise<unknown> =>
    store.change(id, { state: "FAILED", endedAt: clock(), reason }).catch(() => undefined);

  function next(): void {
    const entry = running === null ? waiting.shift() : undefined;
    if (entry === undefined) return;
    const { id } = entry.job;
    const now = { id, cancelled: false, replay: null };
    running = now;
    ended = make(entry, now)
      .catch((error: unknown) =>
        fail(id, error instanceof ScopewardenError ? error.message : "What made it ended with an error."),
      )
      .then(async () => {
        if (closed) await fail(id, STOPPED);
        open.delete(id);
        running = null;
        next();
      });
  }

  async function find(id: string): Promise<ReplayJob | null> {
    const job = await store.find(id);
    if (job === null || (job.state !== "QUEUED" && job.state !== "RUNNING")) return job;
    return clock() - job.seenAt > ABANDONED_MS ? { ...job, state: "FAILED", endedAt: job.seenAt, reason: GONE } : job;
  }

  return {
    async start(caller, input) {
      requireFilter(caller, input);
      const query = readReplayInput(input);
      const facts = deps.facts();
      supposing({ facts, changeFacts: deps.changeFacts() }, query.operations, (path) => `input.${path}`);
      const id = admit(caller.id);
      try {
        const asked = { caller, field: "startReplay", query, questions: 0, facts };
        await recordAsked(deps, asked);
        const at = clock();
        const job: ReplayJob = {
          id,
          owner: caller.id,
          state: "QUEUED",
          progress: 0,
          read: 0,
          baseRevision: facts.snapshot.revision,
          inputSha256: askedDigest(deps, query),
          createdAt: at,
          startedAt: null,
          endedAt: null,
          seenAt: at,
          reason: null,
          replay: null,
        };
        await store.add(job, at - KEPT_MS);
        if (closed) throw new ScopewardenError("LIMIT_EXCEEDED", STOPPED);
        waiting.push({ job, query });
        next();
        return job;
      } catch (error) {
        open.delete(id);
        await fail(id, STOPPED);
        throw error;
      }
    },
    find,
    async cancel(caller, id) {
      const job = await find(id);
      if (job === null) throw new ScopewardenError("NOT_FOUND", `There is no replay ${id}.`);
      if (job.owner !== caller.id && !caller.roles.has("admin"))
        throw new ScopewardenError("FORBIDDEN", "A replay is cancelled by who asked for it, or by an admin.");
      await store.change(id, { state: "CANCELLED", endedAt: clock() });
      const at = waiting.findIndex((entry) => entry.job.id === id);
      if (at >= 0) {
        waiting.splice(at, 1);
        open.delete(id);
      }
      if (running?.id === id) {
        running.cancelled = true;
        running.replay?.cancel();
      }
      return (await find(id)) ?? job;
    },
    async failAbandoned() {
      const at = clock();
      const seenBefore = store.isAlone ? at + 1 : at - ABANDONED_MS;
      await store.failAbandoned({ seenBefore, at, reason: GONE });
    },
    async close() {
      closed = true;
      const left = waiting.splice(0);
      if (running !== null) {
        running.cancelled = true;
        running.replay?.cancel();
      }
      for (const { job } of left) await fail(job.id, STOPPED);
      await ended;
    },
  };
}
