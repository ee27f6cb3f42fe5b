import { Memo } from "../kernel/memo.ts";
import { canonicalCode, canonicalSystem, isHl7System, judgeCodeSystem } from "./codeSystems.ts";
import vocabulary from "./definitions/vocabulary.json" with { type: "json" };
import { foldedText, wordsRead } from "./foldedText.ts";
import { editDistance } from "./nearest.ts";

const HL7 = "http://terminology.hl7.org/CodeSystem/";
export const CONFIDENTIALITY_SYSTEM = `${HL7}v3-Confidentiality`;
/** Of sensitivities, of the marks of laws (42CFRPart2), and of what a consent is by itself (OPTIN, OPTOUT). */
export const ACT_CODE_SYSTEM = `${HL7}v3-ActCode`;

/** HL7 v3 Confidentiality, the least first. */
export const CONFIDENTIALITIES = ["U", "L", "M", "N", "R", "V"] as const;

/** By code, what a sensitivity of HL7 v3 ActCode (InformationSensitivityPolicy) is directly below; null: nothing. */
const parents: Readonly<Record<string, string | null>> = vocabulary.sensitivities;
export const SENSITIVITIES: readonly string[] = Object.keys(parents);

declare const read: unique symbol;
/**
 * A security label in its one form: a code of HL7 v3 Confidentiality or ActCode by the code alone, one of another system as `system|code`,
 * and a house's own as it was written. `labelOf` alone makes one, so that nothing compares the text of a caller.
 */
export type Label =
  | (typeof CONFIDENTIALITIES)[number]
  | keyof typeof vocabulary.sensitivities
  | "42CFRPart2"
  | (string & { readonly [read]: "label" });

/** Confidentialities first: R, V, N, M and L are codes of ActCode too, of things that no data is labelled with. */
const codesByUpperCase: ReadonlyMap<string, Label> = new Map(
  [...vocabulary.actCodes, ...SENSITIVITIES, ...CONFIDENTIALITIES].map((code) => [code.toUpperCase(), code as Label]),
);
const known: ReadonlySet<string> = new Set(codesByUpperCase.values());

/** What data is labelled with, of all that ActCode has. */
const isOfData = (label: string): boolean =>
  (CONFIDENTIALITIES as readonly string[]).includes(label) || label in parents || label === "42CFRPart2";

type Owner = "HL7" | "OTHER";
const LABEL_SYSTEMS: readonly string[] = [CONFIDENTIALITY_SYSTEM, ACT_CODE_SYSTEM];
/** The two, and the value sets of their codes, by name, in whatever address of HL7's or without one. */
const NAMED_LIKE =
  /(?:^|[/:.\s])(?:v3[-/]?)?(?:Act-?Codes?|Act(?:Information)?SensitivityPolicy|(?:Act)?InformationSensitivityPolicy|Confidentiality(?:Codes?)?|security-labels?)\/?$/i;
/** Value sets of their codes by object identifier, InformationSensitivityPolicy and Confidentiality; and the namespace of CDA. */
const NAMED_ALIKE = /^(?:urn:)?(?:oid:)?2\.16\.840\.1\.113883\.1\.11\.(?:20428|10228)$|^urn:hl7-org:v3$/i;
const IS_ADDRESS = /^[a-z][a-z0-9+.-]*:./i;

/** Whose labels a system has: a slip in the address of one of HL7's two is that one; another system's R is never R. */
function ownerOf(given: string): Owner {
  const system = canonicalSystem(given);
  if (LABEL_SYSTEMS.includes(system) || NAMED_ALIKE.test(system)) return "HL7";
  const verdict = judgeCodeSystem(system);
  if (verdict.kind === "WRONG" && verdict.nearest !== null)
    return LABEL_SYSTEMS.includes(verdict.nearest) ? "HL7" : "OTHER";
  if (verdict.kind === "KNOWN") return "OTHER";
  const name = system.replace(/[?;].*$|\/version\/.*$/, "");
  return NAMED_LIKE.test(name) && (isHl7System(name) || !IS_ADDRESS.test(name)) ? "HL7" : "OTHER";
}

