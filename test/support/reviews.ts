import type {
  Campaign,
  NewCampaign,
  ReviewAccess,
  ReviewDecision,
  ReviewEvidence,
  ReviewItem,
} from "../../src/domain/monitoring/reviews/campaign.ts";
import type { NewItem } from "../../src/domain/monitoring/reviews/store.ts";

/** rose's role of a nurse in the ward. */
export const assignmentAccess = (more: Partial<ReviewAccess> = {}): ReviewAccess => ({
  kind: "ASSIGNMENT",
  subjectId: "rose",
  subjectType: "user",
  clientId: null,
  role: "nurse",
  organization: "ward",
  scope: null,
  validFrom: null,
  validUntil: null,
  ...more,
});

/** The grant of a SMART scope to `ehr`. */
export const grantAccess = (more: Partial<ReviewAccess> = {}): ReviewAccess => ({
  kind: "GRANT",
  subjectId: null,
  subjectType: null,
  clientId: "ehr",
  role: null,
  organization: null,
  scope: "user/*.cruds",
  validFrom: null,
  validUntil: null,
  ...more,
});

/** Observed for the whole window, and never used. */
export const evidence = (more: Partial<ReviewEvidence> = {}): ReviewEvidence => ({
  windowDays: 90,
  observedDays: 90,
  uses: 0,
  patients: 0,
  isStaff: true,
  lastUsedAt: null,
  usedIn: [],
  usedInCount: more.usedIn?.length ?? 0,
  assigned: { revision: 1, at: 5, by: "key:ada", reason: "Joined the ward" },
  smaller: null,
  exceptUntil: null,
  ...more,
});

export const newItem = (id: string, more: Partial<NewItem> = {}): NewItem => ({
  id,
  campaignId: "c1",
  access: assignmentAccess(),
  evidence: evidence(),
  advice: { verdict: "REMOVE", to: null, formula: "0 uses, observed 90 of 90 days" },
  ...more,
});

export const reviewItem = (id: string, more: Partial<ReviewItem> = {}): ReviewItem => ({
  ...newItem(id),
  decision: null,
  outcome: null,
  ...more,
});

export const decidedAs = (verdict: ReviewDecision["verdict"], more: Partial<ReviewDecision> = {}): ReviewDecision => ({
  verdict,
  at: 500,
  by: { callerId: "key:rita", subject: { type: "user", id: "rita", issuer: null } },
  reason: "I have asked the ward",
  to: verdict === "REDUCE" ? { scopes: ["user/Observation.rs"], organizations: null, validUntil: null } : null,
  exceptUntil: null,
  ...more,
});

/** A campaign over the role nurse, from 100 to 1,000, and then by fiona until 2,000. */
export const newCampaign = (id: string, more: Partial<NewCampaign> = {}): NewCampaign => ({
  id,
  alertId: null,
  title: "Nurses in autumn",
  reason: "The yearly review",
  role: "nurse",
  clientId: null,
  subjectId: null,
  subjectType: null,
  organization: null,
  unusedForDays: null,
  reviewers: [],
  fallbackReviewer: "fiona",
  startedBy: { callerId: "key:ada", subject: { type: "user", id: "ada", issuer: null } },
  startedAt: 100,
  dueAt: 1_000,
  endsAt: 2_000,
  repeatEveryDays: null,
  repeatUntil: null,
  follows: null,
  windowDays: 90,
  policyRevision: 1,
  items: 1,
  leftOut: 0,
  ...more,
});

export const campaign = (id: string, more: Partial<Campaign> = {}): Campaign => ({
  ...newCampaign(id),
  state: "OPEN",
  decided: 0,
  proposalId: null,
  closed: null,
  ...more,
});
