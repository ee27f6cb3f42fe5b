import { ALL_ORGANIZATIONS, type Grant, holderKey, holdsAt, type Validity } from "../../policy/types.ts";
import { covers, meet } from "../../scopes/algebra.ts";
import { parseSmartScope, type SmartScope } from "../../scopes/smart.ts";
import { heldItself, holderOf } from "../holds/roles.ts";
import type { GrantQuestion } from "../question.ts";
import type { GrantCheck } from "../scopeCheck.ts";

/** Ends are times; what has none ends never. */
const endOf = ({ validUntil }: Validity): number => validUntil ?? Number.POSITIVE_INFINITY;
const last = (periods: readonly Validity[]): number =>
  periods.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...periods.map(endOf));
const first = (periods: readonly Validity[]): number => Math.min(Number.POSITIVE_INFINITY, ...periods.map(endOf));

/** Of grants of which each is enough the last end; of those that are needed together the first. */
function endOfGrants(grants: readonly Grant[], scope: string, smart: SmartScope | null): number {
  const named = grants.filter((grant) => grant.scope === scope);
  if (smart === null) return last(named);
  const ceilings = grants.flatMap((grant) => {
    const atoms = parseSmartScope(grant.scope)?.atoms;
    return atoms === undefined ? [] : [{ ...grant, atoms }];
  });
  const whole = ceilings.filter(({ atoms }) => covers(atoms, smart.atoms));
  return whole.length > 0 ? last(whole) : first(ceilings.filter(({ atoms }) => meet(smart.atoms, atoms).length > 0));
}

/** When the role ends by which a rule allows something, in the place where it does. */
function endOfRole({ facts: { snapshot, now }, request }: GrantQuestion, { restsOn }: GrantCheck): number {
  if (restsOn === null || restsOn.role === "*") return Number.POSITIVE_INFINITY;
  const { organization, roles } = restsOn.place;
  const held = heldItself(roles, restsOn.role);
  const assignments = [...(snapshot.assignments.get(holderKey(holderOf(request)))?.values() ?? [])].filter(
    (each) =>
      each.role === held &&
      (each.organization === ALL_ORGANIZATIONS || each.organization === organization) &&
      holdsAt(each, now),
  );
  return last(assignments);
}

/**
 * The earliest end of what a granted scope rests on: the grants within which it is, the role by which the rule that its
 * reason names allows it, its sunset. Null: none has an end. Something else may carry it further then; ask again.
 */
export function validUntilOf(question: GrantQuestion, part: GrantCheck): number | null {
  const { snapshot, now } = question.facts;
  const grants = [...(snapshot.grants.get(question.request.clientId)?.values() ?? [])].filter((grant) =>
    holdsAt(grant, now),
  );
  const sunset = part.notice?.code === "SCOPE_DEPRECATED" ? part.notice.parameters.sunsetAt : Number.POSITIVE_INFINITY;
  const end = Math.min(endOfGrants(grants, part.scope, part.smart), endOfRole(question, part), sunset);
  return end === Number.POSITIVE_INFINITY ? null : end;
}
