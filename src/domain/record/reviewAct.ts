import { type OnRecord, open, PERSONAL, SOMEBODY, stepId } from "./onRecord.ts";

/** What happens to an access review: a campaign begins, an item is decided, what goes is proposed, the campaign is over. */
type ReviewEvent = "STARTED" | "DECIDED" | "PROPOSED" | "CLOSED";

/** The access that was decided about, as it is named on record. */
interface ReviewedAccess {
  readonly subject: { readonly type: string; readonly id: string } | null;
  readonly clientId: string | null;
  readonly role: string | null;
  readonly organization: string | null;
  readonly scope: string | null;
}

/** A step of an access review. What a step does not say is null. Times are milliseconds since 1970. */
export interface ReviewAct {
  readonly event: ReviewEvent;
  readonly campaignId: string;
  readonly at: number;
  /** The id of the caller who took the step; of a campaign that begins anew by itself the service's own. */
  readonly author: string;
  readonly title: string;
  /** Why, in their words. */
  readonly text: string | null;
  /** Of STARTED: as of which revision, how many items, and the SHA-256 of them with their evidence (`itemsDigest`). */
  readonly policyRevision: number | null;
  readonly items: number | null;
  readonly itemsSha256: string | null;
  /** Of DECIDED. */
  readonly itemId: string | null;
  readonly access: ReviewedAccess | null;
  readonly verdict: string | null;
  /** Of PROPOSED and of CLOSED: what was proposed; null: nothing had to go. */
  readonly proposalId: string | null;
  /** Of CLOSED: the SHA-256 of the report as JSON. */
  readonly reportSha256: string | null;
}

export const reviewOnRecord = {
  words: "A step of an access review.",
  format: 1,
  id: stepId("review", "campaignId"),
  time: "at",
  members: {
    ...open("event", "campaignId", "at", "author", "policyRevision", "items", "itemsSha256", "itemId", "verdict"),
    ...open("proposalId", "reportSha256"),
    access: { ...open("clientId", "role", "organization", "scope"), subject: SOMEBODY },
    text: PERSONAL,
    title: PERSONAL,
  },
  erased: "LASTING",
  notifies: true,
} as const satisfies OnRecord<ReviewAct>;
