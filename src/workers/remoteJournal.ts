import type { DecisionRecord } from "../domain/decisions/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { Journal } from "../domain/kernel/journal.ts";
import type { Clock } from "../domain/kernel/ports.ts";
import { type DecisionRow, encodeDecision, standingRecords } from "../storage/decisionRow.ts";
import type { JournalStatus } from "../storage/journal.ts";
import type { Earlier, Sent, ToPrimary } from "./messages.ts";
import { flattened } from "./rows.ts";

/** Records of one `append`. */
interface Group {
  readonly records: readonly DecisionRecord[];
  readonly rows: readonly DecisionRow[];
  readonly resolve: (stored: readonly DecisionRecord[]) => void;
  readonly reject: (error: unknown) => void;
}
/** What one message has. */
interface Batch {
  readonly groups: readonly Group[];
  readonly since: number;
}

/** The primary's journal, in a worker. */
export interface RemoteJournal extends Journal<DecisionRecord>, JournalStatus {
  /** The primary says whether it can write. */
  setReady(ready: boolean): void;
  /** The primary has written what a message had. */
  keep(id: number, earlier: readonly Earlier[]): void;
  /** The primary could not. */
  refuse(id: number, error: Error): void;
  /** The primary is gone: nobody knows what became of what is in flight, and so none of it is answered as decided. */
  lose(): void;
}

const unavailable = (reason: string): ScopewardenError =>
  new ScopewardenError("JOURNAL_UNAVAILABLE", `The journal can't take records: ${reason}.`);

const gone = (): ScopewardenError => unavailable("the process that writes it is gone");

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
  const waiting = new Map<number, Batch>();
  const listeners = new Set<(ready: boolean) => void>();
  let unsent: Group[] = [];
  let lastId = 0;
  let inFlight = 0;
  let lost = false;
  let writable = deps.ready;

  function admit(count: number): void {
    if (lost) throw gone();
    if (!writable) throw unavailable("it can't be written");
    if (inFlight + count > maxInFlight) throw unavailable("its queue is full");
  }

  function settle(groups: readonly Group[], each: (group: Group, at: number) => void): void {
    let at = 0;
    for (const group of groups) {
      inFlight -= group.rows.length;
      each(group, at);
      at += group.rows.length;
    }
  }

  function flush(): void {
    // One message at a time: what comes meanwhile goes in the next, so that messages and commits are few and large.
    if (waiting.size > 0 || unsent.length === 0) return;
    const groups = unsent;
    unsent = [];
    if (lost) {
      settle(groups, ({ reject }) => reject(gone()));
      return;
    }
    const id = ++lastId;
    waiting.set(id, { groups, since: clock() });
    send({ kind: "append", id, rows: flattened(groups.flatMap(({ rows }) => rows)) });
  }

  function take(id: number): readonly Group[] {
    const groups = waiting.get(id)?.groups ?? [];
    waiting.delete(id);
    // After the answers to these, which bring the next questions.
    if (unsent.length > 0) setImmediate(flush);
    return groups;
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
        const rows = records.map(encodeDecision);
        inFlight += rows.length;
        if (unsent.length === 0 && waiting.size === 0) setImmediate(flush);
        unsent.push({ records, rows, resolve, reject });
      });
    },
    setReady,
    keep(id, earlier) {
      const standing: (string | null)[] = [];
      for (const { at, record } of earlier) standing[at] = record;
      settle(take(id), ({ records, resolve }, at) => {
        resolve(earlier.length === 0 ? records : standingRecords(records, standing.slice(at, at + records.length)));
      });
    },
    refuse: (id, error) => settle(take(id), ({ reject }) => reject(error)),
    lose() {
      lost = true;
      for (const id of [...waiting.keys()]) settle(take(id), ({ reject }) => reject(gone()));
      flush();
      setReady(false);
    },
  };
}
