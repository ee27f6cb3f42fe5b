import { MAX_RECORD_BYTES } from "../../domain/decisions/recordSize.ts";
import type { DecisionRecord } from "../../domain/decisions/types.ts";
import { badInput, ScopewardenError } from "../../domain/kernel/errors.ts";
import type { Journal } from "../../domain/kernel/journal.ts";
import type { Dialect } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import type { Writer } from "../database/writer.ts";
import { type Held, appendRows as writeRows } from "./appendRows.ts";
import { type DecisionRow, decodeDecision, encodeDecision } from "./decisionRow.ts";

/** How the journal is doing, for readiness and metrics. */
export interface JournalStatus {
  /** Whether records can be taken now, the length of the queue aside. */
  readonly ready: boolean;
  /** Records taken that are not durable yet. */
  readonly queued: number;
  /** Their bytes. */
  readonly queuedBytes: number;
  /** The age, in milliseconds, of the oldest of them; 0 when there is none. */
  readonly lagMs: number;
  /** Errors of the writer since the start. */
  readonly failures: number;
  readonly lastError: string | null;
  /** Calls when `ready` changes; answers with a function that ends it. */
  onChange(listener: (ready: boolean) => void): () => void;
}

export interface QueuedJournal extends Journal<DecisionRecord>, JournalStatus {
  /** Takes no more records, and ends when all that were taken are written or refused. */
  drain(): Promise<void>;
}

/** Rows of one `append`, which are written together where a batch has room for them. */
interface Group {
  readonly rows: readonly DecisionRow[];
  readonly bytes: number;
  readonly since: number;
  readonly resolve: (held: readonly Held[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Rows of one INSERT; twice the largest `authorizeBatch`, far below what either database can take. */
const MAX_BATCH = 256;

const unavailable = (reason: string): ScopewardenError =>
  new ScopewardenError("JOURNAL_UNAVAILABLE", `The journal can't take records: ${reason}.`);

/** The bytes of rows. @throws ScopewardenError BAD_USER_INPUT where one is more than a record may have */
function bytesOf(rows: readonly DecisionRow[]): number {
  let bytes = 0;
  for (const { record, personal } of rows) {
    const own = Buffer.byteLength(record) + Buffer.byteLength(personal);
    // What the request alone can make was refused before: here it is what the policy adds for each scope.
    if (own > MAX_RECORD_BYTES)
      throw badInput([
        {
          path: "scopes",
          message: `make the record of the decision ${own} bytes long, of at most ${MAX_RECORD_BYTES}; ask with fewer`,
        },
      ]);
    bytes += own;
  }
  return bytes;
}

/**
 * Group commit: what arrives while one batch is being written forms the next, so that a slow disk makes batches
 * larger and not queues longer. One INSERT a batch is atomic by itself.
 */
export function createJournal(deps: {
  readonly writer: Writer;
  readonly dialect: Dialect;
  readonly newSalt: () => string;
  readonly maxQueued: number;
  /** Of the records that wait, as they are written. */
  readonly maxQueuedBytes: number;
  readonly findByRequestId: Journal<DecisionRecord>["findByRequestId"];
}): QueuedJournal {
  const { writer, dialect, newSalt, maxQueued, maxQueuedBytes } = deps;
  let groups: Group[] = [];
  let writing: readonly Group[] = [];
  let queued = 0;
  let queuedBytes = 0;
  // Kept for records that are being made.
  let kept = 0;
  let keptBytes = 0;
  let closing = false;
  let flushing: Promise<void> | null = null;

  function lagMs(): number {
    const oldest = writing[0] ?? groups[0];
    return oldest === undefined ? 0 : performance.now() - oldest.since;
  }

  function requireRoom(count: number, bytes: number): void {
    if (closing) throw unavailable("it is closing");
    if (!writer.ready) throw unavailable("it can't be written");
    if (queued + kept + count > maxQueued) throw unavailable("its queue is full");
    // One request that is larger than the whole queue is taken when there is no other.
    const used = queuedBytes + keptBytes;
    if (used > 0 && used + bytes > maxQueuedBytes) throw unavailable("its queue is full");
  }

  function nextBatch(): readonly Group[] {
    let rows = 0;
    let taken = 0;
    for (const group of groups) {
      rows += group.rows.length;
      if (taken > 0 && rows > MAX_BATCH) break;
      taken++;
    }
    writing = groups.slice(0, taken);
    groups = groups.slice(taken);
    return writing;
  }

  function settle(batch: readonly Group[], each: (group: Group) => void): void {
    for (const group of batch) {
      queued -= group.rows.length;
      queuedBytes -= group.bytes;
      each(group);
    }
  }

  async function flush(): Promise<void> {
    // What one turn of the event loop brings shares the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (groups.length > 0) {
      // Chosen when the writer has come to it, and the same if it must try again.
      let batch: readonly Group[] = [];
      try {
        const held = await writer.write(({ run, change, retry }) => {
          if (!retry) batch = nextBatch();
          return writeRows({ run, change, dialect, maxRows: MAX_BATCH, rows: batch.flatMap((g) => g.rows) });
        });
        let at = 0;
        settle(batch, (group) => {
          group.resolve(held.slice(at, at + group.rows.length));
          at += group.rows.length;
        });
      } catch (error) {
        const refused = [...batch, ...groups];
        groups = [];
        const reason = asUnavailable("JOURNAL_UNAVAILABLE", "The journal could not be written.", error);
        settle(refused, (group) => group.reject(reason));
      } finally {
        writing = [];
      }
    }
    flushing = null;
  }

  function appendRows(rows: readonly DecisionRow[]): Promise<readonly Held[]> {
    return new Promise((resolve, reject) => {
      if (rows.length === 0) return resolve([]);
      const bytes = bytesOf(rows);
      requireRoom(rows.length, bytes);
      groups.push({ rows, bytes, since: performance.now(), resolve, reject });
      queued += rows.length;
      queuedBytes += bytes;
      flushing ??= flush();
    });
  }

  return {
    get ready() {
      return writer.ready && !closing;
    },
    get queued() {
      return queued;
    },
    get queuedBytes() {
      return queuedBytes;
    },
    get lagMs() {
      return lagMs();
    },
    get failures() {
      return writer.failures;
    },
    get lastError() {
      return writer.lastError;
    },
    onChange: writer.onChange,
    admit(count, bytes = 0) {
      requireRoom(count, bytes);
      kept += count;
      keptBytes += bytes;
    },
    release(count, bytes = 0) {
      kept -= count;
      keptBytes -= bytes;
    },
    findByRequestId: deps.findByRequestId,
    async append(records, turns) {
      const held = await appendRows(records.map((record, i) => encodeDecision(record, newSalt(), turns?.[i])));
      return records.map((record, i) => {
        const { position, other } = held[i] as Held;
        return { position, record: other === null ? record : decodeDecision(other) };
      });
    },
    async drain() {
      closing = true;
      await flushing;
    },
  };
}
