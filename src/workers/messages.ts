import type { StoredApiKey } from "../domain/callers/types.ts";
import type { PolicyRevision } from "../domain/policy/store.ts";
import type { MetricsJson } from "../http/metrics.ts";
import type { DecisionRow } from "../storage/decisionRow.ts";
import { rowsOf, type SentRows } from "./rows.ts";
import { isWireError, type WireError } from "./wireError.ts";

/** Number of a call or an append, unique in the process that makes it. */
type Id = number;

/** Answers to calls, in both directions. */
export type Reply =
  | { readonly kind: "reply"; readonly id: Id; readonly value: unknown }
  | { readonly kind: "error"; readonly id: Id; readonly error: WireError };

/** What a worker asks of its primary. */
export type PrimaryCall =
  | { readonly name: "commit"; readonly revision: PolicyRevision }
  | { readonly name: "addKey"; readonly key: StoredApiKey }
  | {
      readonly name: "revokeKey";
      readonly key: string;
      readonly at: number;
      readonly author: string;
      readonly reason: string;
    }
  | { readonly name: "catchUp" }
  | { readonly name: "metrics" };

/** `hello`: it listens to messages; one that was sent before would be lost. */
export type ToPrimary =
  | { readonly kind: "hello" }
  | { readonly kind: "ready"; readonly url: string; readonly policyRevision: number | null }
  | { readonly kind: "failed"; readonly problem: string }
  | { readonly kind: "append"; readonly id: Id; readonly rows: readonly DecisionRow[] }
  | { readonly kind: "call"; readonly id: Id; readonly call: PrimaryCall }
  | Reply;

/** What the primary asks of a worker. `follow`: decide by this revision or a later one from now on. */
export type WorkerCall =
  | { readonly name: "follow"; readonly revision: number }
  | { readonly name: "forgetKey"; readonly key: string }
  | { readonly name: "metrics" }
  | { readonly name: "watchSunsets" };

/** `record`: what the journal holds in the place of the row at `at`, of the same caller and request id. */
export interface Earlier {
  readonly at: number;
  readonly record: string;
}

export type ToWorker =
  | { readonly kind: "start"; readonly worker: number; readonly port: number; readonly journalReady: boolean }
  | { readonly kind: "journal"; readonly ready: boolean }
  | { readonly kind: "durable"; readonly id: Id; readonly earlier: readonly Earlier[] }
  | { readonly kind: "refused"; readonly id: Id; readonly error: WireError }
  | { readonly kind: "call"; readonly id: Id; readonly call: WorkerCall }
  | { readonly kind: "close" }
  | Reply;

/** A message as it is sent: rows are flattened. */
export type Sent<Message> = Message extends { readonly kind: "append" }
  ? { readonly kind: "append"; readonly id: Id; readonly rows: SentRows }
  : Message;

type Loose = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isId = (value: unknown): value is Id => Number.isSafeInteger(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isRevision = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isPolicyRevision(value: unknown): value is PolicyRevision {
  return (
    isObject(value) &&
    isRevision(value.revision) &&
    isText(value.author) &&
    isText(value.reason) &&
    typeof value.committedAt === "number" &&
    Array.isArray(value.changes) &&
    value.changes.every((change) => isObject(change) && isText(change.noun) && isText(change.key))
  );
}

const isStoredKey = (value: unknown): value is StoredApiKey =>
  isObject(value) && isText(value.id) && isText(value.secretHash) && isText(value.name) && Array.isArray(value.roles);

function isPrimaryCall(value: unknown): value is PrimaryCall {
  if (!isObject(value)) return false;
  const { name } = value;
  if (name === "commit") return isPolicyRevision(value.revision);
  if (name === "addKey") return isStoredKey(value.key);
  if (name === "revokeKey")
    return isText(value.key) && typeof value.at === "number" && isText(value.author) && isText(value.reason);
  return name === "metrics" || name === "catchUp";
}

function isWorkerCall(value: unknown): value is WorkerCall {
  if (!isObject(value)) return false;
  const { name } = value;
  if (name === "follow") return isRevision(value.revision);
  if (name === "forgetKey") return isText(value.key);
  return name === "metrics" || name === "watchSunsets";
}

function readReply(message: Loose): Reply | null {
  const { kind, id, value, error } = message;
  if (!isId(id)) return null;
  if (kind === "reply") return { kind, id, value };
  return kind === "error" && isWireError(error) ? { kind, id, error } : null;
}

/** A worker's message as the primary reads it; null: it is none. */
export function readToPrimary(message: unknown): ToPrimary | null {
  if (!isObject(message)) return null;
  const { kind, id, url, problem, policyRevision, call } = message;
  if (kind === "append") {
    const rows = rowsOf(message.rows);
    return isId(id) && rows !== null ? { kind, id, rows } : null;
  }
  if (kind === "hello") return { kind };
  if (kind === "call") return isId(id) && isPrimaryCall(call) ? { kind, id, call } : null;
  if (kind === "ready")
    return isText(url) && (policyRevision === null || isRevision(policyRevision))
      ? { kind, url, policyRevision }
      : null;
  if (kind === "failed") return isText(problem) ? { kind, problem } : null;
  return readReply(message);
}

const isEarlier = (value: unknown): value is Earlier => isObject(value) && isId(value.at) && isText(value.record);

/** The primary's message as a worker reads it; null: it is none. */
export function readToWorker(message: unknown): ToWorker | null {
  if (!isObject(message)) return null;
  const { kind, id, worker, port, journalReady, ready, call, earlier, error } = message;
  if (kind === "durable")
    return isId(id) && Array.isArray(earlier) && earlier.every(isEarlier) ? { kind, id, earlier } : null;
  if (kind === "refused") return isId(id) && isWireError(error) ? { kind, id, error } : null;
  if (kind === "call") return isId(id) && isWorkerCall(call) ? { kind, id, call } : null;
  if (kind === "journal") return isFlag(ready) ? { kind, ready } : null;
  if (kind === "close") return { kind };
  if (kind === "start")
    return isId(worker) && isId(port) && isFlag(journalReady) ? { kind, worker, port, journalReady } : null;
  return readReply(message);
}

/** Metrics as another process sent them, or null. */
export function readMetrics(value: unknown): MetricsJson | null {
  const fits =
    Array.isArray(value) &&
    value.every((m) => isObject(m) && isText(m.name) && isText(m.type) && Array.isArray(m.values));
  return fits ? (value as MetricsJson) : null;
}
