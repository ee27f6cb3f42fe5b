import type { Silence } from "../policy/types.ts";
import { checkConsents } from "./checkConsents.ts";
import { silencePermits } from "./silence.ts";
import { isSpeciallyProtected, isSubstanceUse, SPECIALLY_PROTECTED } from "./specialProtection.ts";
import type { Consent, ConsentObligation, ConsentProblem, ConsentQuestion, ConsentRef } from "./types.ts";

/** What is known when consent is looked at. */
export interface ConsentFacts {
  /** The newest version of each consent of the patient, and perhaps of others. */
  readonly consents: readonly Consent[];
  /** What silence means where the resource is, for the purpose. */
  readonly silence: Silence;
}

/** A use of one patient's data under a scope. */
export interface ConsentUse {
  readonly question: ConsentQuestion;
  /** The purpose as a bare code; null: none is declared. */
  readonly purpose: string | null;
  /** Whether the scope asks for consent, whatever silence means. */
  readonly scopeAsks: boolean;
  /** Whether the subject is the patient, who needs no consent to see the own data: 45 CFR 164.524, 42 CFR 2.23. */
  readonly isOwn: boolean;
}

/** What made consent necessary: the scope, the labels of the data, or what silence means. */
export type ConsentNeed = "SCOPE" | "DATA" | "SILENCE";

export type ConsentVerdict =
  | {
      readonly permits: true;
      /** On which versions it rests; empty: on silence. */
      readonly basedOn: readonly ConsentRef[];
      readonly obligations: readonly ConsentObligation[];
      /** Whether substance-use data leaves by it, with which its notice must go. */
      readonly noRedisclosure: boolean;
    }
  | {
      readonly permits: false;
      readonly problem: ConsentProblem | "BREAK_GLASS";
      /** Null: what the patient said stands against it, whether consent was asked for or not. */
      readonly need: ConsentNeed | null;
      readonly basedOn: readonly ConsentRef[];
    };

const NO_OBLIGATIONS: readonly ConsentObligation[] = [];
const NO_REFS: readonly ConsentRef[] = [];
const BY_SILENCE: Extract<ConsentVerdict, { readonly permits: true }> = {
  permits: true,
  basedOn: NO_REFS,
  obligations: NO_OBLIGATIONS,
  noRedisclosure: false,
};

/**
 * What silence leaves to the caller where consent is in use: data that always asks for it is withheld, and data without
 * labels, which may be such, is labelled first.
 */
const WITHHELD: readonly ConsentObligation[] = [
  { type: "label" },
  { type: "redact", anyOf: [{ labels: SPECIALLY_PROTECTED }] },
];

/** What silence permits, under what consents refuse of a part of the data. */
function bySilence(
  { silence }: ConsentFacts,
  { isOwn, question: { data } }: ConsentUse,
  refused: readonly ConsentObligation[],
): ConsentVerdict {
  const isKnown = data.kind === "RESOURCE" && data.labels !== undefined;
  const obligations = isKnown || isOwn || silence === "PERMIT" ? refused : [...refused, ...WITHHELD];
  return obligations.length === 0 ? BY_SILENCE : { ...BY_SILENCE, obligations };
}

/** Whether a use of a patient's data has the consent that it needs. The one place: for decisions, tokens and what is made of them. */
export function checkConsent(facts: ConsentFacts, use: ConsentUse): ConsentVerdict {
  const { consents, silence } = facts;
  const { isOwn, purpose, question, scopeAsks } = use;
  const { data } = question;
  const labels = data.kind === "RESOURCE" ? (data.labels ?? []) : [];
  const need: ConsentNeed | null = scopeAsks
    ? "SCOPE"
    : isOwn
      ? null
      : isSpeciallyProtected(labels)
        ? "DATA"
        : silencePermits(silence, purpose)
          ? null
          : "SILENCE";
  if (consents.length === 0 && need === null) return bySilence(facts, use, NO_OBLIGATIONS);
  const answer = checkConsents(consents, question);
  switch (answer.outcome) {
    case "PERMIT": {
      const { basedOn, obligations } = answer;
      return { permits: true, basedOn, obligations, noRedisclosure: isSubstanceUse(labels) };
    }
    case "DENY":
      return { permits: false, problem: answer.problem, need, basedOn: answer.basedOn };
    case "NO_CONSENT": {
      const { basedOn, obligations, problem } = answer;
      if (need === null && answer.silence === "COUNTS") return bySilence(facts, use, obligations);
      const isGlass = need === "SILENCE" && silence === "BREAK_GLASS_ONLY" && problem === "NONE";
      return { permits: false, problem: isGlass ? "BREAK_GLASS" : problem, need, basedOn };
    }
  }
}
