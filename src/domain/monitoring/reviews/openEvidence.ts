import type { Identity } from "../../callers/types.ts";
import { givenNumber, seenUse } from "../../simulation/fewPatients.ts";
import { seesPatients } from "../alerts/seen.ts";
import type { ReviewEvidence, ReviewItem, SeenEvidence, SeenItem } from "./campaign.ts";

/** What is told of the use by who is not known to work here, and may be a patient. */
const UNTOLD = { uses: null, lastUsedAt: null, few: true, usedIn: [], usedInCount: null, smaller: null } as const;

/**
 * Evidence as it is told to who may not know whose the accesses are. It depends on nothing but what was known when the review began, so that
 * advice, figures and report of a review stay what they are.
 */
export function openEvidence({ isStaff, patients, ...known }: ReviewEvidence): SeenEvidence {
  if (!isStaff) return { ...known, ...UNTOLD };
  const { smaller, usedIn, usedInCount } = known;
  const use = seenUse({ ...known, patients }, false);
  if (use.few) return { ...known, ...UNTOLD, lastUsedAt: use.lastUsedAt };
  const checked = smaller === null ? null : givenNumber(smaller.checked, { patients: patients ?? 1, isRounded: true });
  return { ...known, ...use, usedIn, usedInCount, smaller: smaller === null ? null : { ...smaller, checked } };
}

const wholeEvidence = ({ isStaff: _, patients: __, ...known }: ReviewEvidence): SeenEvidence => ({
  ...known,
  few: false,
});

/** An item as a caller may see it: the evidence as it is for auditors alone. */
export const seenItem = (caller: Pick<Identity, "roles">, item: ReviewItem): SeenItem => ({
  ...item,
  evidence: seesPatients(caller) ? wholeEvidence(item.evidence) : openEvidence(item.evidence),
});
