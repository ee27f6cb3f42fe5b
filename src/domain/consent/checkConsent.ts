import type { Silence } from "../policy/types.ts";
import { checkConsents } from "./checkConsents.ts";
import { areUnlabelled } from "./labels.ts";
import { silencePermits } from "./silence.ts";
import { guardsAgainst, isSpeciallyProtected, isSubstanceUse } from "./specialProtection.ts";
import type {
  Code,
  Consent,
  ConsentAnswer,
  ConsentObligation,
  ConsentProblem,
  ConsentQuestion,
  ConsentRef,
} from "./types.ts";

/** What is known when consent is looked at. */
export interface ConsentFacts {
  /** The newest version of each consent of the patient, and perhaps of others. */
  readonly consents: readonly Consent[];
  /** What silence means where the resource is, for the purpose. */
  readonly silence: Silence;
  /** Whether data leaves whose labels the organization does not vouch for: what is specially protected among it must not. */
  readonly isGuarded: boolean;
}

/** A use of one patient's data under a scope. */
export interface ConsentUse {
  readonly question: ConsentQuestion;
  /** The purpose as a bare code; null: none is declared. */
  readonly purpose: string | null;
  /** Whether the scope asks for consent, whatever silence means. */
  readonly scopeAsks: boolean;
  /** Whether a program of 42 CFR Part 2 writes a record of its own, which discloses nothing (42 CFR 2.12(c)(3)). Absent: no. */
  readonly isOwnProgram?: boolean;
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
      /** Of NOT_YET: when the consent begins, in milliseconds since 1970. */
      readonly from?: number;
      /** The FHIR resources of persons to whom nobody is linked yet, for which it denies everybody; absent: none. */
      readonly unlinked?: readonly string[];
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

/** Whether the data bears no labels of HL7's, or none that are known yet. */
export const isUnlabelled = (data: ConsentQuestion["data"]): boolean =>
  data.kind === "SET" || areUnlabelled(data.labels);

/** What is left to the caller beside what consents ask for. */
function guards({ isGuarded }: ConsentFacts, { question: { data, recipient } }: ConsentUse, released: readonly Code[]) {
  return isGuarded && recipient.who !== "PATIENT" && isUnlabelled(data) ? guardsAgainst(released) : NO_OBLIGATIONS;
}

const joined = (
  some: readonly ConsentObligation[],
  others: readonly ConsentObligation[],
): readonly ConsentObligation[] => (others.length === 0 ? some : some.length === 0 ? others : [...some, ...others]);

/** What silence permits, under what consents refuse of a part of the data. */
function bySilence(facts: ConsentFacts, use: ConsentUse, refused: readonly ConsentObligation[]): ConsentVerdict {
  const obligations = joined(refused, guards(facts, use, []));
  return obligations.length === 0 ? BY_SILENCE : { ...BY_SILENCE, obligations };
}

/** What is for another purpose or recipient is a consent that comes near; a refusal of other uses is none. */
function nearest(
  { consents }: ConsentFacts,
  { basedOn, problem }: Pick<ConsentAnswer, "basedOn"> & { readonly problem: ConsentProblem },
) {
  const isOther = problem === "OTHER_PURPOSE" || problem === "OTHER_RECIPIENT";
  const isPermission = (ref: ConsentRef): boolean =>
    consents.some(({ effect, id, version }) => effect === "PERMIT" && id === ref.id && version === ref.version);
  return isOther && !basedOn.some(isPermission) ? "NONE" : problem;
}

/** Whether a use of a patient's data has the consent that it needs. The one place: for decisions, tokens and what is made of them. */
export function checkConsent(facts: ConsentFacts, use: ConsentUse): ConsentVerdict {
  const { consents, silence } = facts;
  const { isOwnProgram = false, purpose, question, scopeAsks } = use;
  const { data } = question;
  // Patients need no consent to see the own data: 45 CFR 164.524, 42 CFR 2.23.
  const isOwn = question.recipient.who === "PATIENT";
  const labels = data.kind === "RESOURCE" ? (data.labels ?? []) : [];
  const need: ConsentNeed | null = scopeAsks
    ? "SCOPE"
    : isOwn || isOwnProgram
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
      const { basedOn, releases } = answer;
      const guarding = guards(facts, use, releases);
      // What may be substance-use data leaves with its notice.
      const mayBe = facts.isGuarded && !isOwn && isUnlabelled(data) && isSubstanceUse(releases);
      return {
        permits: true,
        basedOn,
        obligations: joined(answer.obligations, guarding),
        noRedisclosure: mayBe || isSubstanceUse(labels),
      };
    }
    case "DENY":
      return {
        permits: false,
        problem: answer.problem,
        need,
        basedOn: answer.basedOn,
        ...(answer.unlinked && { unlinked: answer.unlinked }),
      };
    case "NO_CONSENT": {
      const { basedOn, from, obligations } = answer;
      const problem = nearest(facts, answer);
      if (need === null && answer.silence === "COUNTS") return bySilence(facts, use, obligations);
      const isGlass = need === "SILENCE" && silence === "BREAK_GLASS_ONLY" && problem === "NONE";
      return {
        permits: false,
        problem: isGlass ? "BREAK_GLASS" : problem,
        need,
        basedOn,
        ...(from !== undefined && { from }),
      };
    }
  }
}
