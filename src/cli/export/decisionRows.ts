import { decisionSubject } from "../../domain/decisions/decisionSubject.ts";
import { summaryText } from "../../domain/decisions/summaryText.ts";
import { isoTime } from "../../domain/kernel/time.ts";
import { wholeDecision } from "../../domain/record/wholeDecision.ts";

/** A decision as a row of a table. */
interface DecisionCells {
  readonly position: number;
  readonly id: string;
  readonly kind: string;
  readonly decided_at: string;
  readonly outcome: string;
  readonly caller: string;
  readonly client: string;
  readonly subject_type: string | null;
  readonly subject: string | null;
  readonly action: string;
  readonly resource_type: string;
  readonly resource: string | null;
  readonly patients: readonly string[];
  readonly organization: string | null;
  readonly purpose_of_use: string | null;
  readonly ip_address: string | null;
  readonly scope: string | null;
  readonly reasons: readonly string[];
  readonly obligations: readonly string[];
  readonly policy_revision: number;
  readonly summary: string;
  /** The paths of what was erased after its time. */
  readonly erased: readonly string[];
}

/** In the order of the columns. */
const IS_COLUMN = {
  position: true,
  id: true,
  kind: true,
  decided_at: true,
  outcome: true,
  caller: true,
  client: true,
  subject_type: true,
  subject: true,
  action: true,
  resource_type: true,
  resource: true,
  patients: true,
  organization: true,
  purpose_of_use: true,
  ip_address: true,
  scope: true,
  reasons: true,
  obligations: true,
  policy_revision: true,
  summary: true,
  erased: true,
} as const satisfies Record<keyof DecisionCells, true>;
export const DECISION_COLUMNS = Object.keys(IS_COLUMN) as readonly (keyof DecisionCells)[];

/** The row of a line of NDJSON that is a decision. */
export function decisionCells(line: string): DecisionCells {
  const { personal, position, record: open, salt } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const record = wholeDecision(JSON.stringify(open), JSON.stringify(personal), salt === null);
  const { action, patients, resourceId, resourceType } = decisionSubject(record);
  const { clientId, context, purposeOfUse, subject } = record.request;
  return {
    position: Number(position),
    id: record.id,
    kind: record.kind,
    decided_at: isoTime(record.decidedAt),
    outcome: record.outcome,
    caller: record.callerId,
    client: clientId,
    subject_type: subject?.type ?? null,
    subject: subject?.id ?? null,
    action,
    resource_type: resourceType,
    resource: resourceId,
    patients,
    organization: record.kind === "ACCESS" ? record.request.resource.organization : null,
    purpose_of_use: purposeOfUse,
    ip_address: context?.ipAddress ?? null,
    scope: record.scope,
    reasons: record.reasons.map(({ code }) => code),
    obligations: record.obligations.map(({ type }) => type),
    policy_revision: record.policyRevision,
    summary: summaryText(record),
    erased: record.erased ?? [],
  };
}
