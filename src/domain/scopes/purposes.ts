import { Memo } from "../kernel/memo.ts";
import { codesMeant, judgeCodeSystem } from "./codeSystems.ts";
import vocabulary from "./definitions/vocabulary.json" with { type: "json" };
import { foldedText, wordsRead } from "./foldedText.ts";
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

/** What a purpose is not read through: a version in its system, percent-encoding, letters of other widths. */
const OBSCURED = /[%;?]|\/version\/|[^\x20-\x7e]/i;

/** The one form of a purpose, however its letters and its system are written: `btg` and `urn:oid:2.16.840.1.113883.5.8|BTG` are BTG. */
export function purposeOf(text: string): Purpose {
  if (isPurpose(text)) return text;
  const found = forms.get(text) ?? formOf(text);
  forms.set(text, found);
  return found;
}

const forms = new Memo<Purpose>(500);

function formOf(text: string): Purpose {
  if (OBSCURED.test(text.replace(/\p{C}/gu, ""))) return text as Purpose;
  const [meant = text, ...others] = codesMeant(text);
  // Of several parts one may be a version, or a code: which of them is not known.
  if (others.length > 0) return text as Purpose;
  const bar = meant.lastIndexOf("|");
  const own = inSystem(meant.slice(0, Math.max(bar, 0)))
    ? byUpperCase.get(meant.slice(bar + 1).toUpperCase())
    : undefined;
  return own ?? ((bar < 0 ? text : meant) as Purpose);
}

/** What a text that is none of HL7's purposes may mean. */
interface Reading {
  readonly isKnown: boolean;
  /** Which of those that have to be named it may be: its code is a word of it. */
  readonly mayBe: readonly Hl7Purpose[];
}
const TO_BE_NAMED = ["BTG", "HLEGAL"] as const satisfies readonly Hl7Purpose[];
const BREAK_GLASS_IN_WORDS = /^BREAK(?:ING)?(?:THE)?GLASS/;
/** The code of somebody else's system: nothing in it that parts codes. */
const ONE_CODE = /^[^|#^,;%\s]+(?: [^|#^,;%\s]+)*$/u;

function readingOf(purpose: string): Reading {
  // The name of a host says nothing of the code.
  const words: string[] = wordsRead(foldedText(purpose).replace(/[a-z][a-z0-9+.-]*:\/\/[^/?#|^\s]*/gi, " "));
  if (words.every(({ length }) => length === 1)) words.push(words.join(""));
  const isOneWord = words.length === 1 && !purpose.includes(":");
  const isInWords = words.some(
    (word, i) => word.startsWith("BREAK") && BREAK_GLASS_IN_WORDS.test(words.slice(i).join("")),
  );
  const mayBe = TO_BE_NAMED.filter(
    (code) =>
      words.includes(code) ||
      (code === "BTG" && (isInWords || (isOneWord && nearest(words[0] ?? "", PURPOSES) === code))),
  );
  return { isKnown: !mayBe.includes("BTG") && isOfSomebodyElse(purpose), mayBe };
}

/** Whether it is `system|code` of a system that is not HL7's, and of no other that is known for what it is not. */
function isOfSomebodyElse(purpose: string): boolean {
  const bar = purpose.indexOf("|");
  if (bar <= 0 || !ONE_CODE.test(purpose.slice(bar + 1))) return false;
  const system = purpose.slice(0, bar);
  return [system, foldedText(system)].every((each) => judgeCodeSystem(each).kind === "FOREIGN");
}

const readings = new Memo<Reading>(500);

function reading(purpose: string): Reading {
  const found = readings.get(purpose) ?? readingOf(purpose);
  readings.set(purpose, found);
  return found;
}

/**
 * Whether it is known what a purpose means: one of HL7's, or one of a system that is somebody else's. A code that stands alone and is none
 * of HL7's, a version, another value set or code system of HL7's, whatever its address or object identifier, and a system that no data
 * carries are not.
 */
export const isKnownPurpose = (purpose: string): boolean => isPurpose(purpose) || reading(purpose).isKnown;

/** Whether it is a purpose that has to be named, or may be meant for it: such a code stands in it, in whatever system and letters. */
export const mayBePurpose = (purpose: string, code: (typeof TO_BE_NAMED)[number]): boolean =>
  isPurpose(purpose) ? purpose === code : reading(purpose).mayBe.includes(code);

/** The part of a text that may be a code: what follows the last bar or number sign. */
const codePart = (text: string): string => text.slice(Math.max(text.lastIndexOf("|"), text.lastIndexOf("#")) + 1);
const wordsOf = (text: string): readonly string[] => text.split(/[^A-Z0-9]+/);

/** The purpose of use that a text which is none was probably to be, or null: `TREATMENT` and `T-TREAT` are near TREAT. */
export function meantPurpose(text: string): string | null {
  if (isPurpose(text)) return null;
  const code = codePart(foldedText(text)).toUpperCase();
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
