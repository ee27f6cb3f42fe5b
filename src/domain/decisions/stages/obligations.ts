import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { Obligation } from "../../policy/types.ts";
import { printConstraint } from "../../scopes/atom.ts";
import type { AccessCheck } from "../scopeCheck.ts";
import type { Outcome } from "../types.ts";

/** A search over constrained scopes must be narrowed: any of their constraints, in SMART's syntax. */
function filterOf(checks: readonly AccessCheck[]): readonly Obligation[] {
  if (checks.some(({ filters }) => filters.length === 0)) return [];
  const filters = checks.flatMap((check) => check.filters.map(printConstraint));
  return [{ type: "filter", parameters: { anyOf: [...new Set(filters)].sort() } }];
}

/**
 * Stage 6: what the caller must do, for the scopes that the answer rests on: the filter of an allowed search, and the
 * obligations of the rules that matched, each once, in the rules' order.
 */
export function obligationsOf(outcome: Outcome, checks: readonly AccessCheck[]): readonly Obligation[] {
  const filter = outcome === "ALLOW" ? filterOf(checks) : [];
  const obligations = checks.flatMap(({ rules }) => rules?.matched.flatMap((rule) => rule.obligations) ?? []);
  if (obligations.length === 0) return filter;
  const unique = new Map(obligations.map((each) => [canonicalJson(each as unknown as Json), each]));
  return [...filter, ...unique.values()];
}
