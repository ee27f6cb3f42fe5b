import { type EntityJson, preparsePolicySet, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { purposeOfRule, rolesHeld, ruleAt, type Size } from "../policies.ts";
import type { Prepare } from "./contestants.ts";

function policyText(n: number, size: Size): string {
  const { role, scope, action, resourceType, effect } = ruleAt(n, size);
  const purpose = purposeOfRule(n, size);
  const head = [
    role === "*" ? "principal" : `principal in Role::"${role}"`,
    action === "*" ? "action" : `action == Action::"${action}"`,
    resourceType === "*" ? "resource" : `resource is ${resourceType}`,
  ];
  const conditions = [
    ...(scope === "*" ? [] : [`context.scope == "${scope}"`]),
    ...(purpose === null ? [] : [`context.purpose == "${purpose}"`]),
  ];
  const when = conditions.length === 0 ? "" : ` when { ${conditions.join(" && ")} }`;
  return `${effect === "ALLOW" ? "permit" : "forbid"} (${head.join(", ")})${when};`;
}

/**
 * Cedar with its policies parsed beforehand. In its favour, a request brings only the entities that it needs: the
 * subject with the roles that it has in the organization, found before the time that is measured begins.
 */
export const prepareCedar: Prepare = (size) => {
  const text = Array.from({ length: size.rules }, (_, n) => policyText(n, size)).join("\n");
  const parsed = preparsePolicySet("bench", { staticPolicies: text });
  if (parsed.type !== "success") throw new Error(JSON.stringify(parsed));
  return (request) => {
    const roles = rolesHeld(request);
    const uid = (type: string, id: string) => ({ type, id });
    const principal = uid("User", request.subject?.id ?? "");
    const entities: EntityJson[] = [
      { uid: principal, attrs: {}, parents: roles.slice(0, 1).map((role) => uid("Role", role)) },
      ...roles.map((role, i) => ({
        uid: uid("Role", role),
        attrs: {},
        parents: roles.slice(i + 1, i + 2).map((parent) => uid("Role", parent)),
      })),
    ];
    const call = {
      principal,
      action: uid("Action", request.action),
      resource: uid(request.resource.type, request.resource.id ?? ""),
      context: { scope: request.scopes?.[0] ?? "", purpose: request.purposeOfUse ?? "" },
      preparsedPolicySetId: "bench",
      entities,
    };
    return () => {
      const answer = statefulIsAuthorized(call);
      if (answer.type !== "success") throw new Error(JSON.stringify(answer));
      return answer.response.decision === "allow";
    };
  };
};
