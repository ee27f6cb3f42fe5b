import type { DecideFacts } from "../../decisions/facts.ts";
import { type HeldRoles, inheritedBy, organizationsOf, rolesIn } from "../../decisions/holds/roles.ts";
import { rolesNamed, rulesOfRole } from "../../policy/findRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS, type Effect, type Holder, holderKey, holderText, type Rule } from "../../policy/types.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { type AccessRegion, type Finding, mayDiffer, regionOf, type Sentences } from "./accessDifference.ts";
import { changeTimes, sinceText } from "./changeTimes.ts";
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
  /** Those that are compared elsewhere. */
  readonly known?: ReadonlySet<string>;
  /** Who gets or loses a role, and from when: `subject nina gets the role nurse in north`. */
  readonly said: (verb: { readonly gets: boolean }, role: string) => string;
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

/** The role that is given, or taken, by which another is held; that one itself where the given one is held all along. */
function givenRole(role: string, held: HeldRoles, others: HeldRoles): string {
  let given = role;
  for (let by = held.get(role) ?? null; by !== null && !others.has(by); by = held.get(by) ?? null) given = by;
  return given;
}

/** What comes of roles that are gained, by the rules that allow, and of roles that are lost, by those that deny. */
function* ofRoles(from: DecideFacts, to: DecideFacts, of: Holding): Generator<Finding | null> {
  const { known, region, roles, said, subject } = of;
  const parts: readonly (readonly [Effect, Snapshot, readonly string[]])[] = [
    ["ALLOW", to.snapshot, except(roles.to, roles.from)],
    ["DENY", from.snapshot, except(roles.from, roles.to)],
  ];
  for (const [effect, snapshot, differing] of parts) {
    const isGain = effect === "ALLOW";
    for (const role of differing) {
      if (!rolesNamed(snapshot).has(role) || known?.has(role)) continue;
      const given = isGain ? givenRole(role, roles.to, roles.from) : givenRole(role, roles.from, roles.to);
      const what = isGain ? "access by" : "denial by";
      const sentences: Sentences = {
        gained: `${said({ gets: isGain }, given)}, and with it ${what}`,
        lost: `${said({ gets: !isGain }, given)}, and with it ${what}`,
      };
      yield null;
      const rules = rulesWith(effect, snapshot, role);
      const by = region.role === undefined ? { role } : {};
      if (rules === null) {
        const many = `more than ${MOST_RULES} rules`;
        yield {
          region: regionOf({ ...region, ...by }),
          more: { gained: `${sentences.gained} ${many}`, lost: `${sentences.lost} ${many}` },
        };
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
          more: isMore ? { ...sentences, by: { noun: "rule", name: rule.id } } : null,
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
  const said: Holding["said"] = ({ gets }, other) =>
    gets ? `New: role ${role} inherits ${other}` : `No longer: role ${role} inherits ${other}`;
  yield* ofRoles(from, to, { region: { role }, roles, said });
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
    const since = sinceText(now, from);
    const named = [...new Set([...organizationsOf(then, asking), ...organizationsOf(later, asking)])].sort();
    // What comes or goes in all organizations is said once.
    let known: ReadonlySet<string> = new Set();
    for (const organization of [null, ...named.slice(0, MOST_ORGANIZATIONS)]) {
      const roles = { from: rolesIn(then, asking, organization), to: rolesIn(later, asking, organization) };
      const region = { clientId, subjectId, subjectType, organization: organization ?? ALL_ORGANIZATIONS };
      const where = organization === null ? "in all organizations" : `in ${organization}`;
      const said: Holding["said"] = ({ gets }, role) =>
        `${gets ? "New" : "No longer"}: ${holderText(holder)} holds the role ${role} ${where}${since}`;
      yield* ofRoles(then, later, { region, roles, subject, known, said });
      if (organization === null) known = new Set([...except(roles.to, roles.from), ...except(roles.from, roles.to)]);
    }
    if (named.length > MOST_ORGANIZATIONS)
      yield {
        region: regionOf({ clientId, subjectId, subjectType }),
        more: mayDiffer(`${holderText(holder)} holds roles in very many organizations`),
      };
  }
  if (!all)
    yield {
      region: regionOf({ clientId, subjectId, subjectType }),
      more: mayDiffer(`roles of ${holderText(holder)} begin and end very often`),
    };
}
