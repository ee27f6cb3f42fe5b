import { decisionSubject } from "../../domain/decisions/decisionSubject.ts";
import type { DecisionRecord } from "../../domain/decisions/types.ts";
import { partsOfDecision } from "../../domain/record/personal.ts";
import { wholeDecision } from "../../domain/record/wholeDecision.ts";
import { MAX_INDEXED_BYTES, requireIndexable, requireStorable } from "../database/text.ts";

/** A decision as the journal writes it. */
export interface DecisionRow {
  readonly id: string;
  /** Of a record without a request id null: the two together are what is looked for. */
  readonly callerId: string | null;
  readonly requestId: string | null;
  /** Which of the answers to the request id it is, from 0. */
  readonly requestTurn: number;
  readonly salt: string;
  /** The two parts of the record as canonical JSON: what identifies nobody, and what does. */
  readonly record: string;
  readonly personal: string;
}

/** How JSON writes NUL and unpaired surrogates; found as well where a text has a backslash before such letters. */
const PERHAPS_UNSTORABLE = /\\u(?:0000|d[89a-f])/;

/** @throws ScopewardenError BAD_USER_INPUT that names the member, for a text anywhere in it that can't be stored. */
function requireAllStorable(value: unknown, name: string): void {
  if (typeof value === "string") requireStorable(value, name);
  if (typeof value !== "object" || value === null) return;
  for (const [member, inner] of Object.entries(value)) {
    requireStorable(member, `the name of a member${name === "" ? "" : ` of ${name}`}`);
    requireAllStorable(inner, name === "" ? member : `${name}.${member}`);
  }
}

/** @throws ScopewardenError BAD_USER_INPUT that names the text which an index can't hold. */
function requireAllIndexable(record: DecisionRecord): void {
  const { clientId, requestId, subject } = record.request;
  const { patients, resourceId } = decisionSubject(record);
  const texts = { id: record.id, clientId, subjectId: subject?.id, resourceId };
  // So does the one by which uses of a scope are counted.
  const used = record.kind === "ACCESS" && record.scope !== null ? `${record.scope}${clientId}` : null;
  if (used !== null) requireIndexable(used, "a scope and clientId together");
  for (const [name, text] of Object.entries(texts))
    if (text !== null && text !== undefined) requireIndexable(text, name);
  for (const patient of patients) requireIndexable(patient, "patient");
  // One unique index holds the two.
  if (requestId !== null) requireIndexable(`${record.callerId}${requestId}`, "requestId");
}

/**
 * The row of one record, with a salt of its own.
 * @throws ScopewardenError BAD_USER_INPUT for texts that can't be stored; TypeError for what is no JSON.
 */
export function encodeDecision(record: DecisionRecord, salt: string, requestTurn = 0): DecisionRow {
  const { id, callerId } = record;
  const { requestId } = record.request;
  const { record: open, personal } = partsOfDecision(record);
  // A look at the encoded texts is mostly enough: this runs for every decision.
  if (PERHAPS_UNSTORABLE.test(open) || PERHAPS_UNSTORABLE.test(personal)) {
    requireAllStorable(record.request, "");
    requireAllStorable(record, "");
  }
  const used = record.kind === "ACCESS" ? (record.scope?.length ?? 0) : 0;
  const indexed = personal.length + id.length + callerId.length + record.request.clientId.length + used;
  if (indexed * 3 > MAX_INDEXED_BYTES) requireAllIndexable(record);
  return { id, callerId: requestId === null ? null : callerId, requestId, requestTurn, salt, record: open, personal };
}

/** The columns of a row that its record is read from. */
export const RECORD_COLUMNS = '"record", "personal", "salt" IS NULL AS "has_erased"';

/** The record that a row was made from, without what was erased since. */
export const decodeDecision = (row: {
  readonly record?: unknown;
  readonly personal?: unknown;
  readonly has_erased?: unknown;
}) => wholeDecision(String(row.record), String(row.personal), Boolean(row.has_erased));
