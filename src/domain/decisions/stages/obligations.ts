import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Obligation, Rule } from "../../policy/types.ts";
import type { Constraint } from "../../scopes/atom.ts";
import { printConstraint } from "../../scopes/atom.ts";

/** Stage 6: the obligations of the rules that matched, each once, in the rules' order. */
export function obligationsOf(rules: readonly Rule[]): readonly Obligation[] {
  if (!rules.some((rule) => rule.obligations.length > 0)) return [];
  const seen = new Map<string, Obligation>();
  for (const rule of rules) {
    for (const obligation of rule.obligations) seen.set(canonicalJson(obligation as unknown as Json), obligation);
  }
  return [...seen.values()];
}

/** A search over a constrained scope must be narrowed: any of these constraints, in SMART's syntax. */
export function filterObligation(filters: readonly Constraint[]): Obligation {
  return { type: "filter", parameters: { anyOf: [...new Set(filters.map(printConstraint))].sort() } };
}
