import { combine } from "./combine.ts";
import { isForPurpose } from "./purposeMatch.ts";
import { addStatements, isMeant } from "./statements.ts";
import type { Code, Consent, ConsentProblem, ConsentQuestion } from "./types.ts";

/** How a consent that does not help came near to it. The nearest first: of several it is the first that is told. */
const NEARNESS = [
  "NOT_YET",
  "WITHDRAWN",
  "EXPIRED",
  "OTHER_RECIPIENT",
  "OTHER_PURPOSE",
  "WITHDRAWN_REFUSAL",
  "EXPIRED_REFUSAL",
  "NONE",
] as const;
type Nearness = (typeof NEARNESS)[number];

const TOLD: Readonly<Record<Nearness, ConsentProblem>> = {
  NOT_YET: "NOT_YET",
  WITHDRAWN: "WITHDRAWN",
  EXPIRED: "EXPIRED",
  OTHER_RECIPIENT: "OTHER_RECIPIENT",
  OTHER_PURPOSE: "OTHER_PURPOSE",
  WITHDRAWN_REFUSAL: "WITHDRAWN",
  EXPIRED_REFUSAL: "EXPIRED",
  NONE: "NONE",
};

/** A consent that was replaced by none, begun or not. */
function nearness(consent: Consent, question: ConsentQuestion, purpose: Code | null): Nearness {
  const { at } = question;
  const isLater = consent.validFrom !== null && consent.validFrom > at;
  if (isLater && consent.step === "WITHDRAWN") return "NONE";
  // An answer says nothing of others than who asked.
  if (consent.answers !== undefined && !isMeant(consent, question)) return "NONE";
  const isExpired = consent.validUntil !== null && consent.validUntil <= at;
  if (consent.step === "WITHDRAWN" || isExpired || isLater) {
    const said = { permissions: [], refusals: [], isForOthers: false };
    addStatements(said, consent, { question, purpose, ended: null });
    const { outcome } = combine(said, question);
    if (isLater) return outcome === "PERMIT" ? "NOT_YET" : "NONE";
    const past = consent.step === "WITHDRAWN" ? "WITHDRAWN" : "EXPIRED";
    if (outcome === "PERMIT") return past;
    return said.refusals.length > 0 ? `${past}_REFUSAL` : "NONE";
  }
  if (!isForPurpose(consent, consent, purpose)) return "OTHER_PURPOSE";
  return isMeant(consent, question) ? "NONE" : "OTHER_RECIPIENT";
}

/** Why consents don't help for a purpose, by those that come nearest. */
export interface NearMiss {
  readonly problem: ConsentProblem;
  readonly consents: readonly Consent[];
}

/** The nearest miss among what was not replaced. Asked only where no consent speaks to the question. */
export function nearestMiss(consents: readonly Consent[], question: ConsentQuestion, purpose: Code | null): NearMiss {
  let best = NEARNESS.length - 1;
  let nearest: Consent[] = [];
  for (const consent of consents) {
    const rank = NEARNESS.indexOf(nearness(consent, question, purpose));
    if (rank < best) nearest = [];
    if (rank <= best && NEARNESS[rank] !== "NONE") nearest.push(consent);
    best = Math.min(best, rank);
  }
  return { problem: TOLD[NEARNESS[best] ?? "NONE"], consents: nearest };
}
