import { isInForce, type KeptBreakGlass } from "../consent/breakGlass/breakGlass.ts";
import { isoTime } from "../kernel/time.ts";
import type { Obligation } from "../policy/types.ts";
import type { DecideFacts } from "./facts.ts";
import { BREAK_GLASS } from "./ownObligations.ts";
import { type Reason, type ReasonCode, reason } from "./reason.ts";
import type { AccessRequest, GrantRequest, Subject } from "./types.ts";

/** Whether the purpose is to break glass, which takes an emergency that is open. Emergency treatment (ETREAT) is treatment. */
export const isEmergencyUse = ({ purposeOfUse }: Pick<AccessRequest | GrantRequest, "purposeOfUse">): boolean =>
  purposeOfUse === "BTG";

export const isFor = ({ subject }: KeptBreakGlass, { id, type }: Pick<Subject, "id" | "type">): boolean =>
  subject.id === id && subject.type === type;

/** The emergencies that are open for a subject and a patient, wherever. */
export function emergenciesFor(
  { gathered, now }: Pick<DecideFacts, "gathered" | "now">,
  subject: Subject | null,
  patient: string,
): readonly KeptBreakGlass[] {
  if (subject === null) return [];
  const open = gathered?.breakGlasses ?? [];
  return open.filter((each) => each.patient === patient && isFor(each, subject) && isInForce(each, now));
}

/** Organizations that a reason names. */
const NAMED = 3;

/** That none is open, but perhaps elsewhere; NOBODY: the request does not say whose the data is. */
export function breakGlassRequired(
  of: "NOBODY" | "PATIENT",
  scope: string,
  elsewhere: readonly KeptBreakGlass[] = [],
): Reason {
  const openAt = [...new Set(elsewhere.map(({ organization }) => organization))].sort().slice(0, NAMED);
  const personal = openAt.length === 0 ? null : { personal: { openAt } };
  return reason("BREAK_GLASS_REQUIRED", { parameters: { need: "PURPOSE", of }, ...personal, scope });
}

/** That one is open, and why it would be denied without; null: it would not be. */
export const inBreakGlass = ({ id }: KeptBreakGlass, otherwise: ReasonCode | null, scope: string): Reason =>
  reason("BREAK_GLASS", { parameters: { id, otherwise, wouldBeAllowed: otherwise === null }, scope });

/** The same of a token: what it is used for is decided then, and told then. */
export const tokenInBreakGlass = ({ id }: KeptBreakGlass, scope: string): Reason =>
  reason("BREAK_GLASS", { parameters: { id, otherwise: null, wouldBeAllowed: null }, scope });

/** What goes with each access in an emergency, so that whoever shows the data can say so. */
export const breakGlassObligation = ({ endsAt, id, reviewDueAt }: KeptBreakGlass): Obligation => ({
  type: BREAK_GLASS,
  parameters: { endsAt: isoTime(endsAt), id, reviewDueAt: isoTime(reviewDueAt) },
});
