import type { Consent, RecipientTerms } from "./types.ts";

/**
 * Where a version of a consent is in its life. ACTIVE: it counts, from its beginning on. SUPERSEDED: a later version or a newer
 * consent counts instead, for good. WITHDRAWN: the patient took it back. EXPIRED: its period is over.
 */
export type ConsentState = "ACTIVE" | "SUPERSEDED" | "WITHDRAWN" | "EXPIRED";

/** The texts of a set, whatever the order of its members. */
const asSet = (values: readonly string[] | null): string =>
  values === null ? "any" : JSON.stringify([...new Set(values)].sort());

const recipientText = ({ clientId, group, identifier, organization, role, subject }: RecipientTerms): string =>
  JSON.stringify([clientId, subject?.type ?? null, subject?.id ?? null, role, organization, group, identifier]);

/** What a consent is about: of those that are about the same only the newest counts. */
const subjectMatter = ({ patient, purposes, recipients }: Consent): string =>
  JSON.stringify([patient, asSet(recipients?.map(recipientText) ?? null), asSet(purposes)]);

/** When it began to stand in the place of older ones; null: it did not, and where it was withdrawn before, it never does. */
function beginning({ madeAt, recordedAt, step, validFrom }: Consent): number | null {
  if (madeAt === null) return null;
  const begins = Math.max(madeAt, validFrom ?? madeAt);
  return step === "WITHDRAWN" && recordedAt < begins ? null : begins;
}

/**
 * Whether a consent has taken the place of another at a time: it was made later, is of the same patient, recipients and
 * purposes, and has begun. What was replaced doesn't come back when its successor is withdrawn or expires.
 */
export function replaces(newer: Consent, older: Consent, now: number): boolean {
  if (newer.id === older.id || newer.madeAt === null || older.madeAt === null || newer.madeAt <= older.madeAt)
    return false;
  const begins = beginning(newer);
  return begins !== null && begins <= now && subjectMatter(newer) === subjectMatter(older);
}

/** `newest`: the newest version of each consent of the patient, perhaps with others. */
export function consentState(consent: Consent, newest: readonly Consent[], now: number): ConsentState {
  const later = newest.find(({ id }) => id === consent.id);
  if (later !== undefined && later.version > consent.version) return "SUPERSEDED";
  if (consent.step === "WITHDRAWN") return "WITHDRAWN";
  if (newest.some((other) => replaces(other, consent, now))) return "SUPERSEDED";
  return consent.validUntil !== null && consent.validUntil <= now ? "EXPIRED" : "ACTIVE";
}
