import type { DecisionRecord } from "../domain/decisions/types.ts";

/** Decisions on their way between processes: structured clones, of which only the frame is checked again. */
export type EncodedRecords = readonly unknown[];

export const encodeRecords = (records: readonly DecisionRecord[]): EncodedRecords => records;

function isRecord(value: unknown): value is DecisionRecord {
  const record = value as Partial<Record<keyof DecisionRecord, unknown>> | null;
  return (
    typeof record === "object" &&
    record !== null &&
    typeof record.id === "string" &&
    typeof record.callerId === "string" &&
    typeof record.decidedAt === "number" &&
    (record.outcome === "ALLOW" || record.outcome === "DENY") &&
    typeof record.request === "object" &&
    record.request !== null &&
    Array.isArray(record.reasons)
  );
}

/** The records, or null when this is none of them. */
export function decodeRecords(encoded: unknown): readonly DecisionRecord[] | null {
  return Array.isArray(encoded) && encoded.every(isRecord) ? encoded : null;
}
