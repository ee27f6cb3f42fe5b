import { day } from "../../kernel/time.ts";
import { ALL_ORGANIZATIONS } from "../../policy/types.ts";
import type { ReduceTo, ReviewAccess, ReviewAdvice, ReviewEvidence } from "./campaign.ts";

/** Organizations that a role for all is reduced to at most. */
const FEW_ORGANIZATIONS = 5;

const NOTHING: ReduceTo = { scopes: null, organizations: null, validUntil: null };

/** Whether it was there, and decisions on record, for the whole window: nothing younger is called unused. */
export const isObserved = ({ observedDays, windowDays }: ReviewEvidence): boolean => observedDays >= windowDays;

/** `observed 12 of 90 days`. */
export const observedText = ({ observedDays, windowDays }: ReviewEvidence): string =>
  `observed ${observedDays} of ${windowDays} days`;

const usedText = (evidence: ReviewEvidence): string => {
  const last = evidence.lastUsedAt === null ? "" : `, last on ${day(evidence.lastUsedAt)}`;
  return `${evidence.uses} ${evidence.uses === 1 ? "use" : "uses"}${last}, ${observedText(evidence)}`;
};

/** The organizations that would do in the place of all; null where that can't be said. */
function fewerOrganizations({ organization }: ReviewAccess, evidence: ReviewEvidence): readonly string[] | null {
  const { usedIn, usedInCount } = evidence;
  const named = usedIn.filter((each) => each !== null);
  const few = named.length > 0 && named.length <= FEW_ORGANIZATIONS && named.length === usedInCount;
  return organization === ALL_ORGANIZATIONS && isObserved(evidence) && few ? named : null;
}

/**
 * What the evidence speaks for, and by which figures; null: for nothing. What was not used counts only where the whole window was
 * observed and nobody has excepted it; what was used less than it reaches only where that was proven or is plain.
 */
export function adviceFor(access: ReviewAccess, evidence: ReviewEvidence): ReviewAdvice | null {
  const { exceptUntil, smaller, uses } = evidence;
  if (uses === 0) {
    if (!isObserved(evidence) || exceptUntil !== null) return null;
    return { verdict: "REMOVE", to: null, formula: usedText(evidence) };
  }
  if (access.kind === "GRANT" && smaller !== null) {
    // Others serve as well, but which of them is to stay is for people to say.
    if (smaller.scopes.length === 0) return null;
    if (smaller.complete && isObserved(evidence) && !smaller.scopes.includes(access.scope ?? "")) {
      const proof = `${smaller.checked} allowed accesses decided again with ${smaller.scopes.join(" ")} instead, 0 came out otherwise`;
      return {
        verdict: "REDUCE",
        to: { ...NOTHING, scopes: smaller.scopes },
        formula: `${usedText(evidence)}; ${proof}`,
      };
    }
  }
  const organizations = fewerOrganizations(access, evidence);
  if (organizations !== null)
    return {
      verdict: "REDUCE",
      to: { ...NOTHING, organizations },
      formula: `${usedText(evidence)}; all of them in ${organizations.join(", ")}`,
    };
  return { verdict: "KEEP", to: null, formula: usedText(evidence) };
}
