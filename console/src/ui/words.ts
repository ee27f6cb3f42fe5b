import type { AlertRank, CaseKind } from "../generated/schema.ts";

/** `NO_MATCHING_RULE` as people read it: "No matching rule". */
export function words(code: string): string {
  const text = code.replaceAll("_", " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `alertsPerWeek` and `notify_privacy_officer` as people read them. */
export const spaced = (name: string): string => words(name.replace(/([a-z])([A-Z])/g, "$1 $2"));

/** A number; null is of few patients, which auditors alone see. */
export const figure = (n: number | null): string => (n === null ? "few" : n.toLocaleString("en-US"));

/** A sum; null where one of the numbers is not known. */
export const sum = (numbers: readonly (number | null)[]): number | null =>
  numbers.reduce<number | null>((all, n) => (all === null || n === null ? null : all + n), 0);

export const FEW_MEANS =
  "Few: about 10 patients, or people, or fewer. How many, auditors alone see; other numbers beside it are rounded down.";

/** "1 decision", "3,021 decisions". */
export function count(n: number | null, one: string, many = `${one}s`): string {
  return n === 1 ? `1 ${one}` : `${figure(n)} ${many}`;
}

/** What the service shows a reviewer in the place of a patient's or resource's id. */
export const isPseudonym = (id: string): boolean => id.startsWith("~");

const KIND_WORDS: Readonly<Record<CaseKind, string>> = {
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

export const kindWords = (kind: CaseKind): string => KIND_WORDS[kind];

/** How soon to look at an alert: after HIGH, alerts come in this order everywhere. */
export const RANK_WORDS: Readonly<Record<AlertRank, string>> = {
  SENSITIVE_UNEXPLAINED: "Look first: sensitive, and nothing explains it",
  UNEXPLAINED: "Nothing explains it",
  UNUSUAL: "Explained, but unusual",
};
