import { Memo } from "../../kernel/memo.ts";
import { type Snapshot, typeKey } from "../../policy/snapshot.ts";
import type { ScopeVersion } from "../../policy/types.ts";
import { covers } from "../../scopes/algebra.ts";
import type { Atom } from "../../scopes/atom.ts";
import { typeCovers } from "../../scopes/cover.ts";
import { parseSmartScope, type SmartScope } from "../../scopes/smart.ts";
import { usableVersions } from "./lifecycle.ts";

/** A registered SMART scope that is for an action on a type. */
export interface Registered {
  readonly name: string;
  /** Its atom for the action. */
  readonly atom: Atom;
  readonly versions: readonly ScopeVersion[];
  /** Others of these that are within it, and mean less. */
  readonly narrower: readonly Registered[];
  /** Others of these that mean the same: version 1 and version 2 of one scope. */
  readonly same: readonly Registered[];
}

const NONE: readonly Registered[] = [];
/** Contexts, actions and types of one state of the scopes: as many as FHIR makes, about. */
const MOST_KINDS = 4_096;

const remembered = new WeakMap<Snapshot["scopes"], Memo<readonly Registered[]>>();

function lookUp(
  { scopes, smartScopes }: Snapshot,
  { action, context }: Pick<Atom, "action" | "context">,
  resourceType: string,
): readonly Registered[] {
  const found: { smart: SmartScope; registered: Registered; narrower: Registered[]; same: Registered[] }[] = [];
  const types = resourceType === "*" ? ["*", ...typesRegistered({ smartScopes }, context)] : [resourceType, "*"];
  for (const type of types)
    for (const name of smartScopes.get(typeKey({ context, resourceType: type }))?.keys() ?? []) {
      const smart = parseSmartScope(name);
      const atom = smart?.atoms.find((each) => each.action === action);
      if (smart === null || atom === undefined) continue;
      if (resourceType !== "*" && !typeCovers(atom, resourceType)) continue;
      const [narrower, same]: [Registered[], Registered[]] = [[], []];
      const registered = { name, atom, versions: scopes.get(name) ?? [], narrower, same };
      found.push({ smart, registered, narrower, same });
    }
  found.sort((a, b) => (a.registered.name < b.registered.name ? -1 : 1));
  for (const wide of found)
    for (const other of found) {
      if (other === wide || !covers(wide.smart.atoms, other.smart.atoms)) continue;
      (covers(other.smart.atoms, wide.smart.atoms) ? wide.same : wide.narrower).push(other.registered);
    }
  return found.map(({ registered }) => registered);
}

/** The registered SMART scopes of this context that are for this action on this type (`*`: on any), by name. */
export function registeredOn(
  snapshot: Snapshot,
  atom: Pick<Atom, "action" | "context">,
  resourceType: string,
): readonly Registered[] {
  if (snapshot.smartScopes.size === 0) return NONE;
  let memo = remembered.get(snapshot.scopes);
  if (memo === undefined) {
    memo = new Memo(MOST_KINDS);
    remembered.set(snapshot.scopes, memo);
  }
  const key = `${atom.context} ${atom.action} ${resourceType}`;
  let found = memo.get(key);
  if (found === undefined) {
    found = lookUp(snapshot, atom, resourceType);
    memo.set(key, found);
  }
  return found;
}

export const isUsable = ({ versions }: Registered, now: number): boolean => usableVersions(versions, now).length > 0;

/** The types, `*` aside, of the registered SMART scopes of a context. */
export function typesRegistered(
  { smartScopes }: Pick<Snapshot, "smartScopes">,
  context: Atom["context"],
): readonly string[] {
  const start = typeKey({ context, resourceType: "" });
  const types = [...smartScopes.keys()].flatMap((key) => (key.startsWith(start) ? [key.slice(start.length)] : []));
  return types.filter((type) => type !== "*");
}
