import type { ReasonCode } from "./reason.ts";

/** ALLOWS: why it was allowed. DENIES: why not. NOTICE: it can stand beside either, and changes no answer. */
export const REASON_KINDS = {
  ALLOWED_BY_RULE: "ALLOWS",
  ALLOWED_BY_PROTOCOL_SCOPES: "ALLOWS",
  UNKNOWN_CLIENT: "DENIES",
  CLIENT_SUSPENDED: "DENIES",
  SUSPENDED_FOR_REVIEW: "DENIES",
  FACTS_DISAGREE: "DENIES",
  FACTS_REPLACED: "NOTICE",
  PURPOSE_REQUIRED: "DENIES",
  NO_SCOPES: "DENIES",
  UNKNOWN_SCOPE: "DENIES",
  SCOPE_NOT_ACTIVE: "DENIES",
  SCOPE_RETIRED: "DENIES",
  SCOPE_DEPRECATED: "NOTICE",
  SCOPE_NOT_GRANTED: "DENIES",
  SCOPE_NARROWED: "NOTICE",
  SCOPE_DOES_NOT_COVER: "DENIES",
  NO_MATCHING_RULE: "DENIES",
  DENIED_BY_RULE: "DENIES",
  CONDITION_ERROR: "NOTICE",
  CONSENT_REQUIRED: "DENIES",
  CONSENT_REFUSED: "DENIES",
  CONSENT_WITHDRAWN: "DENIES",
  CONSENT_EXPIRED: "DENIES",
  CONSENT_OTHER_PURPOSE: "DENIES",
  CONSENT_OTHER_RECIPIENT: "DENIES",
  CONSENT_DATA_EXCEPTED: "DENIES",
  BREAK_GLASS_REQUIRED: "DENIES",
  ALLOWED_BY_CONSENT: "NOTICE",
  BREAK_GLASS: "NOTICE",
} as const satisfies { readonly [Code in ReasonCode]: "ALLOWS" | "DENIES" | "NOTICE" };

/** Whoever adds one is asked for its place in each table of them: no list of some codes is silent about a new one. */
export type DenialCode = {
  [Code in ReasonCode]: (typeof REASON_KINDS)[Code] extends "DENIES" ? Code : never;
}[ReasonCode];

export const isDenial = (code: ReasonCode): code is DenialCode => REASON_KINDS[code] === "DENIES";
export const isNotice = (code: ReasonCode): boolean => REASON_KINDS[code] === "NOTICE";
