import type { RuleGroup } from "../policy/ruleGroup.ts";
import type { Rule } from "../policy/types.ts";
import type { PartialRequest, Partly, Unknown } from "./partial.ts";
import type { AccessRequest } from "./types.ts";

/** One question to the rules: may whoever holds these roles do this with this scope? */
export interface RuleQuery {
  /** Every rule that can apply, those that are alike together if one likes; more than those do no harm. */
  readonly candidates: readonly RuleGroup[];
  /** The roles held in the resource's organization, inherited ones included. */
  readonly roles: { has(role: string): boolean };
  /** The presented scope, and the names of scopes by which allow rules and deny rules mean this access. */
  readonly scope: string;
  readonly allowedNames: ReadonlySet<string>;
  readonly deniedNames: ReadonlySet<string>;
  /** Canonical. */
  readonly action: string;
  readonly resourceType: string;
  /** What conditions can see. Build it once a request: engines may cache by identity. */
  readonly facts: ConditionFacts;
}

export interface ConditionFacts {
  readonly request: AccessRequest;
  readonly client: { readonly id: string; readonly name: string | null };
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A condition that could not be evaluated. */
export interface ConditionFailure {
  readonly rule: Rule;
  readonly message: string;
  /** The members, by their paths, that the condition touches and the request lacks; empty: it failed for another reason. */
  readonly missing: readonly string[];
}

/** Lists are by id; allow rules stand before deny rules. */
export interface RuleEvaluation {
  /** Some allow rule matched and no deny rule did. */
  readonly allowed: boolean;
  readonly allowedBy: readonly Rule[];
  readonly deniedBy: readonly Rule[];
  /** Rules that met all but their condition. */
  readonly conditionFalse: readonly Rule[];
  readonly conditionErrors: readonly ConditionFailure[];
}

/** What conditions can see of a request of which a part is not known. */
export interface PartialFacts {
  readonly client: Partly<ConditionFacts["client"]>;
  readonly now: number | Unknown;
  readonly request: PartialRequest;
}

/** One question to the rules about a request of which a part is not known. */
export interface PartialRuleQuery {
  /** The rules that apply but for their conditions: as to role, scope, action and resource type. */
  readonly rules: readonly Rule[];
  readonly scope: string;
  /** Canonical. */
  readonly action: string;
  readonly facts: PartialFacts;
}

/**
 * What the rules could answer, whatever the unknown part is. Sound in one direction: what is said to be impossible
 * is, and what is said to be possible may still turn out not to be.
 */
export interface PartialRuleEvaluation {
  /** False: no request that has the known part is allowed. */
  readonly canAllow: boolean;
  /** False: every request that has the known part is allowed. */
  readonly canDeny: boolean;
  /** Allow rules that could match while no deny rule does. */
  readonly allowing: readonly Rule[];
  /** Allow rules whose condition can't be true. */
  readonly unmet: readonly Rule[];
  /** Where nothing can be allowed: the deny rules that match whenever an allow rule does. */
  readonly denying: readonly Rule[];
}

/** Whether rules could match, and others not, for one and the same request of which a part is not known. */
export interface CouldBeQuery {
  /** An allow rule matches if its condition is true; a deny rule if it is true or fails. */
  readonly wishes: readonly { readonly rule: Rule; readonly matches: boolean }[];
  readonly scope: string | Unknown;
  readonly action: string | Unknown;
  readonly facts: PartialFacts;
}

/** One rule that applies but for its condition, asked about a request of which a part is not known. */
export interface RemainderQuery {
  readonly rule: Rule;
  readonly scope: string;
  readonly action: string;
  readonly facts: PartialFacts;
}

/**
 * When a rule matches: always, never, or as its condition says without the parts that are known. For every request that has
 * the known part `cel` is true, false or fails as the whole condition does.
 */
export type Remainder =
  | "ALWAYS"
  | "NEVER"
  | {
      readonly cel: string;
      /** In words, when the condition is true, and when it is false. */
      readonly matches: string;
      readonly fails: string;
      /** Whether it may fail for want of something that is not said. */
      readonly mayFail: boolean;
    };

/**
 * Two conditions that ask for values of one member, and beside it for the same: the values that it may have, each once; null: any.
 */
export interface ConditionValues {
  readonly member: string;
  readonly before: readonly string[] | null;
  readonly after: readonly string[] | null;
}

/**
 * What past decisions that are asked through a condition tell: `WHOSE` they are; whether something is so of `PEOPLE`, which is told of as many as
 * are asked about; or nothing of `NOBODY`.
 */
export type ConditionTells = "NOBODY" | "PEOPLE" | "WHOSE";

/** Evaluates rules; pure. @throws ScopewardenError INTERNAL when it can't tell, never a guess. */
export interface RuleEngine {
  evaluate(query: RuleQuery): RuleEvaluation;
  evaluatePartial(query: PartialRuleQuery): PartialRuleEvaluation;
  /** False: surely not. */
  couldBe(query: CouldBeQuery): boolean;
  remainder(query: RemainderQuery): Remainder;
  /** Null: they are not such, or not seen to be; of a condition, null stands for none. */
  compareConditions(before: string | null, after: string | null): ConditionValues | null;
  /** What it tells of people to ask past decisions through a condition (docs/reviewing.md); `WHOSE` where it can't be told. */
  conditionTells(when: string): ConditionTells;
}
