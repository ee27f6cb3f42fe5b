import type { Rule } from "./types.ts";

/** What decides about a rule: all but its id, what is said of it, and what is asked for when it matches. */
export type RuleTerms = Omit<Rule, "id" | "obligations" | "description" | "justification">;

/** Two rules and more, by id, whose terms are the same: one question answers for all. */
export interface AlikeRules extends RuleTerms {
  readonly rules: readonly Rule[];
}

/** One rule, or several that are alike: one question to the engine either way. */
export type RuleGroup = Rule | AlikeRules;

const isAlike = (group: RuleGroup): group is AlikeRules => "rules" in group;

/** All rules that a group stands for, by id. */
export const rulesOf = (group: RuleGroup): readonly Rule[] => (isAlike(group) ? group.rules : [group]);

/** Adds all rules that a group stands for, by id. */
export function addRules(group: RuleGroup, found: Rule[]): void {
  if (!isAlike(group)) found.push(group);
  else for (const rule of group.rules) found.push(rule);
}
