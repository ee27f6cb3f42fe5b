import type { DecideFacts } from "../../decisions/facts.ts";
import { type HeldRoles, inheritedBy, organizationsOf, rolesIn } from "../../decisions/holds/roles.ts";
import { rolesNamed, rulesOfRole } from "../../policy/findRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS, type Effect, type Holder, holderKey, type Rule } from "../../policy/types.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { type AccessRegion, type Finding, regionOf } from "./accessDifference.ts";
import { changeTimes } from "./changeTimes.ts";
import { mayMatchBeside, type RuleRegion, rulesOn, thatHave } from "./regionRules.ts";

/** Rules of one role that are compared one by one; of a role with more all is taken to differ. */
const MOST_RULES = 100;
/** Organizations of one holder that are compared one by one. */
const MOST_ORGANIZATIONS = 50;

/** Who comes to hold other roles. */
interface Holding {
  readonly region: Partial<AccessRegion>;
  readonly subject?: RuleRegion["subject"];
  readonly roles: { readonly from: HeldRoles; readonly to: HeldRoles };
}

const except = (roles: HeldRoles, others: HeldRoles): readonly string[] =>
  [...roles.keys()].filter((role) => !others.has(role)).sort();

/** The rules of a role that have an effect; null: they are too many. */
function rulesWith(effect: Effect, snapshot: Snapshot, role: string): readonly Rule[] | null {
  const found: Rule[] = [];
  let looked = 0;
  for (const rule of rulesOfRole(snapshot, role)) {
    if (++looked > 10 * MOST_RULES) return null;
    if (rule.effect !== effect) continue;
    found.push(rule);
    if (found.length > MOST_RULES) return null;
  }
  return found;
}

/** What comes of roles that are gained, by the rules that allow, and of roles that are lost, by those that deny. */
function* ofRoles(from: DecideFacts, to: DecideFacts, { region, roles, subject }: Holding): Generator<Finding | null> {
  const parts: readonly (readonly [Effect, Snapshot, readonly string[]])[] = [
    ["ALLOW", to.snapshot, except(roles.to, roles.from)],
    ["DENY", from.snapshot, except(roles.from, roles.to)],
  ];
  for (const [effect, snapshot, differing] of parts) {
    const verb = effect === "ALLOW" ? "is held" : "is held no longer, which rules deny something";
    for (const role of differing) {
      if (!rolesNamed(snapshot).has(role)) continue;
      yield null;
      const rules = rulesWith(effect, snapshot, role);
      const by = region.role === undefined ? { role } : {};
      if (rules === null) {
        yield { region: regionOf({ ...region, ...by }), more: `the role ${role} ${verb}` };
        continue;
      }
      for (const rule of rules) {
        const { action, resourceType, scope } = rule;
        const place = { action, resourceType, scope, ...(subject === undefined ? {} : { subject }) };
        const before = effect === "ALLOW" ? thatHave("ALLOW", rulesOn(from.snapshot, rule, roles.from)) : [];
        const against = thatHave("DENY", rulesOn(to.snapshot, rule, roles.to));
        const isMore = mayMatchBeside(to, rule, { region: place, unmatched: [...before, ...against] });
        // What a deny rule on a SMART scope is about may be done with any scope, and the client may have others only.
        const isAny = effect === "DENY" && region.clientId != null && parseSmartScope(scope) !== null;
        yield {
          region: regionOf({ ...region, ...by, action, resourceType, scope: isAny ? "*" : scope }),
          more: isMore ? `the role ${role} ${verb} (rule ${rule.id})` : null,
        };
      }
    }
  }
}

/** What comes of a role that inherits others than before; of one that is new, beside itself. */
export function* comparedRole(from: DecideFacts, to: DecideFacts, role: string): Generator<Finding | null> {
  const roles = {
    from: inheritedBy(from.snapshot.roles, [role]),
    to: inheritedBy(to.snapshot.roles, [role]),
  };
  yield* ofRoles(from, to, { region: { role }, roles });
}

const assignmentsOf = ({ snapshot }: DecideFacts, holder: Holder) => [
  ...(snapshot.assignments.get(holderKey(holder))?.values() ?? []),
];

/** What comes of the roles that a holder is given, now and at each time at which one begins or ends. */
export function* comparedHolder(from: DecideFacts, to: DecideFacts, holder: Holder): Generator<Finding | null> {
  const { clientId, subjectId, subjectType } = holder;
  const subject =
    subjectId === null || subjectType === null
      ? null
      : { id: subjectId, type: subjectType, organization: null, roles: null, attributes: null };
  const asking = { clientId: clientId ?? "", subject };
  const { times, all } = changeTimes(from.now, [...assignmentsOf(from, holder), ...assignmentsOf(to, holder)]);
  for (const now of times) {
    const [then, later] = [
      { ...from, now },
      { ...to, now },
    ];
    const named = [...new Set([...organizationsOf(then, asking), ...organizationsOf(later, asking)])].sort();
    for (const organization of [null, ...named.slice(0, MOST_ORGANIZATIONS)]) {
      const roles = { from: rolesIn(then, asking, organization), to: rolesIn(later, asking, organization) };
      const region = { clientId, subjectId, subjectType, organization: organization ?? ALL_ORGANIZATIONS };
      yield* ofRoles(then, later, { region, roles, subject });
    }
    if (named.length > MOST_ORGANIZATIONS)
      yield {
        region: regionOf({ clientId, subjectId, subjectType }),
        more: "it holds roles in very many organizations",
      };
  }
  if (!all) yield { region: regionOf({ clientId, subjectId, subjectType }), more: "roles begin and end very often" };
}
