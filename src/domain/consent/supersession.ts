import { PATIENT_PRIVACY } from "./hl7Codes.ts";
import type { Code, Consent, RecipientTerms } from "./types.ts";

const PRIVACY: readonly Code[] = [PATIENT_PRIVACY];

export const areasOf = ({ areas }: Pick<Consent, "areas">): readonly Code[] => areas ?? PRIVACY;

const isWithin = (some: readonly string[], others: readonly string[]): boolean =>
  some.every((each) => others.includes(each));

/** Whether they are the same as sets; null is its own. */
function sameSet(a: readonly string[] | null, b: readonly string[] | null): boolean {
  if (a === null || b === null) return a === b;
  return isWithin(a, b) && isWithin(b, a);
}

const sameRecipient = (a: RecipientTerms, b: RecipientTerms): boolean =>
  a.clientId === b.clientId &&
  a.subject?.id === b.subject?.id &&
  a.subject?.type === b.subject?.type &&
  a.role === b.role &&
  a.organization === b.organization &&
  a.group === b.group &&
  a.identifier === b.identifier;

function sameRecipients(a: Consent["recipients"], b: Consent["recipients"]): boolean {
  if (a === null || b === null) return a === b;
  const isAmong = (one: RecipientTerms, others: readonly RecipientTerms[]) =>
    others.some((other) => sameRecipient(one, other));
  return a.every((one) => isAmong(one, b)) && b.every((one) => isAmong(one, a));
}

/** Whether a consent has begun to stand in the place of older ones. Withdrawn before that, it never does. */
function hasBegun({ madeAt, recordedAt, step, validFrom }: Consent, at: number): boolean {
  if (madeAt === null) return false;
  const begins = Math.max(madeAt, validFrom ?? madeAt);
  return begins <= at && (step === "RECORDED" || recordedAt >= begins);
}

/**
 * Whether a consent has taken the place of another by a time (milliseconds since 1970): it was made later, has begun, and
 * has the same patient, areas, recipients and purposes. For good: not until it is withdrawn or expires. What was said in
 * answer to a request replaces such answers alone: nobody was asked of the rest.
 */
export function replaces(newer: Consent, older: Consent, at: number): boolean {
  return (
    newer.madeAt !== null &&
    older.madeAt !== null &&
    newer.madeAt > older.madeAt &&
    (newer.answers === undefined || older.answers !== undefined) &&
    newer.patient === older.patient &&
    hasBegun(newer, at) &&
    sameSet(newer.purposes, older.purposes) &&
    sameRecipients(newer.recipients, older.recipients) &&
    sameSet(areasOf(newer), areasOf(older))
  );
}
