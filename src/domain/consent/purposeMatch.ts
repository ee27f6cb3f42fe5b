import { isKnownPurpose, PURPOSE_SYSTEM } from "../scopes/purposes.ts";
import { BREAK_GLASS, codeIn, mustBeNamed, OPERATIONS } from "./hl7Codes.ts";
import { isNarrowerPurpose } from "./purposeTree.ts";
import { ROUTINE_USES } from "./routineUse.ts";
import type { Code, ConsentTerms } from "./types.ts";

type Purposes = Pick<ConsentTerms, "effect" | "purposes">;

/** Whether one of the exceptions names BTG: then the consent as a whole speaks of it. */
const speaksOfBreakGlass = ({ exceptions }: ConsentTerms): boolean =>
  exceptions.some(({ purposes }) => purposes?.includes(BREAK_GLASS));

/** A permission is for what has to be named only where it names it; a refusal for BTG where its exceptions speak of it. */
const isForAny = (consent: ConsentTerms, effect: ConsentTerms["effect"], purpose: Code): boolean =>
  effect === "PERMIT" ? !mustBeNamed(purpose) : purpose !== BREAK_GLASS || speaksOfBreakGlass(consent);

/** Whether it is known what a purpose of a request means. */
const isKnown = (purpose: Code): boolean => isKnownPurpose(codeIn(PURPOSE_SYSTEM, purpose) ?? purpose);

/** Whether a refusal of some purposes reaches another as a narrower one, which it does not name. */
export const isRefusedAsNarrower = (purposes: ConsentTerms["purposes"], purpose: Code | null): boolean =>
  purpose !== null &&
  purposes !== null &&
  !purposes.includes(purpose) &&
  purposes.some((wide) => isNarrowerPurpose(purpose, wide, "DENY"));

/**
 * Whether a consent, or an exception of it, is for a purpose: by its code with its system; a refusal for narrower ones too, and a permission
 * where its consent says so. Purpose null: none was declared, which fits every refusal, and permissions that name none. One that is not known
 * fits every refusal, and no permission.
 */
export function isForPurpose(consent: ConsentTerms, { effect, purposes }: Purposes, purpose: Code | null): boolean {
  if (purpose === null) return effect === "DENY" || purposes === null;
  if (!isKnown(purpose)) return effect === "DENY";
  if (purposes === null) return isForAny(consent, effect, purpose);
  if (purposes.includes(purpose)) return true;
  if (effect === "DENY") return isRefusedAsNarrower(purposes, purpose);
  return consent.includeNarrower && purposes.some((wide) => isNarrowerPurpose(purpose, wide, effect));
}

/**
 * Whether a permission is for a purpose only as what HL7 has below health care operations and 45 CFR 164.501 does not: a consent to those
 * operations is none for it where 42 CFR Part 2 holds (2.11, 2.31(a)(5)).
 */
export const isBeyondOperations = (purposes: ConsentTerms["purposes"], purpose: Code | null): boolean =>
  purpose !== null &&
  purposes !== null &&
  !purposes.includes(purpose) &&
  !ROUTINE_USES.has(codeIn(PURPOSE_SYSTEM, purpose) ?? "") &&
  purposes.every((wide) => wide === OPERATIONS || !isNarrowerPurpose(purpose, wide, "PERMIT"));
