import { type About, aboutOf } from "../domain/decisions/about.ts";
import type { DecisionRecord } from "../domain/decisions/types.ts";
import { scopesUsed } from "../domain/decisions/used.ts";
import { type Column, column, fromDatabase, toDatabase } from "./columns.ts";
import type { RawRow } from "./connection.ts";
import { requireIndexable } from "./text.ts";

/** The position in the journal, which the database assigns. */
export const SEQ = column("seq", "integer");

const spaced = (texts: readonly string[]): string | null => (texts.length === 0 ? null : ` ${texts.join(" ")} `);

const valuesOf: readonly (readonly [Column, (record: DecisionRecord, about: About) => unknown])[] = [
  [column("id", "key"), (d) => d.id],
  [column("decidedAt", "integer"), (d) => d.decidedAt],
  [column("kind", "text"), (d) => d.kind],
  [column("callerId", "text"), (d) => d.callerId],
  [column("requestId", "text"), (d) => d.request.requestId],
  [column("clientId", "key"), (d) => d.request.clientId],
  [column("subjectId", "key"), (d) => d.request.subject?.id],
  [column("patient", "key"), (_, about) => about.patient],
  [column("action", "text"), (_, about) => about.action],
  [column("resourceType", "text"), (_, about) => about.resourceType],
  [column("resourceId", "text"), (_, about) => about.resourceId],
  [column("purposeOfUse", "text"), (d) => d.request.purposeOfUse],
  [column("outcome", "text"), (d) => d.outcome],
  [column("scope", "text"), (d) => d.scope],
  // ` a b `: the scopes on which an answer rests besides `scope`; most rest on one. No scope has a space.
  [column("moreScopes", "text"), (d) => spaced(scopesUsed(d).filter((scope) => scope !== d.scope))],
  [column("policyRevision", "integer"), (d) => d.policyRevision],
  // `|CODE|CODE|`, so that one code is found exactly, as `|CODE|`.
  [column("reasonCodes", "text"), (d) => `|${[...new Set(d.reasons.map((r) => r.code))].join("|")}|`],
  [column("reasons", "json"), (d) => d.reasons],
  [column("obligations", "json"), (d) => d.obligations],
  [column("request", "json"), (d) => d.request],
  [column("details", "json"), (d) => (d.kind === "GRANT" ? d.details : null)],
];

/** The columns of `decision` that a record fills, in the order in which they are written. */
export const decisionColumns: readonly Column[] = valuesOf.map(([c]) => c);

/** What of a row makes the record; the other columns repeat parts of the request for filters. */
const named = new Map(decisionColumns.map((c) => [c.property, c]));
const recordProperties = [
  "id",
  "kind",
  "decidedAt",
  "callerId",
  "outcome",
  "scope",
  "policyRevision",
  "reasons",
  "obligations",
  "request",
  "details",
];
export const recordColumns: readonly Column[] = recordProperties.flatMap((property) => named.get(property) ?? []);

/**
 * The values of one record, in the order of `decisionColumns`.
 * @throws ScopewardenError BAD_USER_INPUT for texts that can't be stored; TypeError for what is no JSON.
 */
export function decisionValues(record: DecisionRecord): readonly unknown[] {
  const about = aboutOf(record);
  const values = valuesOf.map(([c, read]) => toDatabase(read(record, about), c));
  // One unique index holds the two.
  requireIndexable(`${record.callerId}${record.request.requestId ?? ""}`, "requestId");
  return values;
}

/** The record of a row that was read with `recordColumns`. */
export function decisionRecord(row: RawRow): DecisionRecord {
  const record = Object.fromEntries(recordColumns.map((c) => [c.property, fromDatabase(row[c.name], c)]));
  const { details, ...plain } = record;
  return (plain.kind === "GRANT" ? record : plain) as unknown as DecisionRecord;
}
