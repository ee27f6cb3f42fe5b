import type { Person } from "../../callers/types.ts";
import type { SubjectName } from "../accessRequests/accessRequest.ts";

/** For whom, for whose data and where an emergency is open. */
export interface EmergencyTerms {
  readonly subject: SubjectName;
  readonly patient: string;
  readonly organization: string;
}

/** An emergency that was opened: glass that was broken. Times are milliseconds since 1970. */
export interface KeptBreakGlass extends EmergencyTerms {
  readonly id: string;
  /** Why, as whoever opened it said. */
  readonly reason: string;
  readonly openedBy: Person;
  readonly startedAt: number;
  /** When it ends by itself. */
  readonly endsAt: number;
  /** Until when somebody else shall have reviewed it. */
  readonly reviewDueAt: number;
  /** That it was ended before its time was over. */
  readonly ended: { readonly at: number; readonly by: string; readonly reason: string | null } | null;
  /** What somebody else found. */
  readonly review: {
    readonly at: number;
    readonly by: Person;
    readonly justified: boolean;
    readonly text: string;
  } | null;
}

/** OPEN: it is in force. AWAITING_REVIEW: it is over, and nobody has reviewed it yet. */
export type BreakGlassState = "OPEN" | "AWAITING_REVIEW" | "REVIEWED";

/** An emergency as it is now. */
export interface BreakGlass extends KeptBreakGlass {
  readonly state: BreakGlassState;
}

export const isInForce = ({ ended, endsAt }: Pick<KeptBreakGlass, "ended" | "endsAt">, now: number): boolean =>
  ended === null && now < endsAt;

export const breakGlassAt = (kept: KeptBreakGlass, now: number): BreakGlass => ({
  ...kept,
  state: kept.review !== null ? "REVIEWED" : isInForce(kept, now) ? "OPEN" : "AWAITING_REVIEW",
});

/** As it was opened it is version 1; that it was ended before its time, and that it was reviewed, is one more each. */
export const versionOf = ({ ended, review }: KeptBreakGlass): number =>
  1 + (ended === null ? 0 : 1) + (review === null ? 0 : 1);

/** As it was in a version; null: it has no such version. */
export function inVersion(kept: KeptBreakGlass, version: number): KeptBreakGlass | null {
  const newest = versionOf(kept);
  if (version < 1 || version > newest) return null;
  return { ...kept, ended: version === 1 ? null : kept.ended, review: version === newest ? kept.review : null };
}

export type BreakGlassEvent = "OPENED" | "ENDED" | "REVIEWED";

/** A step in the life of an emergency, as it is put on record. That it ends by itself is none: when it does stands in the first. */
export interface BreakGlassAct extends EmergencyTerms, Pick<KeptBreakGlass, "endsAt" | "reviewDueAt"> {
  readonly event: BreakGlassEvent;
  readonly breakGlassId: string;
  readonly version: number;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller who took the step. */
  readonly author: string;
  /** Why, or what was found; null: nothing was said. */
  readonly text: string | null;
  /** Of REVIEWED: the verdict. */
  readonly justified: boolean | null;
}

/** The last step of an emergency, as it stands after it. */
export function actOf(kept: KeptBreakGlass): BreakGlassAct {
  const { ended, endsAt, id: breakGlassId, openedBy, organization, patient, review, reviewDueAt, subject } = kept;
  const step =
    review !== null
      ? ({ event: "REVIEWED", at: review.at, author: review.by.callerId, text: review.text } as const)
      : ended !== null
        ? ({ event: "ENDED", at: ended.at, author: ended.by, text: ended.reason } as const)
        : ({ event: "OPENED", at: kept.startedAt, author: openedBy.callerId, text: kept.reason } as const);
  const justified = review?.justified ?? null;
  const version = versionOf(kept);
  return { ...step, breakGlassId, endsAt, justified, organization, patient, reviewDueAt, subject, version };
}
