import { keyOfAccess } from "../../domain/monitoring/reviews/accessList.ts";
import type {
  Campaign,
  NewCampaign,
  ReviewDecision,
  ReviewItem,
  ReviewOutcome,
  ReviewVerdict,
} from "../../domain/monitoring/reviews/campaign.ts";
import type { NewItem } from "../../domain/monitoring/reviews/store.ts";
import { USER } from "../../domain/policy/types.ts";
import { columnsOf, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { storedPerson, subjectPeople } from "../database/storedPerson.ts";

/** Persons in columns of their own: the database compares them itself. */
type CampaignRow = Omit<Campaign, "startedBy" | "closed"> & {
  readonly startedBy: string;
  readonly starterSubjectId: string | null;
  readonly starterSubjectType: string | null;
  readonly starterIssuer: string | null;
  readonly closedAt: number | null;
  readonly closedBy: string | null;
  readonly reportSha256: string | null;
};
export const campaignColumns = columnsOf<CampaignRow>({
  id: "key",
  title: "text",
  reason: "text",
  role: "text",
  clientId: "text",
  subjectId: "text",
  subjectType: "text",
  alertId: "text",
  organization: "text",
  unusedForDays: "integer",
  reviewers: "json",
  fallbackReviewer: "text",
  startedBy: "text",
  starterSubjectId: "text",
  starterSubjectType: "text",
  starterIssuer: "text",
  startedAt: "integer",
  dueAt: "integer",
  endsAt: "integer",
  repeatEveryDays: "integer",
  repeatUntil: "integer",
  follows: "key",
  windowDays: "integer",
  policyRevision: "integer",
  items: "integer",
  leftOut: "integer",
  state: "text",
  decided: "integer",
  proposalId: "text",
  closedAt: "integer",
  closedBy: "text",
  reportSha256: "text",
});

type ItemRow = Omit<ReviewItem, "access" | "decision" | "outcome"> &
  ReviewItem["access"] & {
    readonly rowKey: string;
    readonly holderPeople: readonly string[];
    readonly verdict: ReviewVerdict;
    readonly decidedAt: number | null;
    readonly decidedBy: string | null;
    readonly deciderSubjectId: string | null;
    readonly deciderSubjectType: string | null;
    readonly deciderIssuer: string | null;
    readonly deciderPeople: readonly string[] | null;
    readonly decisionReason: string | null;
    readonly reducedTo: ReviewDecision["to"];
    readonly exceptUntil: number | null;
    readonly outcome: ReviewOutcome | null;
    readonly outcomeNote: string | null;
  };
export const itemColumns = columnsOf<ItemRow>({
  id: "key",
  campaignId: "key",
  kind: "text",
  rowKey: "key",
  holderPeople: "json",
  subjectId: "text",
  subjectType: "text",
  clientId: "text",
  role: "text",
  organization: "text",
  scope: "text",
  validFrom: "integer",
  validUntil: "integer",
  evidence: "json",
  advice: "json",
  verdict: "text",
  decidedAt: "integer",
  decidedBy: "text",
  deciderSubjectId: "text",
  deciderSubjectType: "text",
  deciderIssuer: "text",
  deciderPeople: "json",
  decisionReason: "text",
  reducedTo: "json",
  exceptUntil: "integer",
  outcome: "text",
  outcomeNote: "text",
});

type Values = Readonly<Record<string, unknown>>;

/** The values of a campaign that begins, in the order of the columns. */
export function campaignValues({ startedBy, ...campaign }: NewCampaign): readonly unknown[] {
  const row: Values = {
    ...campaign,
    startedBy: startedBy.callerId,
    starterSubjectId: startedBy.subject?.id,
    starterSubjectType: startedBy.subject?.type,
    starterIssuer: startedBy.subject?.issuer,
    state: "OPEN",
    decided: 0,
    proposalId: null,
  };
  return campaignColumns.map((c) => toDatabase(row[c.property], c));
}

/** The values of an item that begins, in the order of the columns. */
export function itemValues({ access, ...item }: NewItem): readonly unknown[] {
  const { clientId, subjectId, subjectType } = access;
  const holder = { id: subjectId ?? clientId ?? "", type: subjectId === null ? "client" : (subjectType ?? USER) };
  const holderPeople = subjectPeople(holder);
  const row: Values = { ...item, ...access, rowKey: keyOfAccess(access), holderPeople, verdict: "UNDECIDED" };
  return itemColumns.map((c) => toDatabase(row[c.property], c));
}

export function campaignOf(raw: RawRow): Campaign {
  const row = fromRow(campaignColumns, raw) as unknown as CampaignRow;
  const { closedAt, closedBy, reportSha256, starterIssuer, starterSubjectId, starterSubjectType, ...campaign } = row;
  return {
    ...campaign,
    startedBy: storedPerson(row.startedBy, { id: starterSubjectId, type: starterSubjectType, issuer: starterIssuer }),
    closed:
      closedAt === null || closedBy === null || reportSha256 === null
        ? null
        : { at: closedAt, by: closedBy, reportSha256 },
  };
}

function decisionOf(row: ItemRow): ReviewDecision | null {
  const { decidedAt, decidedBy, decisionReason, exceptUntil, reducedTo, verdict } = row;
  if (verdict === "UNDECIDED" || decidedAt === null || decidedBy === null || decisionReason === null) return null;
  const by = storedPerson(decidedBy, {
    id: row.deciderSubjectId,
    type: row.deciderSubjectType,
    issuer: row.deciderIssuer,
  });
  return { verdict, at: decidedAt, by, reason: decisionReason, to: reducedTo, exceptUntil };
}

export function itemOf(raw: RawRow): ReviewItem {
  const row = fromRow(itemColumns, raw) as unknown as ItemRow;
  const { advice, campaignId, evidence, id, outcome, outcomeNote } = row;
  const { clientId, kind, organization, role, scope, subjectId, subjectType, validFrom, validUntil } = row;
  return {
    id,
    campaignId,
    access: { kind, subjectId, subjectType, clientId, role, organization, scope, validFrom, validUntil },
    evidence,
    advice,
    decision: decisionOf(row),
    outcome: outcome === null ? null : { is: outcome, note: outcomeNote },
  };
}
