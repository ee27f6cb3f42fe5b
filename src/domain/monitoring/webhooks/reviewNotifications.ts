import { isoTime } from "../../kernel/time.ts";
import type { ReviewAct } from "../../record/reviewAct.ts";
import type { Campaign } from "../reviews/campaign.ts";
import { type Notification, type NotificationType, plainId } from "./notification.ts";

const STEPS = {
  STARTED: "scopewarden.access_review.started",
  // Each of very many items; who is to decide looks for themselves.
  DECIDED: null,
  PROPOSED: "scopewarden.access_review.proposed",
  CLOSED: "scopewarden.access_review.closed",
} as const satisfies Record<ReviewAct["event"], NotificationType | null>;

/** Of a step that was taken; null: nobody is told of it. */
export function reviewStep({ at, campaignId, event, items, proposalId }: ReviewAct): Notification | null {
  const type = STEPS[event];
  if (type === null) return null;
  const step = event === "PROPOSED" ? `proposed:${proposalId}` : event.toLowerCase();
  return { id: `access-review:${campaignId}:${step}`, type, subject: campaignId, at, data: { items, proposalId } };
}

const dataOf = ({ clientId, decided, dueAt, endsAt, items, organization, role }: Campaign) => ({
  role,
  clientId,
  organization: plainId(organization),
  items,
  undecided: items - decided,
  dueAt: isoTime(dueAt),
  endsAt: isoTime(endsAt),
});

/** That it is due, and that what is undecided is now the fallback reviewer's, if there is one. */
export const dueReview = (campaign: Campaign, at: number): Notification => ({
  id: `reminder:access-review:${campaign.id}:due`,
  type: "scopewarden.access_review.due",
  subject: campaign.id,
  at,
  data: dataOf(campaign),
});

/** That nobody decides any more, and nobody has closed it. */
export const overdueAccessReview = (campaign: Campaign, at: number): Notification => ({
  id: `reminder:access-review:${campaign.id}:overdue`,
  type: "scopewarden.access_review.overdue",
  subject: campaign.id,
  at,
  data: dataOf(campaign),
});
