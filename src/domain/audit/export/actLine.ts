import type { DecisionRecord } from "../../decisions/types.ts";
import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import { exportLine } from "../../record/exportLine.ts";
import { type ActKind, EVENT_KINDS } from "../../record/kinds.ts";
import type { Digest } from "../../record/tree/recordHash.ts";
import { wholeDecision } from "../../record/wholeDecision.ts";
import { auditEvent } from "./auditEvent.ts";
import { ocsfEvent } from "./ocsfEvent.ts";
import type { StoredAct } from "./store.ts";

/**
 * NDJSON: each act as it is stored, all that a proof needs. OCSF: each decision as an event of the class API Activity. FHIR: each
 * decision as an AuditEvent of R4.
 */
export type ExportFormat = "NDJSON" | "OCSF" | "FHIR";

/** The kinds of acts that a format can tell; null: all. */
export const KINDS_OF: { readonly [Format in ExportFormat]: readonly ActKind[] | null } = {
  NDJSON: null,
  OCSF: EVENT_KINDS,
  FHIR: EVENT_KINDS,
};

/** Where an act is in the tree of the record. */
export interface Leaf {
  readonly index: number;
  readonly digest: Digest;
}

const decisionOf = ({ personal, record, salt }: StoredAct) => wholeDecision(record, personal, salt === null);

/** A decision as an event or a resource of one of the two formats that know decisions alone, in one line without its end. */
export const decisionLine: {
  readonly [Format in Exclude<ExportFormat, "NDJSON">]: (record: DecisionRecord, position: number) => string;
} = {
  OCSF: (record, position) => canonicalJson(ocsfEvent(record, position) as Json),
  FHIR: (record) => canonicalJson(auditEvent(record) as Json),
};

/** An act of a kind that the format can tell, in one line without its end. */
export function actLine(format: ExportFormat, act: StoredAct, leaf: Leaf | null): string {
  return format === "NDJSON" ? exportLine({ act, leaf }) : decisionLine[format](decisionOf(act), act.position);
}
