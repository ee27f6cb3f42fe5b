import { codesMeant, judgeCodeSystem } from "./codeSystems.ts";
import vocabulary from "./definitions/vocabulary.json" with { type: "json" };
import { nearest } from "./nearest.ts";

const parents: Readonly<Record<string, string | null>> = vocabulary.purposesOfUse;

/** The codes of HL7 v3 PurposeOfUse (terminology.hl7.org/ValueSet/v3-PurposeOfUse). */
export const PURPOSES: ReadonlySet<string> = new Set(Object.keys(parents));

/** A code of HL7 v3 PurposeOfUse. */
export type Hl7Purpose = keyof typeof vocabulary.purposesOfUse;
declare const read: unique symbol;
/**
 * A purpose of use in its one form: a code of HL7 v3 PurposeOfUse by the code alone, one of another system as `system|code`,
 * and what is neither as it was written. `purposeOf` alone makes one, so that nothing compares the text of a caller.
 */
export type Purpose = Hl7Purpose | (string & { readonly [read]: "purpose" });

/** The code system of HL7's purposes. */
export const PURPOSE_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

export const isPurpose = (code: string): code is Hl7Purpose => PURPOSES.has(code);

const byUpperCase: ReadonlyMap<string, Hl7Purpose> = new Map(
  [...PURPOSES].filter(isPurpose).map((code) => [code.toUpperCase(), code]),
);
const inSystem = (system: string): boolean => system === "" || system === PURPOSE_SYSTEM;

/** The one form of a purpose, however its letters and its system are written: `btg` and `urn:oid:2.16.840.1.113883.5.8|BTG` are BTG. */
export function purposeOf(text: string): Purpose {
  if (isPurpose(text)) return text;
  const [meant = text, ...others] = codesMeant(text);
  // Of several parts one may be a version, or a code: which of them is not known.
  if (others.length > 0) return text as Purpose;
  const bar = meant.lastIndexOf("|");
  const own = inSystem(meant.slice(0, Math.max(bar, 0)))
    ? byUpperCase.get(meant.slice(bar + 1).toUpperCase())
    : undefined;
  return own ?? ((bar < 0 ? text : meant) as Purpose);
}

/**
 * Whether it is known what a purpose means: one of HL7's, or one of a system that is somebody else's. A code that stands alone and is none
 * of HL7's, a version, another value set and a system that no data carries are not.
 */
export function isKnownPurpose(purpose: string): boolean {
  if (isPurpose(purpose)) return true;
  if (isLikeBreakGlass(purpose)) return false;
  const bar = purpose.lastIndexOf("|");
  if (bar <= 0 || bar === purpose.length - 1) return false;
  const system = purpose.slice(0, bar);
  if (system === PURPOSE_SYSTEM) return isPurpose(purpose.slice(bar + 1));
  return !system.includes("|") && judgeCodeSystem(system).kind === "FOREIGN";
}

/** Whether it is to break the glass, in whatever system and letters: such a code of another system than HL7's could be meant for HL7's. */
export const isLikeBreakGlass = (purpose: string): boolean => /(?:^|[|#^/:\s])btg$/i.test(purpose);

/** The part of a text that may be a code: what follows the last bar or number sign. */
const codePart = (text: string): string => text.slice(Math.max(text.lastIndexOf("|"), text.lastIndexOf("#")) + 1);
const wordsOf = (text: string): readonly string[] => text.split(/[^A-Z0-9]+/);

/** The purpose of use that a text which is none was probably to be, or null: `TREATMENT` and `T-TREAT` are near TREAT. */
export function meantPurpose(text: string): string | null {
  if (isPurpose(text)) return null;
  const code = codePart(text).toUpperCase();
  const near = wordsOf(code).find(isPurpose) ?? nearest(code, PURPOSES);
  if (near !== null) return near;
  const within = [...PURPOSES].filter((each) => each.length > 3 && (code.startsWith(each) || code.endsWith(each)));
  return within.sort((a, b) => b.length - a.length)[0] ?? null;
}

/** Whether a purpose is below another in HL7's tree. */
export function isBelowPurpose(narrow: string, wide: string): boolean {
  for (let at = parents[narrow] ?? null; at !== null; at = parents[at] ?? null) if (at === wide) return true;
  return false;
}
