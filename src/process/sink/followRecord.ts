import { KINDS_OF } from "../../domain/audit/export/actLine.ts";
import type { StoredActReader } from "../../domain/audit/export/store.ts";
import { type SinkEvent, type SinkForm, sinkEvent } from "../../domain/audit/sink/sinkEvent.ts";
import type { Refusal, SinkLetter, SinkName, SinkStore } from "../../domain/audit/sink/store.ts";
import type { Breathe, Clock, MonotonicClock } from "../../domain/kernel/ports.ts";
import { retryDelay } from "../../domain/monitoring/webhooks/retryDelay.ts";
import { errorFacts, type Log } from "../log.ts";
import { type Looking, lookAgain } from "../lookAgain.ts";
import type { SinkOutcome, SinkTarget } from "./sinkTarget.ts";

/** How much longer than a batch may take an instance has the work for. */
const LEASE_SPARE_MS = 10_000;
/** The longest pause after a failure. */
const LONGEST_PAUSE_MS = 5 * 60 * 1000;
/** Characters of acts that are told between two turns of the event loop. */
const SLICE = 64 * 1024;
/** Letters that are sent anew in one look. */
const LETTERS_AT_ONCE = 20;

const FAILED = "a sink can't go on";

/** What came of batches, as the metric counts them; `dead`: an act was put aside. */
export type SinkAttempt = "delivered" | "failed" | "refused" | "dead";

/** How a sink stands, as of the last look. */
interface SinkStatus {
  /** Acts on record that it has not delivered, as positions. */
  readonly lag: number;
  /** Acts that are put aside. */
  readonly dead: number;
  /** Milliseconds since it had all that was on record; from the start until then, since the start. */
  readonly ageMs: number;
}

export interface SinkFollowing extends Looking {
  readonly status: SinkStatus;
}

type Undelivered = Extract<SinkOutcome, { readonly error: string }>;

/**
 * Follows the record, in its order, and delivers each act at least once: the position moves when the receiver has what was before it. What
 * fails is tried again as long as it takes, and what is refused as too much or as wrong in smaller batches; an act that is refused by itself
 * so many times is put aside, and the others go on. Decisions never wait for it.
 */
