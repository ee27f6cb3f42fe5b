import type { Person } from "../../callers/types.ts";
import type { SubjectName } from "../../consent/accessRequests/accessRequest.ts";
import type { AlertResponse } from "../../policy/types.ts";

/** Whose access is restricted: a client's, whoever works with it, or a subject's, whichever client it works with. */
export type RestrictedHolder =
  | { readonly kind: "CLIENT"; readonly id: string }
  | ({ readonly kind: "SUBJECT" } & SubjectName);

/** What of the policy had the service impose it: `alertResponses` of an organization's entry, at a revision. */
export interface RestrictionRule {
  readonly organization: string;
  readonly revision: number;
}

/** What was imposed because of an alert, or by somebody who blocks a person without one. Times are milliseconds since 1970. */
export interface KeptRestriction {
  readonly id: string;
  readonly response: AlertResponse;
  /** Null: because of none. */
  readonly alertId: string | null;
  readonly holder: RestrictedHolder;
  /** Why, as whoever imposed it said; empty: it is not shown. */
  readonly reason: string;
  readonly imposedAt: number;
  readonly imposedBy: Person;
  /** Null: somebody imposed it. */
  readonly rule: RestrictionRule | null;
  /** When it ends by itself. */
  readonly endsAt: number;
  /** That it was lifted before its time was over. */
  readonly lifted: { readonly at: number; readonly by: Person; readonly reason: string } | null;
}

export type RestrictionState = "IN_FORCE" | "ENDED" | "LIFTED";

/** A restriction as it is now. */
export interface Restriction extends KeptRestriction {
  readonly state: RestrictionState;
}

export const restrictionAt = (kept: KeptRestriction, now: number): Restriction => ({
  ...kept,
  state: kept.lifted !== null ? "LIFTED" : now < kept.endsAt ? "IN_FORCE" : "ENDED",
});

/** As it was imposed it is version 1; that it was lifted is one more. */
export const versionOf = ({ lifted }: Pick<KeptRestriction, "lifted">): number => (lifted === null ? 1 : 2);

/** As it was in a version; null: it has no such version. */
export function inVersion(kept: KeptRestriction, version: number): KeptRestriction | null {
  if (version < 1 || version > versionOf(kept)) return null;
  return version === 1 ? { ...kept, lifted: null } : kept;
}

export type RestrictionEvent = "IMPOSED" | "LIFTED";

/** A step in the life of a restriction, as it is put on record. That it ends by itself is none: when it does stands in each. */
export interface RestrictionAct {
  readonly event: RestrictionEvent;
  readonly restrictionId: string;
  readonly response: AlertResponse;
  /** Null: because of none. */
  readonly alertId: string | null;
  /** Whose access: one of the two. */
  readonly clientId: string | null;
  readonly subject: SubjectName | null;
  readonly endsAt: number;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The id of the caller who took the step. */
  readonly author: string;
  /** Why, in their words. */
  readonly text: string;
  /** Of IMPOSED: by what of the policy the service imposed it by itself; absent: somebody did. */
  readonly rule?: RestrictionRule;
}

/** The last step of a restriction, as it stands after it. */
export function actOf(kept: KeptRestriction): RestrictionAct {
  const { alertId, endsAt, holder, id: restrictionId, imposedAt, imposedBy, lifted, reason, response, rule } = kept;
  const step =
    lifted === null
      ? ({ event: "IMPOSED", at: imposedAt, author: imposedBy.callerId, text: reason } as const)
      : ({ event: "LIFTED", at: lifted.at, author: lifted.by.callerId, text: lifted.reason } as const);
  return {
    ...step,
    ...{ restrictionId, response, alertId, endsAt },
    ...(lifted === null && rule !== null && { rule }),
    clientId: holder.kind === "CLIENT" ? holder.id : null,
    subject: holder.kind === "SUBJECT" ? { type: holder.type, id: holder.id } : null,
  };
}
