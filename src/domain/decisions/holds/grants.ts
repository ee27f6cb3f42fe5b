import { PersistentMap } from "../../kernel/persistentMap.ts";
import { type Grant, holdsAt } from "../../policy/types.ts";
import type { Atom } from "../../scopes/atom.ts";
import { Ceiling } from "../../scopes/ceiling.ts";
import { parseSmartScope, type SmartScope } from "../../scopes/smart.ts";
import type { DecideFacts } from "../facts.ts";
import { type Reason, reason } from "../reason.ts";

/** What a client is granted at a time, and from when until when that is so. */
class InForce {
  /** In code-unit order. */
  readonly names: readonly string[];
  readonly #from: number;
  readonly #until: number;
  #ceiling: Ceiling | null = null;

  constructor(grants: PersistentMap<Grant>, now: number) {
    let [from, until] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const names: string[] = [];
    for (const grant of grants.values()) {
      if (holdsAt(grant, now)) names.push(grant.scope);
      for (const at of [grant.validFrom, grant.validUntil]) {
        if (at === null) continue;
        if (at <= now) from = Math.max(from, at);
        else until = Math.min(until, at);
      }
    }
    this.names = names.sort();
    this.#from = from;
    this.#until = until;
  }

  isAt(now: number): boolean {
    return this.#from <= now && now < this.#until;
  }

  /** Made when it is first asked for: custom scopes have no use for it. */
  get ceiling(): Ceiling {
    this.#ceiling ??= new Ceiling(this.names.flatMap((name) => parseSmartScope(name) ?? []));
    return this.#ceiling;
  }
}

const NOTHING = new InForce(PersistentMap.empty(), 0);

/** By a client's grants, which a policy change replaces. */
const remembered = new WeakMap<PersistentMap<Grant>, InForce>();

function inForce({ snapshot, now }: DecideFacts, clientId: string): InForce {
  const grants = snapshot.grants.get(clientId);
  if (grants === undefined) return NOTHING;
  let found = remembered.get(grants);
  if (found === undefined || !found.isAt(now)) {
    found = new InForce(grants, now);
    remembered.set(grants, found);
  }
  return found;
}

/** The scopes that a client is granted and whose period holds, in code-unit order. */
export const grantedScopes = (facts: DecideFacts, clientId: string): readonly string[] =>
  inForce(facts, clientId).names;

/** What all SMART scopes that a client is granted now permit together. */
export const ceilingOf = (facts: DecideFacts, clientId: string): Ceiling => inForce(facts, clientId).ceiling;

/** Whether the client is granted the scope itself now. */
export function isGrantedByName({ snapshot, now }: DecideFacts, clientId: string, scope: string): boolean {
  const grant = snapshot.grants.get(clientId)?.get(scope);
  return grant !== undefined && holdsAt(grant, now);
}

/** Why there is no grant that holds now: there is none at all, or one that is out of its period. */
function whyNoGrant(grant: Grant | undefined, now: number) {
  if (grant === undefined) return { at: null, because: "NOT_GRANTED" } as const;
  const { validFrom, validUntil } = grant;
  return validFrom !== null && now < validFrom
    ? ({ at: validFrom, because: "BEGINS" } as const)
    : ({ at: validUntil, because: "ENDED" } as const);
}

/** The reason why a client is not granted a scope; what of a SMART scope is missing is told by `withMissing`. */
export function notGranted({ now, snapshot }: DecideFacts, clientId: string, scope: string) {
  const parameters = { ...whyNoGrant(snapshot.grants.get(clientId)?.get(scope), now), missing: null };
  return reason("SCOPE_NOT_GRANTED", { parameters, personal: { clientId }, scope });
}

/** The same with what of a SMART scope no grant has. */
export function withMissing(
  facts: DecideFacts,
  clientId: string,
  notGranted: Reason<"SCOPE_NOT_GRANTED">,
): Reason<"SCOPE_NOT_GRANTED"> {
  const smart = parseSmartScope(notGranted.scope ?? "");
  if (smart === null) return notGranted;
  const missing = ceilingOf(facts, clientId).missing(smart);
  return { ...notGranted, parameters: { ...notGranted.parameters, missing } };
}

/** Whether a client may present a scope now: a custom scope by its name, a SMART scope as far as it has something in common with those granted. */
export function mayPresent(facts: DecideFacts, clientId: string, scope: string, smart: SmartScope | null): boolean {
  if (isGrantedByName(facts, clientId, scope)) return true;
  return smart !== null && ceilingOf(facts, clientId).meets(smart);
}

/** What of a SMART scope a client is granted now, as atoms. */
export function heldOf(facts: DecideFacts, clientId: string, scope: string, smart: SmartScope): readonly Atom[] {
  if (isGrantedByName(facts, clientId, scope)) return smart.atoms;
  const ceiling = ceilingOf(facts, clientId);
  return smart.atoms.flatMap((atom) => ceiling.partsOf(atom));
}

/** Whether all of it is granted: by its name, or within all granted SMART scopes together. */
export function isWhollyGranted(
  facts: DecideFacts,
  clientId: string,
  scope: string,
  smart: SmartScope | null,
): boolean {
  if (isGrantedByName(facts, clientId, scope)) return true;
  return smart !== null && ceilingOf(facts, clientId).coversWhole(smart);
}