export function followRecord(deps: {
  readonly sink: SinkName;
  readonly target: SinkTarget;
  readonly store: SinkStore;
  readonly stored: Pick<StoredActReader, "acts">;
  readonly form: () => Promise<SinkForm>;
  readonly begin: "NOW" | "START";
  /** How often an act is sent that is refused by itself. */
  readonly attempts: number;
  readonly everyMs: number;
  readonly giveWay: Breathe;
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  /** From 0, below 1. */
  readonly chance: () => number;
  readonly count: (outcome: SinkAttempt) => void;
  readonly log: Log;
  /** Milliseconds to wait after so many failures; for tests. */
  readonly pauseMs?: (failures: number) => number;
}): SinkFollowing {
  const { chance, clock, count, giveWay, log, monotonic, sink, store, stored, target } = deps;
  const pauseMs = deps.pauseMs ?? ((n: number) => Math.min(LONGEST_PAUSE_MS, retryDelay(n, chance())));
  const leaseMs = target.timeoutMs + LEASE_SPARE_MS;
  const stopping = new AbortController();
  let begun = false;
  let renewed: number | null = null;
  let limit = target.most;
  let failures = 0;
  let refusals = 0;
  let resumeAt = Number.NEGATIVE_INFINITY;
  let [lag, dead, doneAt] = [0, 0, monotonic()];
  let failing: string | null = null;

  const isStopped = (): boolean => stopping.signal.aborted;

  /** A failure is logged once, and again when it is over. */
  function noteFailing(text: string, facts: object): void {
    if (failing !== text) log.error({ sink, ...facts }, FAILED);
    failing = text;
  }
  function noteWell(): void {
    if (failing !== null) log.info({ sink }, "a sink goes on again");
    failing = null;
  }

  async function release(): Promise<void> {
    renewed = null;
    if (begun) await store.release(sink);
  }

  /** Whether this instance has the work. It is kept while there is nothing to do, so that a file is not written to by turns. */
  async function hasWork(): Promise<boolean> {
    if (renewed !== null && monotonic() - renewed < leaseMs / 3) return true;
    const place = await store.claim(sink, leaseMs);
    renewed = place === null ? null : monotonic();
    return place !== null;
  }

  /** Acts as they are told, in slices; the first that can't be told ends it, and is told of. */
  async function told(acts: Awaited<ReturnType<StoredActReader["acts"]>>["acts"]): Promise<{
    readonly events: readonly SinkEvent[];
    readonly untold: { readonly id: string; readonly position: number } | null;
  }> {
    const form = await deps.form();
    const events: SinkEvent[] = [];
    let size = 0;
    for (const act of acts) {
      size += act.record.length + act.personal.length;
      if (size > SLICE) {
        await giveWay();
        size = 0;
      }
      try {
        events.push(sinkEvent(act, form));
      } catch {
        return { events, untold: act };
      }
    }
    return { events, untold: null };
  }

  async function pause({ error, status }: Undelivered, n: number): Promise<void> {
    resumeAt = monotonic() + pauseMs(n);
    noteFailing(error, { error, status });
    // Another instance may reach what this one can't.
    await release();
  }

  async function putAside(
    from: number,
    act: { readonly id: string; readonly position: number },
    refusal: Refusal,
  ): Promise<boolean> {
    count("dead");
    log.warn({ sink, act: act.id, position: act.position, error: refusal.error }, "a sink put an act aside");
    refusals = 0;
    return store.putAside(sink, { from, until: act.position, leaseMs }, act, refusal);
  }

  /** Null: this instance goes on from there; else it does not go on now. */
  async function deliver(
    from: number,
    { events, until }: { readonly events: readonly SinkEvent[]; readonly until: number },
  ): Promise<number | null> {
    const outcome: SinkOutcome =
      events.length === 0 ? { kind: "DELIVERED" } : await target.deliver(events, stopping.signal);
    switch (outcome.kind) {
      case "STOPPED":
        return null;
      case "DELIVERED":
        if (events.length > 0) count("delivered");
        [failures, refusals, limit] = [0, 0, Math.min(target.most, limit * 2)];
        noteWell();
        if (!(await store.move(sink, { from, until, leaseMs }))) return null;
        renewed = monotonic();
        return until;
      case "FAILED":
        count("failed");
        await pause(outcome, ++failures);
        return null;
      case "REFUSED": {
        count("refused");
        const [event] = events;
        if (event === undefined || events.length > 1) {
          limit = Math.max(1, Math.floor(events.length / 2));
          // Nothing has moved: without the lease another instance would send the same beside this one.
          return (await hasWork()) ? from : null;
        }
        if (++refusals < deps.attempts) {
          await pause(outcome, refusals);
          return null;
        }
        const { error, status } = outcome;
        const refusal = { at: clock(), attempts: refusals, error, status };
        return (await putAside(from, event, refusal)) ? event.position : null;
      }
    }
  }

  async function forward(): Promise<void> {
    const kinds = KINDS_OF[(await deps.form()).format];
    let { end, position } = await store.look(sink);
    while (!isStopped()) {
      if (position >= end) ({ end } = await store.look(sink));
      lag = Math.max(0, end - position);
      if (lag === 0) {
        doneAt = monotonic();
        noteWell();
        return;
      }
      const { acts, reached } = await stored.acts({ after: position, until: end, first: limit, kinds });
      const { events, untold } = await told(acts);
      const until = untold === null ? reached : (events.at(-1)?.position ?? position);
      if (untold !== null && events.length === 0) {
        const refusal = { at: clock(), attempts: 1, error: "the act can't be told in this format", status: null };
        if (!(await putAside(position, untold, refusal))) break;
        position = untold.position;
        continue;
      }
      const next = await deliver(position, { events, until });
      if (next === null) break;
      position = next;
    }
    // Either it pauses, or the work may be another's: it is claimed anew.
    renewed = null;
  }

  async function again(letter: SinkLetter): Promise<boolean> {
    const { acts } = await stored.acts({ after: letter.position - 1, until: letter.position, first: 1, kinds: null });
    const { events } = await told(acts);
    const gone = { kind: "REFUSED", status: null, error: "the act can't be told" } as const;
    const outcome = events.length === 0 ? gone : await target.deliver(events, stopping.signal);
    const at = clock();
    if (outcome.kind === "STOPPED") return false;
    count(outcome.kind === "DELIVERED" ? "delivered" : outcome.kind === "FAILED" ? "failed" : "dead");
    if (outcome.kind === "DELIVERED") await store.settle(letter, { at });
    else {
      const { error, kind, status } = outcome;
      const attempts = letter.attempts + 1;
      const nextAt = kind === "REFUSED" ? null : at + pauseMs(attempts);
      await store.settle(letter, { at, attempts, error, status, nextAt });
      // A receiver that is silent would take as long for each of them.
      if (kind === "FAILED") return false;
    }
    return true;
  }

  async function letters(): Promise<void> {
    for (let left = LETTERS_AT_ONCE; left > 0 && !isStopped(); left--) {
      const letter = await store.letter(sink, clock());
      if (letter === null || !(await again(letter))) return;
    }
  }

  async function once(): Promise<void> {
    if (!begun) await store.begin(sink, deps.begin);
    begun = true;
    if (isStopped()) return;
    const place = await store.look(sink);
    lag = Math.max(0, place.end - place.position);
    if (lag === 0) doneAt = monotonic();
    dead = await store.dead(sink);
    if (monotonic() < resumeAt || (renewed === null && place.taken)) return;
    if (!(await hasWork())) return;
    await letters();
    await forward();
    dead = await store.dead(sink);
  }

  async function look(): Promise<void> {
    try {
      await once();
    } catch (error) {
      renewed = null;
      noteFailing("", { error: errorFacts(error) });
    }
  }

  const looking = lookAgain({ look, everyMs: deps.everyMs, log, failed: FAILED });
  return {
    get status() {
      return { lag, dead, ageMs: monotonic() - doneAt };
    },
    async stop() {
      stopping.abort();
      await looking.stop();
      await release().catch(() => undefined);
      await target.close();
    },
  };
}
