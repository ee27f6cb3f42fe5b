import type { DecideFacts } from "../../decisions/facts.ts";
import type { HeldRoles } from "../../decisions/holds/roles.ts";
import { UNKNOWN } from "../../decisions/partial.ts";
import type { PartialFacts } from "../../decisions/ruleEngine.ts";
import { findRules, smartScopesNamed } from "../../policy/findRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Effect, Rule } from "../../policy/types.ts";
import { atomCovers } from "../../scopes/algebra.ts";
import { parseSmartScope } from "../../scopes/smart.ts";

/** Where a rule holds, and what else is known of those requests. */
export interface RuleRegion {
  readonly scope: string;
  readonly action: string;
  readonly resourceType: string;
  readonly subject?: { readonly id: string; readonly type: string } | null;
  readonly clientId?: string;
  readonly organization?: string;
}

/** So many rules at once are compared; that more of them do not match together is not looked for. */
const MOST_TOGETHER = 12;

/** The names of scopes by which rules mean all that rules on this scope mean. */
function namesCovering(snapshot: Snapshot, { action, scope }: RuleRegion): readonly string[] {
  if (scope === "*") return [];
  const smart = parseSmartScope(scope);
  if (smart === null) return [scope];
  const atoms = smart.atoms.filter((atom) => action === "*" || atom.action === action);
  return [...new Set(smartScopesNamed(snapshot, smart))].filter((name) => {
    const others = parseSmartScope(name)?.atoms ?? [];
    return name === scope || atoms.every((atom) => others.some((other) => atomCovers(other, atom)));
  });
}

/** The rules of these roles that hold, but for their conditions, for every request of a region. */
export function rulesOn(snapshot: Snapshot, region: RuleRegion, roles: HeldRoles): readonly Rule[] {
  const { action, resourceType } = region;
  return findRules(snapshot, { scopes: namesCovering(snapshot, region), roles, action, resourceType });
}
export const thatHave = (effect: Effect, rules: readonly Rule[]): readonly Rule[] =>
  rules.filter((rule) => rule.effect === effect);

const orUnknown = (name: string) => (name === "*" ? UNKNOWN : name);

/** What conditions can see of the requests of a region, whenever they are asked. */
function factsOf(region: RuleRegion, typeIsKnown: boolean): PartialFacts {
  const { clientId, organization, resourceType, subject } = region;
  const known = { id: subject?.id ?? "", type: subject?.type ?? "" };
  return {
    client: { id: clientId ?? UNKNOWN, name: UNKNOWN },
    now: UNKNOWN,
    request: {
      subject:
        subject === undefined
          ? UNKNOWN
          : subject === null
            ? null
            : { ...known, organization: UNKNOWN, attributes: UNKNOWN },
      purposeOfUse: UNKNOWN,
      context: UNKNOWN,
      resource: {
        type: typeIsKnown ? orUnknown(resourceType) : UNKNOWN,
        id: UNKNOWN,
        patient: UNKNOWN,
        patients: UNKNOWN,
        organization: organization ?? UNKNOWN,
        labels: UNKNOWN,
        attributes: UNKNOWN,
      },
    },
  };
}

/** Whether a rule may match some request of the region while none of the others does: allow rules, or deny rules as well. */
export function mayMatchBeside(
  { engine }: Pick<DecideFacts, "engine">,
  rule: Rule,
  { region, unmatched }: { readonly region: RuleRegion; readonly unmatched: readonly Rule[] },
): boolean {
  if (unmatched.some(({ when }) => when === null || when === rule.when)) return false;
  const wishes = [
    { rule, matches: true },
    ...unmatched.slice(0, MOST_TOGETHER).map((other) => ({ rule: other, matches: false })),
  ];
  return engine.couldBe({
    wishes,
    scope: region.scope === "*" || parseSmartScope(region.scope) !== null ? UNKNOWN : region.scope,
    action: orUnknown(region.action),
    // A deny rule on one type holds for requests over all types, too.
    facts: factsOf(region, rule.effect === "ALLOW"),
  });
}
