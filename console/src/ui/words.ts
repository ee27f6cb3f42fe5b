/** `NO_MATCHING_RULE` as people read it: "No matching rule". */
export function words(code: string): string {
  const text = code.replaceAll("_", " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `alertsPerWeek` and `notify_privacy_officer` as people read them. */
export const spaced = (name: string): string => words(name.replace(/([a-z])([A-Z])/g, "$1 $2"));

/** "1 decision", "3,021 decisions". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
}

/** What the service shows a reviewer in the place of a patient's or resource's id. */
export const isPseudonym = (id: string): boolean => id.startsWith("~");

const KIND_WORDS: Readonly<Record<string, string>> = {
  ACCESS_REQUEST: "Access request",
  ACCOUNTING_SUSPENSION: "Suspended accounting",
  ALERT: "Alert",
  BREAK_GLASS: "Emergency",
  CONSENT_REQUEST: "Consent request",
  INQUIRY: "Question to you",
  LEGAL_HOLD: "Legal hold",
  PROPOSAL: "Proposal",
  RESTRICTION: "Restriction",
  REVIEW_CAMPAIGN: "Access review",
  REVIEW_ITEM: "Review items",
  SAMPLE: "Weekly sample",
  TOKEN_REVOCATION: "Revoked tokens",
};

export const kindWords = (kind: string): string => KIND_WORDS[kind] ?? words(kind);
