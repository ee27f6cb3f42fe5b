import type { Caller } from "../../callers/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Clock, MonotonicClock, NewId } from "../../kernel/ports.ts";
import { DAY_MS } from "../../policy/use.ts";
import type { Done, Job, JobStore, RunningWork, Tell } from "./job.ts";

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

/** What is asked of one job, beside what every job has when it begins to wait. */
type Asked = Pick<Job, "kind" | "inputSha256" | "baseRevision" | "detector" | "from" | "to">;

/**
 * Work that is done apart, one piece at a time, in the order in which it was asked for, whatever its kind; state, progress and result are kept
 * where every instance sees them. All reject with JOURNAL_UNAVAILABLE.
 */
export interface JobQueue {
  /**
   * Puts one in the queue. `prepare` comes before it stands there, and nothing does if that rejects. `begin` is called when it is its turn.
   * @throws ScopewardenError LIMIT_EXCEEDED when too many are open
   */
  start(
    owner: string,
    work: {
      readonly prepare: () => Promise<void>;
      readonly asked: Asked;
      readonly begin: (job: Job, tell: Tell) => Promise<RunningWork<Done<unknown>>>;
    },
  ): Promise<Job>;
  /** Null: there is none of that id, or it ended too long ago. */
  find(id: string): Promise<Job | null>;
  /**
   * Stops it where it stands; one that has ended stays as it is. Who asked for it may, and an admin.
   * @throws ScopewardenError NOT_FOUND, FORBIDDEN
   */
  cancel(caller: Caller, id: string): Promise<Job>;
  /** When a service starts: ends those that a service left open which is no more. */
  failAbandoned(): Promise<void>;
  /** Ends those that are open, as failed, and takes no more. */
  close(): Promise<void>;
}

interface Entry {
  readonly id: string;
  readonly begin: (tell: Tell) => Promise<RunningWork<Done<unknown>>>;
}

export function createJobQueue(deps: {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  readonly newId: NewId;
}): JobQueue {
  const { clock, monotonic, newId, store } = deps;
  /** Open jobs of this instance by id, in their order; those whose act is being written are not in `waiting` yet. */
  const open = new Map<string, string>();
  const waiting: Entry[] = [];
  let running: { readonly id: string; cancelled: boolean; work: RunningWork<unknown> | null } | null = null;
  let ended: Promise<void> = Promise.resolve();
  let closed = false;

  function admit(owner: string): string {
    const own = [...open.values()].filter((each) => each === owner).length;
    const [has, most] = own >= MAX_OWN ? [own, MAX_OWN] : [open.size, MAX_OPEN];
    if (closed) throw new ScopewardenError("LIMIT_EXCEEDED", `No more jobs are begun. ${STOPPED}`);
    if (has >= most) {
      const who = most === MAX_OWN ? "This caller has" : "There are";
      const text = `${who} ${has} jobs (replays, back-tests) open; at most ${most} may be. Ask again when one has ended, or cancel one.`;
      throw new ScopewardenError("LIMIT_EXCEEDED", text);
    }
    const id = newId();
    open.set(id, owner);
    return id;
  }

  const fail = (id: string, reason: string): Promise<unknown> =>
    store.change(id, { state: "FAILED", endedAt: clock(), reason }).catch(() => undefined);

  async function make({ begin, id }: Entry, entry: NonNullable<typeof running>): Promise<void> {
    if (!(await store.change(id, { state: "RUNNING", startedAt: clock(), seenAt: clock() }))) return;
    let [noted, most] = [monotonic(), 0];
    const cancel = (): void => {
      entry.cancelled = true;
      entry.work?.cancel();
    };
    if (entry.cancelled) return;
    const begun = await begin((progress, read) => {
      most = Math.max(most, Math.min(1, progress));
      if (entry.cancelled || monotonic() - noted < NOTE_EVERY_MS) return;
      noted = monotonic();
      const at = clock();
      // Whoever cancels it at another instance ends it in the store alone. What can't be noted now is noted next time.
      store.change(id, { progress: most, read, seenAt: at }).then(
        (isOpen) => isOpen || cancel(),
        () => undefined,
      );
      const ids = waiting.map((one) => one.id);
      store.seen(ids, at).catch(() => undefined);
    });
    entry.work = begun;
    // It may have been cancelled while it was being begun.
    if (entry.cancelled) begun.cancel();
    const result = await begun.done;
    if (result === null || entry.cancelled) return;
    await store.change(id, { state: "DONE", progress: 1, endedAt: clock(), ...result });
  }

  function next(): void {
    const entry = running === null ? waiting.shift() : undefined;
    if (entry === undefined) return;
    const { id } = entry;
    const now = { id, cancelled: false, work: null };
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

  async function find(id: string): Promise<Job | null> {
    const job = await store.find(id);
    // Its row goes when the next one is put there, which may be years later.
    if (job?.endedAt != null && clock() - job.endedAt > KEPT_MS) return null;
    if (job === null || (job.state !== "QUEUED" && job.state !== "RUNNING")) return job;
    return clock() - job.seenAt > ABANDONED_MS ? { ...job, state: "FAILED", endedAt: job.seenAt, reason: GONE } : job;
  }

  return {
    async start(owner, { asked, begin, prepare }) {
      const id = admit(owner);
      try {
        await prepare();
        const at = clock();
        const job: Job = {
          ...asked,
          id,
          owner,
          state: "QUEUED",
          progress: 0,
          read: 0,
          createdAt: at,
          startedAt: null,
          endedAt: null,
          seenAt: at,
          reason: null,
          result: null,
        };
        await store.add(job, at - KEPT_MS);
        if (closed) throw new ScopewardenError("LIMIT_EXCEEDED", STOPPED);
        waiting.push({ id, begin: (tell) => begin(job, tell) });
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
      if (job === null) throw new ScopewardenError("NOT_FOUND", `There is no job ${id}.`);
      if (job.owner !== caller.id && !caller.roles.has("admin"))
        throw new ScopewardenError("FORBIDDEN", "A job is cancelled by who asked for it, or by an admin.");
      await store.change(id, { state: "CANCELLED", endedAt: clock() });
      const at = waiting.findIndex((entry) => entry.id === id);
      if (at >= 0) {
        waiting.splice(at, 1);
        open.delete(id);
      }
      if (running?.id === id) {
        running.cancelled = true;
        running.work?.cancel();
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
        running.work?.cancel();
      }
      for (const { id } of left) await fail(id, STOPPED);
      await ended;
    },
  };
}
