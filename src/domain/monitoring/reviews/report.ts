import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Sha256 } from "../../kernel/ports.ts";
import { isoTime } from "../../kernel/time.ts";
import { type Campaign, type ReduceTo, type ReviewItem, verdictOf } from "./campaign.ts";
import { openEvidence } from "./openEvidence.ts";
import { reviewerFigures } from "./reviewerFigures.ts";

export type ReportFormat = "JSON" | "CSV";

/** A campaign as a file. */
export interface ReviewReport {
  readonly fileName: string;
  readonly mediaType: string;
  readonly text: string;
  /** Of the UTF-8 bytes of `text`, in lower-case hexadecimal. */
  readonly sha256: string;
}

/** Raised when a member of the report changes its meaning. */
const FORMAT = 1;

const maybeTime = (at: number | null): string | null => (at === null ? null : isoTime(at));

const reducedText = (to: ReduceTo | null): string | null =>
  to === null
    ? null
    : [
        ...(to.scopes ?? []),
        ...(to.organizations ?? []),
        ...(to.validUntil === null ? [] : [`until ${isoTime(to.validUntil)}`]),
      ].join(" ");

/** What is told of an item, by name: the members in JSON, and the columns in CSV. */
function rowOf(item: ReviewItem) {
  const { access, advice, decision, id, outcome } = item;
  // One report for all who read it: its digest is on record.
  const evidence = openEvidence(item.evidence);
  return {
    id,
    kind: access.kind,
    subjectId: access.subjectId,
    subjectType: access.subjectType,
    clientId: access.clientId,
    role: access.role,
    organization: access.organization,
    scope: access.scope,
    validFrom: maybeTime(access.validFrom),
    validUntil: maybeTime(access.validUntil),
    uses: evidence.uses,
    few: evidence.few,
    lastUsedAt: maybeTime(evidence.lastUsedAt),
    observedDays: evidence.observedDays,
    windowDays: evidence.windowDays,
    assignedBy: evidence.assigned?.by ?? null,
    assignedAt: maybeTime(evidence.assigned?.at ?? null),
    assignedReason: evidence.assigned?.reason ?? null,
    advice: advice?.verdict ?? null,
    formula: advice?.formula ?? null,
    verdict: verdictOf(item),
    reducedTo: reducedText(decision?.to ?? null),
    exceptUntil: maybeTime(decision?.exceptUntil ?? null),
    reason: decision?.reason ?? null,
    decidedBy: decision?.by.callerId ?? null,
    decidedByPerson: decision?.by.subject?.id ?? null,
    decidedAt: maybeTime(decision?.at ?? null),
    outcome: outcome?.is ?? null,
    note: outcome?.note ?? null,
  };
}

function campaignOf({ closed, decided, items, ...campaign }: Campaign) {
  const { clientId, organization, role, subjectId, subjectType, unusedForDays } = campaign;
  return {
    id: campaign.id,
    title: campaign.title,
    reason: campaign.reason,
    selector: { clientId, organization, role, subjectId, subjectType, unusedForDays },
    startedBy: campaign.startedBy.callerId,
    startedAt: isoTime(campaign.startedAt),
    dueAt: isoTime(campaign.dueAt),
    endsAt: isoTime(campaign.endsAt),
    reviewers: campaign.reviewers,
    fallbackReviewer: campaign.fallbackReviewer,
    policyRevision: campaign.policyRevision,
    items,
    decided,
    undecided: items - decided,
    leftOut: campaign.leftOut,
    proposalId: campaign.proposalId,
    closedAt: maybeTime(closed?.at ?? null),
    closedBy: closed?.by ?? null,
  };
}

/** The report as JSON (RFC 8785): the campaign, its reviewers, and each item with who certified what. */
export const reportText = (campaign: Campaign, items: readonly ReviewItem[]): string =>
  canonicalJson({
    format: FORMAT,
    campaign: campaignOf(campaign),
    reviewers: reviewerFigures(items),
    items: items.map(rowOf),
  } as unknown as Json);

/** RFC 4180. What a spreadsheet would take for a formula has an apostrophe before it. */
function cell(value: string | number | boolean | null): string {
  const text = String(value ?? "");
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csvOf(items: readonly ReviewItem[]): string {
  const rows = items.map(rowOf);
  const names = Object.keys(rows[0] ?? {});
  return [names, ...rows.map((row) => Object.values(row))].map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

const KINDS: { readonly [Format in ReportFormat]: { readonly ending: string; readonly mediaType: string } } = {
  JSON: { ending: "json", mediaType: "application/json" },
  CSV: { ending: "csv", mediaType: "text/csv; charset=utf-8" },
};

/** A campaign as a file: of one that is over, the same bytes whenever it is asked for. */
export function reportOf(
  { campaign, items }: { readonly campaign: Campaign; readonly items: readonly ReviewItem[] },
  format: ReportFormat,
  sha256: Sha256,
): ReviewReport {
  const text = format === "JSON" ? reportText(campaign, items) : csvOf(items);
  const { ending, mediaType } = KINDS[format];
  return { fileName: `access-review-${campaign.id}.${ending}`, mediaType, text, sha256: sha256(text) };
}
