import type { Rule } from "../policy/types.ts";
import type { AccessRequest } from "./types.ts";

/** One question to the rules: may whoever holds these roles do this with this scope? */
export interface RuleQuery {
  /** Every rule that can apply; more than those do no harm. */
  readonly candidates: readonly Rule[];
  /** The roles held in the resource's organization, inherited ones included. */
  readonly roles: ReadonlySet<string>;
  /** The presented scope, and the names by which rules may mean it (itself, and SMART scopes that cover it). */
  readonly scope: string;
  readonly scopeNames: ReadonlySet<string>;
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

export interface RuleEvaluation {
  /** Some allow rule matched and no deny rule did. */
  readonly allowed: boolean;
  readonly allowedBy: readonly Rule[];
  readonly deniedBy: readonly Rule[];
  /** Rules that met all but their condition. */
  readonly conditionFalse: readonly Rule[];
  readonly conditionErrors: readonly { readonly rule: Rule; readonly message: string }[];
}

/** Evaluates rules; pure. @throws ScopewardenError INTERNAL when it can't tell, never a guess. */
export interface RuleEngine {
  evaluate(query: RuleQuery): RuleEvaluation;
}
