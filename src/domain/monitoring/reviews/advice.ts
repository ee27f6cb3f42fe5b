import { day } from "../../kernel/time.ts";
import { ALL_ORGANIZATIONS } from "../../policy/types.ts";
import type { ReduceTo, ReviewAccess, ReviewAdvice, SeenEvidence } from "./campaign.ts";

/** Organizations that a role for all is reduced to at most. */
const FEW_ORGANIZATIONS = 5;

const NOTHING: ReduceTo = { scopes: null, organizations: null, validUntil: null };

type Observed = Pick<SeenEvidence, "observedDays" | "windowDays">;

/** Whether it was there, and decisions on record, for the whole window: nothing younger is called unused. */
export const isObserved = ({ observedDays, windowDays }: Observed): boolean => observedDays >= windowDays;

/** `observed 12 of 90 days`. */
export const observedText = ({ observedDays, windowDays }: Observed): string =>
  `observed ${observedDays} of ${windowDays} days`;

/** Numbers are rounded down. */
const atLeast = (n: number): string => (n === 0 ? "0" : `${n} or more`);

const usedText = (evidence: SeenEvidence): string => {
  const last = evidence.lastUsedAt === null ? "" : `, last on ${day(evidence.lastUsedAt)}`;
  const used = evidence.uses === null ? "used" : `${atLeast(evidence.uses)} uses`;
  return `${used}${last}, ${observedText(evidence)}`;
};

/** The organizations that would do in the place of all; null where that can't be said. */
function fewerOrganizations({ organization }: ReviewAccess, evidence: SeenEvidence): readonly string[] | null {
  const { usedIn, usedInCount } = evidence;
  const named = usedIn.filter((each) => each !== null);
  const few = named.length > 0 && named.length <= FEW_ORGANIZATIONS && named.length === usedInCount;
  return organization === ALL_ORGANIZATIONS && isObserved(evidence) && few ? named : null;
}

/**
 * What the evidence speaks for, and by which figures; null: for nothing. What was not used counts only where the whole window was
 * observed and nobody has excepted it; what was used less than it reaches only where that was proven or is plain.
 * It follows from what all who review may see: of few patients only whether somebody who works here used their role.
 */
export function adviceFor(access: ReviewAccess, evidence: SeenEvidence): ReviewAdvice | null {
  const { exceptUntil, few, lastUsedAt, smaller, uses } = evidence;
  if (few && (access.kind === "GRANT" || lastUsedAt === null)) return null;
  if (uses === 0) {
    if (!isObserved(evidence) || exceptUntil !== null) return null;
    return { verdict: "REMOVE", to: null, formula: usedText(evidence) };
  }
  if (access.kind === "GRANT" && smaller !== null) {
    // Others serve as well, but which of them is to stay is for people to say.
    if (smaller.scopes.length === 0) return null;
    if (smaller.complete && isObserved(evidence) && !smaller.scopes.includes(access.scope ?? "")) {
      const proof = `${atLeast(smaller.checked ?? 0)} allowed accesses decided again with ${smaller.scopes.join(" ")} instead, 0 came out otherwise`;
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
