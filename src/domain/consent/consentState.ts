import { replacedAmong } from "./supersession.ts";
import type { Consent } from "./types.ts";

/**
 * Where a version of a consent is in its life. ACTIVE: it counts, from its beginning on. SUPERSEDED: a later version or a newer
 * consent counts instead, for good. WITHDRAWN: the patient took it back. EXPIRED: its period is over.
 */
export type ConsentState = "ACTIVE" | "SUPERSEDED" | "WITHDRAWN" | "EXPIRED";

/** `newest`: the newest version of each consent of the patient, perhaps with others. */
export function consentState(consent: Consent, newest: readonly Consent[], now: number): ConsentState {
  const later = newest.find(({ id }) => id === consent.id);
  if (later !== undefined && later.version > consent.version) return "SUPERSEDED";
  if (consent.step === "WITHDRAWN") return "WITHDRAWN";
  if (replacedAmong(newest, now)(consent) === "ALL") return "SUPERSEDED";
  return consent.validUntil !== null && consent.validUntil <= now ? "EXPIRED" : "ACTIVE";
}