const hl7CodeOf = (part: string): Label | undefined => codesByUpperCase.get(part.toUpperCase());
/** The code of HL7's that one of the parts is, in whatever letters, one of data first: a version may be a code of something else. */
function hl7Code(parts: readonly string[]): Label | undefined {
  const found = parts.map(hl7CodeOf).filter((code) => code !== undefined);
  return found.find(isOfData) ?? found[0];
}

const IS_VERSION = /^(?:v|version|v=|version=)?\d[\w.-]*$/i;

const partsOf = (text: string): readonly string[] =>
  foldedText(text)
    .replace(/\p{C}/gu, "")
    .split(/[|#^]/)
    .map((part) => part.trim().replace(/[;?]v(?:ersion)?=[\w.-]*$/i, ""))
    .filter((part) => part !== "");

/** The words of a part, but for those of addresses in it. */
const wordsOfCodes = (part: string): readonly string[] =>
  wordsRead(part.replace(/(?:[a-z][a-z0-9+.-]*:\/\/|urn:)[^|,;\s\\<>¦"']*/gi, " "));

/** The codes of data that stand in parts of a text as words. A single letter is one among codes alone, or by itself: "ward R" is a ward. */
function codesRead(parts: readonly string[]): readonly Label[] {
  const words = parts.flatMap(wordsOfCodes);
  const isList = words.every((word) => hl7CodeOf(word) !== undefined || LEVEL_WORDS.test(word));
  const items = new Set(
    parts.flatMap((part) => part.toUpperCase().split(/[,;~&+"'()[\]{}]/)).map((item) => item.trim()),
  );
  const meant = words.flatMap((word) => {
    const code = hl7CodeOf(word);
    return code !== undefined && isOfData(code) && (isList || word.length > 1 || items.has(word)) ? [code] : [];
  });
  const joined = words.every(({ length }) => length === 1) ? hl7CodeOf(words.join("")) : undefined;
  if (joined !== undefined && isOfData(joined)) meant.push(joined);
  if (/42CFRPART2(?!CD)/.test(words.join(""))) meant.push("42CFRPart2");
  return [...new Set(meant)];
}

function parse(text: string): Label {
  const parts = partsOf(text);
  const [first = "", ...codes] = parts;
  if (codes.length > 0) {
    const at = parts.findIndex((part) => ownerOf(part) === "HL7");
    const others = parts.filter((_, i) => i !== at);
    if (at >= 0 && !others.some((part) => IS_ADDRESS.test(part)) && codesRead(others).length <= 1)
      return codeOfHl7(parts[at] ?? "", others);
    const own = codes.every((part) => IS_VERSION.test(part)) ? hl7CodeOf(first) : undefined;
    return own ?? (canonicalCode(text) as Label);
  }
  const own = hl7CodeOf(first);
  if (own !== undefined) return own;
  const joined = /^(.+)[/:\s]+([^/:\s]+)$/.exec(first);
  const [, before = "", last = ""] = joined ?? [];
  return (joined !== null && ownerOf(before) === "HL7" ? hl7CodeOf(last) : undefined) ?? (text as Label);
}

const CONFIDENTIALITY_LIKE = /confidentiality|2\.16\.840\.1\.113883\.(?:5\.25|1\.11\.10228)$/i;
/** A code in one of HL7's two systems. One that HL7 has not among confidentialities stays theirs, and counts as the highest. */
function codeOfHl7(system: string, codes: readonly string[]): Label {
  const found = hl7Code(codes.toReversed());
  const last = codes.findLast((code) => !IS_VERSION.test(code)) ?? codes.at(-1) ?? "";
  if (CONFIDENTIALITY_LIKE.test(system))
    return found !== undefined && isOfData(found) ? found : (`${CONFIDENTIALITY_SYSTEM}|${last}` as Label);
  return found ?? (last as Label);
}

/** Whether a label is a code of HL7 v3 Confidentiality or ActCode. */
export const isHl7Label = (label: Label): boolean => known.has(label);

const memo = new Memo<Label>(2_000);

/** The one form of a label, however its letters, its system, its version and what stands between them are written. */
export function labelOf(text: string): Label {
  if (known.has(text)) return text as Label;
  const found = memo.get(text) ?? parse(text);
  memo.set(text, found);
  return found;
}

/** Of several, each once, in the order in which they came; the list itself where it is in the one form. */
export function labelsOf(texts: readonly string[]): readonly Label[] {
  if (texts.length === 1 && known.has(texts[0] as string)) return texts as readonly Label[];
  return [...new Set(texts.map(labelOf))];
}

/** Of HL7's own each once: this runs for every decision. */
const hl7Codes: ReadonlyMap<string, string> = new Map([...known].map((label) => [label, withSystem(label as Label)]));

/** Whether a code as `system|code` is one of HL7's own labels. */
const hl7Forms: ReadonlySet<string> = new Set(hl7Codes.values());
export const isCodeOfHl7Label = (code: string): boolean => hl7Forms.has(code);

/** A label as `system|code`: a house's own counts as one of ActCode. */
export const codeOfLabel = (label: Label): string => hl7Codes.get(label) ?? withSystem(label);

function withSystem(label: Label): string {
  if (label.includes("|")) return label;
  const isLevel = (CONFIDENTIALITIES as readonly string[]).includes(label);
  return `${isLevel ? CONFIDENTIALITY_SYSTEM : ACT_CODE_SYSTEM}|${label}`;
}

/** A label as a token of FHIR: HL7's with their system, others as they are. */
export const tokenOfLabel = (label: string): string => (known.has(label) ? codeOfLabel(label as Label) : label);

/** Whether a sensitivity is the other one or below it. */
export function isWithinSensitivity(narrow: string, wide: string): boolean {
  for (let at: string | null = narrow; at !== null; at = parents[at] ?? null) if (at === wide) return true;
  return false;
}

const NOTHING: readonly Label[] = [];
/** HL7's own names of confidentialities, least first as the codes. */
const LEVEL_NAMES = ["UNRESTRICTED", "LOW", "MODERATE", "NORMAL", "RESTRICTED", "VERY RESTRICTED"];
/** What stands beside the code of one and says the same. */
const LEVEL_WORDS = /^(?:CONF(?:IDENTIALITY)?(?:CODE)?|UNRESTRICTED|LOW|MODERATE|NORMAL|VERY|RESTRICTED)$/;

/** Whether it is `system|code` of a system that is not HL7's, so that its codes are its own. */
function isOfSomebodyElse(label: string): boolean {
  const bar = label.indexOf("|");
  const system = canonicalSystem(label.slice(0, Math.max(bar, 0)));
  if (bar <= 0 || isHl7System(system)) return false;
  const { kind } = judgeCodeSystem(system);
  return kind === "FOREIGN" || kind === "KNOWN";
}

/** Sensitivities that one word is a letter away from. */
function sensitivitiesNear(word: string): readonly string[] {
  const isNear = (code: string): boolean =>
    code.length > 1 && Math.abs(code.length - word.length) <= 1 && editDistance(word, code.toUpperCase()) === 1;
  return [...SENSITIVITIES, "42CFRPart2"].filter(isNear);
}

function guess(label: string): readonly Label[] {
  if (isOfSomebodyElse(label)) return NOTHING;
  const parts = partsOf(label);
  const words = parts.flatMap(wordsOfCodes);
  const [only = ""] = words;
  const level = LEVEL_NAMES.indexOf(words.join(" "));
  if (level >= 0) return [CONFIDENTIALITIES[level] as Label];
  return words.length === 1 && hl7CodeOf(only) === undefined ? (sensitivitiesNear(only) as Label[]) : codesRead(parts);
}

const guessed = new Memo<readonly Label[]>(2_000);

/**
 * The codes of HL7's that a label which is none of them may be meant for, as refusals must find them: each that stands in its text as a word,
 * in a list of several, or under another system or object identifier of HL7's; a sensitivity that it is one letter away from. A label of
 * somebody else's system is itself alone.
 */
export function labelsPerhaps(label: string): readonly Label[] {
  if (known.has(label)) return NOTHING;
  const found = guessed.get(label) ?? guess(label);
  guessed.set(label, found);
  return found;
}

/** Whether a label names a system that nobody can have: what it says can't be read. */
export function isUnreadableLabel(label: string): boolean {
  if (known.has(label) || !/[|#^]/.test(label)) return false;
  const [system = "", ...codes] = partsOf(label);
  return codes.length > 0 && judgeCodeSystem(canonicalSystem(system)).kind === "WRONG";
}
