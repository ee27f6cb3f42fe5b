import { decisionSubject } from "../../domain/decisions/decisionSubject.ts";
import { scopesUsed } from "../../domain/decisions/scopesUsed.ts";
import type { DecisionRecord } from "../../domain/decisions/types.ts";
import { partsOfDecision, wholeRecord } from "../../domain/record/personal.ts";
import { toDatabase } from "../database/columns.ts";
import { MAX_INDEXED_BYTES, requireIndexable, requireStorable } from "../database/text.ts";
import { facetColumns } from "./journalTables.ts";

/** A decision as the journal writes it. */
export interface DecisionRow {
  readonly id: string;
  /** Of a record without a request id null: the two together are what is looked for. */
  readonly callerId: string | null;
  readonly requestId: string | null;
  readonly salt: string;
  /** What it is searched by: a JSON array, in the order of `facetColumns`. */
  readonly facets: string;
  /** The two parts of the record as canonical JSON: what identifies nobody, and what does. */
  readonly record: string;
  readonly personal: string;
}

type Facet = string | number | null;

/** ` a b `: the scopes on which an answer rests besides `scope`. No scope has a space. */
function moreScopes(record: DecisionRecord): string | null {
  const { reasons, scope } = record;
  // Most answers rest on one scope, and say so in one reason.
  if (reasons.length === 1 && reasons[0]?.scope === scope) return null;
  const more = scopesUsed(record).filter((used) => used !== scope);
  return more.length === 0 ? null : ` ${more.join(" ")} `;
}

/** `|CODE|CODE|`, so that one code is found exactly, as `|CODE|`. */
function reasonCodes({ reasons }: DecisionRecord): string {
  if (reasons.length === 1) return `|${reasons[0]?.code}|`;
  return `|${[...new Set(reasons.map(({ code }) => code))].join("|")}|`;
}

function facetsOf(record: DecisionRecord): readonly Facet[] {
  const { request } = record;
  const { patient, action, resourceType, resourceId } = decisionSubject(record);
  return [
    record.decidedAt,
    record.kind,
    record.callerId,
    request.clientId,
    request.subject?.id ?? null,
    patient,
    action,
    resourceType,
    resourceId,
    request.purposeOfUse,
    record.outcome,
    record.scope,
    moreScopes(record),
    reasonCodes(record),
  ];
}

/** Printable ASCII, as ids mostly are. */
const PLAIN = /^[ -~]*$/;
/** How JSON writes NUL and unpaired surrogates; found as well where a text has a backslash before such letters. */
const PERHAPS_UNSTORABLE = /\\u(?:0000|d[89a-f])/;

/** Value by value, so that the error names the one at fault. */
function checkEach(record: DecisionRecord, facets: readonly Facet[]): void {
  requireIndexable(record.id, "id");
  for (const [i, c] of facetColumns.entries()) toDatabase(facets[i], c);
  const { requestId } = record.request;
  if (requestId === null) return;
  requireStorable(requestId, "requestId");
  // One unique index holds the two.
  requireIndexable(`${record.callerId}${requestId}`, "requestId");
}

/**
 * The row of one record, with a salt of its own.
 * @throws ScopewardenError BAD_USER_INPUT for texts that can't be stored; TypeError for what is no JSON.
 */
export function encodeDecision(record: DecisionRecord, salt: string): DecisionRow {
  const { id, callerId } = record;
  const { requestId } = record.request;
  const values = facetsOf(record);
  const facets = JSON.stringify(values);
  // One look at the encoded text where that is enough: this runs for every decision.
  const short = (facets.length + id.length + (requestId?.length ?? 0)) * 3 <= MAX_INDEXED_BYTES;
  const plain = PLAIN.test(id) && (requestId === null || PLAIN.test(requestId));
  if (!short || !plain || PERHAPS_UNSTORABLE.test(facets)) checkEach(record, values);
  const { record: open, personal } = partsOfDecision(record);
  return { id, callerId: requestId === null ? null : callerId, requestId, salt, facets, record: open, personal };
}

/** The record that a row was made from. */
export const decodeDecision = ({ record, personal }: { readonly record?: unknown; readonly personal?: unknown }) =>
  wholeRecord(String(record), String(personal)) as DecisionRecord;
