import type { Rule } from "../policy/types.ts";
import type { ConditionFacts } from "./engine.ts";
import type { DecideFacts } from "./facts.ts";
import { atomRequestOf } from "./holds/coverage.ts";
import { rolesOf } from "./holds/roles.ts";
import { checkClient } from "./stages/client.ts";
import { checkConsent } from "./stages/consent.ts";
import { filterObligation, obligationsOf } from "./stages/obligations.ts";
import { checkRules, type RuleStanding } from "./stages/rules.ts";
import { checkScope, presentedScopes, type ScopeStanding } from "./stages/scopes.ts";
import type { AccessRequest, Reason, Verdict } from "./types.ts";

export type { DecideFacts } from "./facts.ts";

/** A scope that passed every stage. */
type Passed = { readonly standing: ScopeStanding; readonly rules: RuleStanding };

/**
 * The scope that the answer rests on. One without a filter serves the caller best; where every one has a filter,
 * the search may return what any of them permits, under the obligations of all.
 */
function allow(passed: readonly [Passed, ...Passed[]], policyRevision: number): Verdict {
  const free = passed.find(({ standing }) => standing.filters.length === 0);
  const used = free === undefined ? passed : [free];
  const [chosen] = free === undefined ? passed : [free];
  const reasons: Reason[] = [];
  const matched: Rule[] = [];
  for (const { standing, rules } of used) {
    reasons.push(...rules.reasons);
    if (standing.notice !== null) reasons.push(standing.notice);
    reasons.push(...rules.errors);
    matched.push(...rules.matched);
  }
  const obligations = obligationsOf(matched);
  const filter = free === undefined ? [filterObligation(used.flatMap(({ standing }) => standing.filters))] : [];
  return {
    outcome: "ALLOW",
    scope: chosen.standing.scope,
    reasons,
    obligations: [...filter, ...obligations],
    policyRevision,
  };
}

/**
 * Decides one request against one snapshot: the stages of docs/decisions.md in their order, each evaluated as far as it
 * can be. Pure: the same facts and request give the same verdict, reasons and texts included. ALLOW only if every stage
 * passes; a request must have passed `parseAuthorizeInput` (stage 1).
 * @throws ScopewardenError INTERNAL when the engine can't tell; then there is no decision.
 */
export function decide(facts: DecideFacts, request: AccessRequest): Verdict {
  const policyRevision = facts.snapshot.revision;
  const client = facts.snapshot.clients.get(request.clientId);
  const presented = presentedScopes(facts, request);
  const reasons: Reason[] = [...checkClient(facts, request), ...presented.problems];
  const refused = reasons.length > 0;

  const asked = atomRequestOf(request);
  const held = rolesOf(facts, request);
  const conditionFacts: ConditionFacts = {
    request,
    client: { id: request.clientId, name: client?.name ?? null },
    now: facts.now,
  };
  const passed: Passed[] = [];
  const denying: RuleStanding[] = [];
  for (const scope of presented.scopes) {
    const standing = checkScope(facts, request, asked, scope);
    reasons.push(...standing.problems);
    if (standing.problems.length > 0 || client === undefined) continue;
    const rules = checkRules(facts, request, asked.action, standing, held, conditionFacts);
    const consent = checkConsent(standing);
    if (rules.allowed && consent === null) {
      passed.push({ standing, rules });
      continue;
    }
    if (!rules.allowed) {
      reasons.push(...rules.reasons);
      denying.push(rules);
    }
    reasons.push(...rules.errors);
    if (standing.notice !== null) reasons.push(standing.notice);
    if (consent !== null) reasons.push(consent);
  }

  const [first, ...others] = passed;
  if (first !== undefined && !refused) return allow([first, ...others], policyRevision);
  const obligations = obligationsOf(denying.flatMap(({ matched }) => matched));
  return { outcome: "DENY", scope: null, reasons, obligations, policyRevision };
}
