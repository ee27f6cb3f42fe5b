import type { Json } from "../../kernel/canonical.ts";

/** What a receiver can be told of, by type; a type that was released keeps its meaning. */
export const NOTIFICATION_TYPES = [
  "scopewarden.access_request.requested",
  "scopewarden.access_request.approved",
  "scopewarden.access_request.refused",
  "scopewarden.access_request.returned",
  "scopewarden.access_request.waiting",
  "scopewarden.access_request.ending",
  "scopewarden.break_glass.opened",
  "scopewarden.break_glass.ended",
  "scopewarden.break_glass.reviewed",
  "scopewarden.break_glass.review_overdue",
  "scopewarden.access_review.started",
  "scopewarden.access_review.proposed",
  "scopewarden.access_review.closed",
  "scopewarden.access_review.due",
  "scopewarden.access_review.overdue",
  "scopewarden.alert.opened",
  "scopewarden.alert.closed",
  "scopewarden.alert.reopened",
  "scopewarden.inquiry.asked",
  "scopewarden.inquiry.answered",
  "scopewarden.inquiry.withdrawn",
  "scopewarden.inquiry.unanswered",
  "scopewarden.restriction.imposed",
  "scopewarden.restriction.lifted",
  "scopewarden.restriction.ended",
] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

/**
 * Something that a receiver is told of. It names no patient and no person, and has none of the words of people: who may know more
 * asks for it by `subject`.
 */
export interface Notification {
  /** The same of the same happening, so that it can't be told twice. Without a full stop, by which a signature parts it off. */
  readonly id: string;
  readonly type: NotificationType;
  /** The id of what it is about. */
  readonly subject: string;
  /** When it happened, in milliseconds since 1970. */
  readonly at: number;
  readonly data: { readonly [member: string]: Json };
}

const PLAIN_ID = /^(?:\*|[A-Za-z0-9][A-Za-z0-9._:/-]{0,63})$/;

/** An organization as it may leave the house: whoever asks for access can write anything there; null: it is no plain id. */
export const plainId = (organization: string | null): string | null =>
  organization !== null && PLAIN_ID.test(organization) ? organization : null;
