import type { DecisionFilter } from "../decisions/types.ts";
import type { Json } from "../kernel/canonical.ts";

/** What an auditor sought. */
export interface AuditFilter extends DecisionFilter {
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

/** Whether the values of each member identify people. */
const IS_PERSONAL = {
  after: false,
  alertId: false,
  breakGlassId: false,
  detector: false,
  format: false,
  until: false,
  kind: false,
  callerId: false,
  clientId: false,
  decisionId: false,
  from: false,
  inquiryId: false,
  ipAddress: true,
  network: true,
  kinds: false,
  organization: false,
  outcome: false,
  patient: true,
  purposeOfUse: false,
  reason: false,
  resourceId: true,
  resourceType: false,
  response: false,
  restrictionId: false,
  ruleId: false,
  scope: false,
  severity: false,
  shadow: false,
  state: false,
  states: false,
  subjectId: true,
  subjectType: false,
  suppressed: false,
  to: false,
  verdict: false,
} as const satisfies Record<keyof AuditFilter, boolean>;

type Part = { readonly [name: string]: Json | undefined };

/** A filter in two parts: what identifies nobody, by the member, and what does, by its path in the act. */
export function partsOfFilter(filter: AuditFilter): { readonly open: Part; readonly personal: Part } {
  const [open, personal]: [Record<string, Json | undefined>, Record<string, Json | undefined>] = [{}, {}];
  for (const [name, value] of Object.entries(filter)) {
    if (IS_PERSONAL[name as keyof AuditFilter] === false) open[name] = value as Json | undefined;
    else personal[`filter.${name}`] = value as Json | undefined;
  }
  return { open, personal };
}
