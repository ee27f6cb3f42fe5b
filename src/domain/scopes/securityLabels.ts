import { Memo } from "../kernel/memo.ts";
import { canonicalCode, canonicalSystem, judgeCodeSystem } from "./codeSystems.ts";
import vocabulary from "./definitions/vocabulary.json" with { type: "json" };
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

type Owner = "HL7" | "OTHER";
const LABEL_SYSTEMS: readonly string[] = [CONFIDENTIALITY_SYSTEM, ACT_CODE_SYSTEM];
/** The two by name, in whatever address of HL7's or without one. */
const NAMED_LIKE =
  /(?:^|[/:.\s])(?:v3[-/]?)?(?:Act-?Codes?|Act(?:Information)?SensitivityPolicy|(?:Act)?InformationSensitivityPolicy|Confidentiality(?:Codes?)?)\/?$/i;
const IS_ADDRESS = /^[a-z][a-z0-9+.-]*:./i;
const IS_HL7S = /^https?:\/\/(?:www\.)?(?:terminology\.)?hl7\.org\//i;

/** Whose labels a system has: a slip in the address of one of HL7's two is that one; another system's R is never R. */
function ownerOf(given: string): Owner {
  const system = canonicalSystem(given);
  if (LABEL_SYSTEMS.includes(system)) return "HL7";
  const verdict = judgeCodeSystem(system);
  if (verdict.kind === "WRONG" && verdict.nearest !== null)
    return LABEL_SYSTEMS.includes(verdict.nearest) ? "HL7" : "OTHER";
  if (verdict.kind === "KNOWN") return "OTHER";
  return NAMED_LIKE.test(system) && (IS_HL7S.test(system) || !IS_ADDRESS.test(system)) ? "HL7" : "OTHER";
}

/** The code of HL7's that one of the parts is, in whatever letters; a version is none. */
const hl7Code = (parts: readonly string[]): Label | undefined =>
  parts.map((part) => codesByUpperCase.get(part.toUpperCase())).find((code) => code !== undefined);

function parse(text: string): Label {
  const parts = text
    .replace(/\p{C}/gu, "")
    .split(/[|#^]/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const [system = "", ...codes] = parts;
  if (codes.length > 0 && ownerOf(system) === "HL7") return codeOfHl7(system, codes);
  if (codes.length > 0) return canonicalCode(text) as Label;
  const own = codesByUpperCase.get(system.toUpperCase());
  if (own !== undefined) return own;
  const joined = /^(.+)[/:\s]+([^/:\s]+)$/.exec(system);
  const [, before = "", last = ""] = joined ?? [];
  return (joined !== null && ownerOf(before) === "HL7" ? hl7Code([last]) : undefined) ?? (text as Label);
}

const CONFIDENTIALITY_LIKE = /confidentiality|2\.16\.840\.1\.113883\.5\.25/i;
/** What data is labelled with, of all that ActCode has. */
const isOfData = (label: string): boolean =>
  (CONFIDENTIALITIES as readonly string[]).includes(label) || label in parents || label === "42CFRPart2";

/** A code in one of HL7's two systems. One that HL7 has not among confidentialities stays theirs, and counts as the highest. */
function codeOfHl7(system: string, codes: readonly string[]): Label {
  const found = hl7Code(codes.toReversed());
  const last = codes.at(-1) ?? "";
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

/** A label as `system|code`: a house's own counts as one of ActCode. */
export function codeOfLabel(label: Label): string {
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

const NEAR_NOTHING: readonly string[] = [];
const near = new Memo<readonly string[]>(2_000);

/** The sensitivities that a house's own label is one letter away from, so that it may be meant for them; of HL7's own codes none. */
export function sensitivitiesNear(label: string): readonly string[] {
  if (known.has(label) || label.includes("|")) return NEAR_NOTHING;
  const text = label.toUpperCase();
  const isNear = (code: string): boolean =>
    code.length > 1 && Math.abs(code.length - text.length) <= 1 && editDistance(text, code.toUpperCase()) === 1;
  const found = near.get(label) ?? [...SENSITIVITIES, "42CFRPart2"].filter(isNear);
  near.set(label, found);
  return found;
}
