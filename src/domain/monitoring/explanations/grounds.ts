import type { KeptAccessRequest } from "../../consent/accessRequests/accessRequest.ts";
import type { KeptBreakGlass } from "../../consent/breakGlass/breakGlass.ts";
import { checkConsents } from "../../consent/checkConsents.ts";
import { isRecipient } from "../../consent/recipientMatch.ts";
import type { Consent, ConsentQuestion } from "../../consent/types.ts";
import { isFor } from "../../decisions/emergency.ts";
import { ALL_ORGANIZATIONS } from "../../policy/types.ts";
import type { Ground, PatientAccess } from "./patientAccess.ts";

/** An emergency that was open at the access, for the person, the patient and the organization. */
export function inBreakGlass(
  { at, organization, patient, person }: PatientAccess,
  kept: readonly KeptBreakGlass[],
): Ground | null {
  const open = kept.find(
    (each) =>
      each.patient === patient &&
      isFor(each, person) &&
      each.organization === organization &&
      each.startedAt <= at &&
      at < Math.min(each.endsAt, each.ended?.at ?? each.endsAt),
  );
  return open === undefined ? null : { reference: open.id, since: open.startedAt };
}

/**
 * An approved access request that gave the person the role by which the access was allowed. One of a scope is a client's and
 * says nothing of who looks; a role that was held before explains nothing until its own end.
 */
export function byAccessRequest(
  { at, organization, person, role }: PatientAccess,
  kept: readonly KeptAccessRequest[],
): Ground | null {
  const under = kept.find(({ decided, expiresAt, given, organization: where, returned, role: asked, subject }) => {
    if (subject === null || decided === null || given === null) return false;
    const from = Math.max(decided.at, given.before?.validUntil ?? 0);
    return (
      isSame(subject, person) &&
      asked === role &&
      (where === ALL_ORGANIZATIONS || where === organization) &&
      from <= at &&
      at < Math.min(expiresAt, returned?.at ?? expiresAt)
    );
  });
  return under?.decided ? { reference: under.id, since: under.decided.at } : null;
}

const isSame = (a: PatientAccess["person"], b: PatientAccess["person"]): boolean => a.id === b.id && a.type === b.type;

/** Whether a consent names the person as a recipient: who is meant as one of a client, a role or a house is not named. */
const namesRecipient = ({ recipients }: Consent, { recipient }: ConsentQuestion): boolean =>
  (recipients ?? []).some(
    (terms) => terms.subject !== null && isRecipient({ recipients: [terms], effect: "PERMIT" }, recipient),
  );

/**
 * A permission that names the person, and by which the patient's consents permit the access. `consents`: the newest version
 * of each of the patient's.
 */
export function byConsent(consents: readonly Consent[], question: ConsentQuestion): Ground | null {
  if (!consents.some((consent) => namesRecipient(consent, question))) return null;
  const answer = checkConsents(consents, question);
  if (answer.outcome !== "PERMIT") return null;
  const named = consents.find(
    (consent) =>
      consent.effect === "PERMIT" &&
      namesRecipient(consent, question) &&
      answer.basedOn.some(({ id, version }) => id === consent.id && version === consent.version),
  );
  return named === undefined ? null : { reference: named.id, since: named.recordedAt };
}
