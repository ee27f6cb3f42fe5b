import { type OnRecord, open, PERSONAL, stepId } from "./onRecord.ts";

/** What happens to a proposal. APPROVED: somebody approved it, who may be the first of two. RENEWED: it was looked at anew on a later revision, and earlier approvals count no more. */
export type ProposalEvent =
  | "PROPOSED"
  | "COMMENTED"
  | "RENEWED"
  | "APPROVED"
  | "REJECTED"
  | "WITHDRAWN"
  | "APPLIED"
  | "EXPIRED";

/** A step in the life of a proposal: what was proposed is named by its digest. */
export interface ProposalAct {
  readonly event: ProposalEvent;
  readonly proposalId: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller who took the step; of EXPIRED the service's own. */
  readonly author: string;
  /** What the proposal is under when the step is taken; an approval is for this. */
  readonly digest: string;
  readonly baseRevision: number;
  readonly emergency: boolean;
  readonly title: string;
  /** Why, or the comment: what people wrote is apart from the rest, as it may name somebody. Null: nothing was said. */
  readonly text: string | null;
  /** Of an approval of more flips than are let through without a word: why. */
  readonly flipsReason: string | null;
  /** Of APPLIED: the revision of the policy, or of the directory, that it made; null of a key and a detector. */
  readonly revision: number | null;
}

export const proposalOnRecord = {
  words: "A step in the life of a proposal.",
  format: 1,
  id: stepId("proposal", "proposalId"),
  time: "at",
  members: {
    ...open("event", "proposalId", "at", "author", "digest", "baseRevision", "emergency", "revision"),
    flipsReason: PERSONAL,
    text: PERSONAL,
    title: PERSONAL,
  },
  erased: "LASTING",
} as const satisfies OnRecord<ProposalAct>;
