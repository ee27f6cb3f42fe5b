// Codes with their words, wherever the console shows one: what a code means stands here, and nowhere else.
import { type ReasonCode, ReasonCodeWords } from "../generated/schema.ts";
import { PURPOSE_WORDS } from "./purposeWords.ts";
import { words } from "./words.ts";

/** HL7's confidentiality and sensitivity, and other labels of data, to stand in a sentence. */
const LABEL_WORDS: Readonly<Record<string, string>> = {
  "42CFRPart2": "42 CFR Part 2 records",
  ANONYED: "anonymized data",
  BH: "behavioral health data",
  DEID: "de-identified data",
  ETH: "substance use records",
  ETHUD: "alcohol use records",
  GDIS: "genetic data",
  HIV: "HIV data",
  L: "data of low confidentiality",
  M: "data of moderate confidentiality",
  MH: "mental health data",
  N: "ordinary data",
  OPIOIDUD: "opioid use records",
  PSEUDED: "pseudonymized data",
  PSY: "psychiatric data",
  PSYTHPN: "psychotherapy notes",
  R: "restricted data",
  SDV: "data on domestic violence",
  SEX: "data on sexuality and reproduction",
  STD: "data on sexually transmitted disease",
  SUD: "substance use records",
  U: "unrestricted data",
  V: "very restricted data",
};

/** `system|code` as people know it: its code. */
export const codeOf = (coded: string): string => coded.slice(coded.lastIndexOf("|") + 1);
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "treatment"; null: no code that is known. */
export const purposeText = (coded: string): string | null => PURPOSE_WORDS[codeOf(coded)] ?? null;
/** "restricted data"; null: no code that is known. */
export const labelText = (coded: string): string | null => LABEL_WORDS[codeOf(coded)] ?? null;

/** "Treatment (TREAT)", where one text is all that fits, as in a choice. */
export function purposeName(coded: string): string {
  const text = purposeText(coded);
  return text === null ? codeOf(coded) : `${capital(text)} (${codeOf(coded)})`;
}

/** "Restricted data (R)". */
export function labelName(coded: string): string {
  const text = labelText(coded);
  return text === null ? codeOf(coded) : `${capital(text)} (${codeOf(coded)})`;
}

/** Why in a word or two, and in the schema's sentence. */
export const reasonName = (code: string): string => words(code);
export const reasonMeans = (code: string): string | undefined => ReasonCodeWords[code as ReasonCode];

/** Purposes that are mostly given. */
export const USUAL_PURPOSES = [
  ...["TREAT", "ETREAT", "CAREMGT", "HPAYMT", "HOPERAT", "HRESCH", "PUBHLTH", "PATRQT", "FAMRQT", "HSYSADMIN"],
  ...["HMARKT", "HLEGAL", "BTG"],
] as const;
/** Of a choice; the code is what is sent. */
export const PURPOSE_OPTIONS = USUAL_PURPOSES.map((id) => ({ id, name: purposeName(id) }));
