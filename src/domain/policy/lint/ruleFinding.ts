import type { Atom } from "../../scopes/atom.ts";
import type { LintSeverity } from "../../scopes/lint/finding.ts";
import type { ConditionTerms } from "../conditions.ts";
import type { RuleTerms } from "../ruleGroup.ts";

/** Stable: pipelines and stored justifications name them. */
export type RuleLintCode =
  | "ALLOW_EVERY_ROLE"
  | "ALLOW_EVERY_SCOPE"
  | "HIDDEN_CHARACTER"
  | "PURPOSE_UNKNOWN"
  | "OUTSIDE_SCOPE"
  | "ORGANIZATION_UNKNOWN"
  | "SUBJECT_NEVER_THERE";

/** REFUSE: refused unless an admin justifies it. WARNING: pointed out. No finding of a rule is beyond justification. */
export interface RuleLintFinding {
  readonly code: RuleLintCode;
  readonly severity: Exclude<LintSeverity, "ERROR">;
  /** What was found, naming it: a sentence. */
  readonly message: string;
  /** How to narrow or mend the rule: a sentence. */
  readonly narrowing: string;
}

/** A rule as its author proposes it, in the policy that it is for. */
export interface RuleLintInput {
  readonly rule: RuleTerms;
  /** What its condition says; null: it has none. */
  readonly terms: ConditionTerms | null;
  /** The atoms of its scope, those of drafts included; null where it names every scope, or one that is not known. */
  readonly atoms: readonly Atom[] | null;
  /** Whether the policy knows an organization; null: of no organization it is known whether it exists. */
  readonly isOrganization: ((id: string) => boolean) | null;
}

/** The texts with which a condition compares one of the members, each once. */
export const comparedWith = ({ terms }: RuleLintInput, ...members: readonly string[]): readonly string[] => [
  ...new Set((terms?.compared ?? []).filter(({ member }) => members.includes(member)).map(({ text }) => text)),
];
