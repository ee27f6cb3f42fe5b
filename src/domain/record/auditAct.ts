import type { DecisionFilter } from "../decisions/types.ts";
import { type OnRecord, onceId, open, PERSONAL } from "./onRecord.ts";

/** What an auditor sought. */
interface AuditFilter extends DecisionFilter {
  /** One decision by its id. */
  readonly decisionId?: string | undefined;
  readonly alertId?: string | undefined;
  readonly breakGlassId?: string | undefined;
  readonly inquiryId?: string | undefined;
  readonly restrictionId?: string | undefined;
  /** Of restrictions: in which way. */
  readonly response?: string | undefined;
  /** Of findings and inquiries. */
  readonly detector?: string | undefined;
  readonly severity?: string | undefined;
  readonly shadow?: boolean | undefined;
  readonly suppressed?: boolean | undefined;
  readonly state?: string | undefined;
  /** Of cases: in one of these. */
  readonly states?: readonly string[] | undefined;
  /** Of alerts: what came out. */
  readonly verdict?: string | undefined;
  /** How disclosures count, by their kinds; or which acts were taken. */
  readonly kinds?: readonly string[] | undefined;
  /** Of an export: how it tells, and between which positions. */
  readonly format?: string | undefined;
  readonly after?: number | undefined;
  readonly until?: number | undefined;
}

/** That somebody read what is on record of others, or took it away. */
export interface AuditAct {
  /** Who read. */
  readonly callerId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** What was asked, by the name of the field. */
  readonly field: string;
  readonly filter: AuditFilter;
  /** How many items were shown. */
  readonly shown: number;
  /** Of an export: of its lines, each with its line feed, in lower-case hexadecimal. */
  readonly sha256?: string;
}

const filter = {
  ...open("after", "alertId", "breakGlassId", "callerId", "clientId", "decisionId", "detector", "format", "from"),
  ...open("decisiveReason"),
  ...open(
    "inquiryId",
    "kind",
    "kinds",
    "organization",
    "outcome",
    "partOf",
    "purposeOfUse",
    "reason",
    "resourceType",
    "response",
  ),
  ...open("restrictionId", "ruleId", "scope", "severity", "shadow", "state", "states", "subjectType", "suppressed"),
  ...open("to", "until", "verdict"),
  ipAddress: PERSONAL,
  network: PERSONAL,
  patient: PERSONAL,
  resourceId: PERSONAL,
  subjectId: PERSONAL,
} as const;

export const auditOnRecord = {
  words: "Somebody read what is on record of others, or took it away.",
  format: 1,
  id: onceId("audit"),
  time: "at",
  members: { ...open("callerId", "at", "field", "shown", "sha256"), filter },
  erased: "OVER",
} as const satisfies OnRecord<AuditAct>;
