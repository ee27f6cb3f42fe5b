import { createRequire } from "node:module";
import { purposeOfRule, rolesHeld, ruleAt } from "../policies.ts";
import type { Prepare } from "./contestants.ts";

const { newEnforcer, newModel } = createRequire(import.meta.url)("casbin") as typeof import("casbin");

/**
 * Casbin as its users have it: the whole policy in one enforcer, roles in domains. In its favour, what tells most
 * rules apart is compared first and roles last, a condition is one comparison, and only subjects that ask are loaded.
 */
const MODEL = `
[request_definition]
r = sub, dom, scope, act, type, purpose

[policy_definition]
p = role, scope, act, type, purpose, eft

[role_definition]
g = _, _, _

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = (p.scope == r.scope || p.scope == "*") && (p.type == r.type || p.type == "*") && (p.act == r.act || p.act == "*") && (p.purpose == "*" || p.purpose == r.purpose) && (p.role == "*" || g(r.sub, p.role, r.dom))
`;

export const prepareCasbin: Prepare = async (size, requests) => {
  const enforcer = await newEnforcer(newModel(MODEL));
  const policies = Array.from({ length: size.rules }, (_, n) => {
    const { role, scope, action, resourceType, effect } = ruleAt(n, size);
    return [role, scope, action, resourceType, purposeOfRule(n, size) ?? "*", effect.toLowerCase()];
  });
  // Casbin keeps a set of rows: two rules that say the same are one.
  await enforcer.addPolicies([...new Map(policies.map((row) => [JSON.stringify(row), row])).values()]);
  const links = new Map<string, string[]>();
  for (const request of requests) {
    const domain = request.resource.organization ?? "";
    const chain = [request.subject?.id ?? "", ...rolesHeld(request)];
    for (const [i, parent] of chain.slice(1).entries()) {
      const link = [chain[i] ?? "", parent, domain];
      links.set(JSON.stringify(link), link);
    }
  }
  await enforcer.addGroupingPolicies([...links.values()]);
  return ({ subject, resource, scopes, action, purposeOfUse }) => {
    const asked = [subject?.id, resource.organization, scopes?.[0], action, resource.type, purposeOfUse];
    return () => enforcer.enforceSync(...asked);
  };
};
