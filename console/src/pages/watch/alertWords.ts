import type { AlertCause, AlertRank, AlertVerdict, DetectorCode } from "../../generated/schema.ts";

/** What is unusual, as whoever triages says it. */
export const UNUSUAL: Readonly<Record<DetectorCode, string>> = {
  BROADER_REQUEST: "Asked for more than ever before",
  NEW_SCOPE: "Used a scope for the first time",
  NEW_PURPOSE_OR_ORGANIZATION: "A new purpose or organization",
  NEW_NETWORK_OR_COUNTRY: "Came from a new network or country",
  FREQUENCY: "Far more accesses than usual",
  MANY_PATIENTS: "Many patients without a known reason",
  MANY_VIEWERS: "A patient whom unusually many looked at",
  UNRELATED_PATIENT: "Looked at a patient without a known relation",
  OWN_OR_RELATED_RECORD: "Looked at their own record, or at one of somebody close",
  DENIAL_BURST: "Tried one thing after another, and was denied",
  PRIVILEGE_THEN_USE: "Got wider access, and used it at once",
  DORMANT_CLIENT: "A client that nobody used for long is back",
  OFF_HOURS: "Worked at an unusual hour",
  BREAK_GLASS_EXCESS: "More emergencies than usual",
  SUNSET_USE: "Uses a scope that ends soon",
};

export const unusualText = (detectors: readonly DetectorCode[]): string =>
  detectors
    .map((code, i) => (i === 0 ? UNUSUAL[code] : UNUSUAL[code].charAt(0).toLowerCase() + UNUSUAL[code].slice(1)))
    .join("; ");

export const RANKS: Readonly<Record<AlertRank, string>> = {
  SENSITIVE_UNEXPLAINED: "Look first",
  UNEXPLAINED: "Not explained",
  UNUSUAL: "Explained, but unusual",
};

/** The service's sentence, with the words of this page for what it names by codes. */
export const inWords = (nextStep: string): string =>
  nextStep
    .replace(", as `relationToEnter` has it", "")
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
