import { type AlertCause, type AlertVerdict, type DetectorCode, DetectorCodeWords } from "../../generated/schema.ts";
import { whenWords } from "../../ui/when.tsx";

/** What a detector finds, in the words in which alerts are called. */
export const unusualText = (code: DetectorCode): string => DetectorCodeWords[code].replace(/\.$/, "");
export const UNUSUAL_OPTIONS = (Object.keys(DetectorCodeWords) as readonly DetectorCode[]).map((id) => ({
  id,
  name: unusualText(id),
}));

/** The service's sentence, with the words of this page for what it names by codes. */
export const inWords = (nextStep: string): string =>
  nextStep
    .replace(", as `relationToEnter` has it", "")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, (minute) =>
      whenWords(new Date(minute.replace(" UTC", "Z").replace(" ", "T"))),
    )
    .replace(
      /\b[A-Z]+_[A-Z_]+\b|\bEXPECTED\b/g,
      (code) => `"${VERDICTS.find(({ id }) => id === code)?.name ?? CAUSES[code as AlertCause] ?? code}"`,
    );

/** In the order of their keys 1, 2, 3. */
export const VERDICTS: readonly { readonly id: AlertVerdict; readonly name: string }[] = [
  { id: "TRUE_POSITIVE", name: "It should not have been" },
  { id: "EXPECTED", name: "Unusual, for a good reason" },
  { id: "FALSE_POSITIVE", name: "Nothing unusual" },
];
export const verdictText = (verdict: AlertVerdict): string =>
  VERDICTS.find(({ id }) => id === verdict)?.name ?? verdict;

export const CAUSES: Readonly<Record<AlertCause, string>> = {
  SNOOPING: "Somebody looked without a reason",
  STOLEN_CREDENTIALS: "Somebody else used a key or account",
  MISUSED_PRIVILEGE: "Used what they may do for something else",
  MISCONFIGURED_CLIENT: "A client does what it was not meant to",
  MISSING_RELATION: "A reason that the directory did not know",
  NEW_DUTIES: "New work, or another place of work",
  BATCH_JOB: "A program does its work",
  TEST: "Somebody tried something on purpose",
  OTHER: "Something else, as the text says",
};
