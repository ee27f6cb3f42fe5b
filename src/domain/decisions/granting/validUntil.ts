import { groupBy } from "../../kernel/groupBy.ts";
import { ALL_ORGANIZATIONS, type Grant, holderKey, holdsAt, type Validity } from "../../policy/types.ts";
import { covers } from "../../scopes/algebra.ts";
import { Ceiling } from "../../scopes/ceiling.ts";
import { parseSmartScope, type SmartScope } from "../../scopes/smart.ts";
import { heldItself, holderOf } from "../holds/roles.ts";
import type { GrantQuestion } from "../question.ts";
import type { GrantCheck } from "../scopeCheck.ts";

/** Ends are times; what has none ends never. */
const endOf = ({ validUntil }: Validity): number => validUntil ?? Number.POSITIVE_INFINITY;
const last = (periods: readonly Validity[]): number =>
  periods.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...periods.map(endOf));
const first = (periods: readonly Validity[]): number => Math.min(Number.POSITIVE_INFINITY, ...periods.map(endOf));

/** A grant of a SMART scope that holds now. */
interface SmartGrant extends Grant {
  readonly smart: SmartScope;
}

/** The same scope is looked at for each part of a token. */
const ceilings = new WeakMap<SmartScope, Ceiling>();

function hasInCommon(granted: SmartScope, smart: SmartScope): boolean {
  let ceiling = ceilings.get(granted);
  if (ceiling === undefined) {
    ceiling = new Ceiling([granted]);
    ceilings.set(granted, ceiling);
  }
  return ceiling.meets(smart);
}

/** The grants that hold now by what they are for: one scope of a token is compared with the few that are for its type. */
class GrantsInForce {
  readonly #byName: ReadonlyMap<string, Grant>;
  readonly #byType: ReadonlyMap<string, readonly SmartGrant[]>;
  readonly #byContext: ReadonlyMap<string, readonly SmartGrant[]>;

  constructor({ facts: { now, snapshot }, request }: GrantQuestion) {
    const all = [...(snapshot.grants.get(request.clientId)?.values() ?? [])].filter((grant) => holdsAt(grant, now));
    // Where none has an end there is nothing to look for.
    const grants = all.some(({ validUntil }) => validUntil !== null) ? all : [];
    const smart = grants.flatMap((grant): SmartGrant[] => {
      const scope = parseSmartScope(grant.scope);
      return scope === null ? [] : [{ ...grant, smart: scope }];
    });
    this.#byName = new Map(grants.map((grant) => [grant.scope, grant]));
    this.#byType = groupBy(smart, (grant) => `${grant.smart.context}/${grant.smart.resourceType}`);
    this.#byContext = groupBy(smart, (grant) => grant.smart.context);
  }

  /** Of grants of which each is enough the last end; of those that are needed together the first. */
  endOf(scope: string, smart: SmartScope | null): number {
    const named = this.#byName.get(scope);
    if (smart === null) return named === undefined ? Number.POSITIVE_INFINITY : endOf(named);
    const { context, resourceType } = smart;
    const of = (type: string): readonly SmartGrant[] => this.#byType.get(`${context}/${type}`) ?? [];
    const near = resourceType === "*" ? (this.#byContext.get(context) ?? []) : [...of(resourceType), ...of("*")];
    const whole = near.filter((grant) => covers(grant.smart.atoms, smart.atoms));
    return whole.length > 0 ? last(whole) : first(near.filter((grant) => hasInCommon(grant.smart, smart)));
  }
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
 * reason names allows it, the patient's consents to that, its sunset. Null: none has an end. Something else may carry it further then; ask again.
 */
export function validUntilIn(question: GrantQuestion): (part: GrantCheck) => number | null {
  const grants = new GrantsInForce(question);
  return (part) => {
    const sunset =
      part.notice?.code === "SCOPE_DEPRECATED" ? part.notice.parameters.sunsetAt : Number.POSITIVE_INFINITY;
    const consent = part.restsOn?.consentUntil() ?? Number.POSITIVE_INFINITY;
    const end = Math.min(grants.endOf(part.scope, part.smart), endOfRole(question, part), consent, sunset);
    return end === Number.POSITIVE_INFINITY ? null : end;
  };
}
