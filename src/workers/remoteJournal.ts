import type { DecisionRecord } from "../domain/decisions/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { Journal } from "../domain/kernel/journal.ts";
import type { Clock } from "../domain/kernel/ports.ts";
import type { JournalStatus } from "../storage/journal.ts";
import type { Refused, Sent, Stored, ToPrimary } from "./messages.ts";
import { encodeRecords } from "./records.ts";
import { fromWire } from "./wireError.ts";

interface Waiting {
  readonly records: readonly DecisionRecord[];
  readonly since: number;
  readonly resolve: (stored: readonly DecisionRecord[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The primary's journal, in a worker. */
export interface RemoteJournal extends Journal<DecisionRecord>, JournalStatus {
  /** The primary says whether it can write. */
  setReady(ready: boolean): void;
  /** The primary has written, or refused, these. */
  settle(stored: readonly Stored[], refused: readonly Refused[]): void;
  /** The primary is gone: nobody knows what became of what is in flight, and so none of it is answered as decided. */
  lose(): void;
}

const unavailable = (reason: string): ScopewardenError =>
  new ScopewardenError("JOURNAL_UNAVAILABLE", `The journal can't take records: ${reason}.`);

/**
 * Hands decisions to the process that writes them, and resolves only when it says that they are durable. What one turn
 * of the event loop brings goes in one message: a message costs as much as several decisions in it.
 */
export function createRemoteJournal(deps: {
  readonly send: (message: Sent<Extract<ToPrimary, { readonly kind: "append" }>>) => void;
  readonly clock: Clock;
  readonly maxInFlight: number;
  readonly findByRequestId: Journal<DecisionRecord>["findByRequestId"];
  readonly ready: boolean;
}): RemoteJournal {
  const { send, clock, maxInFlight } = deps;
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(ready: boolean) => void>();
  let unsent: { id: number; records: ReturnType<typeof encodeRecords> }[] = [];
  let lastId = 0;
  let inFlight = 0;
  let lost = false;
  let writable = deps.ready;

  function admit(count: number): void {
    if (lost) throw unavailable("the process that writes it is gone");
    if (!writable) throw unavailable("it can't be written");
    if (inFlight + count > maxInFlight) throw unavailable("its queue is full");
  }

  function flush(): void {
    const appends = unsent;
    unsent = [];
    if (!lost && appends.length > 0) send({ kind: "append", appends });
  }

  function take(id: number): Waiting | undefined {
    const found = waiting.get(id);
    waiting.delete(id);
    inFlight -= found?.records.length ?? 0;
    return found;
  }

  function setReady(ready: boolean): void {
    if (writable === ready) return;
    writable = ready;
    for (const listener of listeners) listener(ready);
  }

  return {
    get ready() {
      return writable && !lost;
    },
    get queued() {
      return inFlight;
    },
    get lagMs() {
      // A Map keeps the order in which its entries came.
      const oldest = waiting.values().next().value;
      return oldest === undefined ? 0 : Math.max(0, clock() - oldest.since);
    },
    // What the primary knows, and tells in its own metrics.
    unindexed: 0,
    indexFailures: 0,
    failures: 0,
    lastError: null,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    admit,
    findByRequestId: deps.findByRequestId,
    append(records) {
      return new Promise((resolve, reject) => {
        if (records.length === 0) return resolve([]);
        admit(records.length);
        const id = ++lastId;
        waiting.set(id, { records, since: clock(), resolve, reject });
        inFlight += records.length;
        if (unsent.length === 0) setImmediate(flush);
        unsent.push({ id, records: encodeRecords(records) });
      });
    },
    setReady,
    settle(stored, refused) {
      for (const { id, earlier } of stored) {
        const found = take(id);
        if (found === undefined) continue;
        const held = earlier.length === 0 ? found.records : [...found.records];
        for (const { at, record } of earlier) (held as DecisionRecord[])[at] = record;
        found.resolve(held);
      }
      for (const { id, error } of refused) take(id)?.reject(fromWire(error));
    },
    lose() {
      lost = true;
      const reason = unavailable("the process that writes it is gone");
      for (const id of [...waiting.keys()]) take(id)?.reject(reason);
      setReady(false);
    },
  };
}
