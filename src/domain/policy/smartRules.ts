/** What can be asked of rules on SMART scopes, which mean more than the scope of their own text. */
import type { Atom } from "../scopes/atom.ts";
import { atomCovers, typeCovers } from "../scopes/cover.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import { smartScopesNamed } from "./findRules.ts";
import { deniedKey, type RuleIndex } from "./index/ruleIndex.ts";
import type { Snapshot } from "./snapshot.ts";

const NO_NAMES: ReadonlySet<string> = new Set();

/** By the SMART scopes that rules name, which a policy change replaces; then by atom. */
const remembered = new WeakMap<RuleIndex["smartScopes"], WeakMap<Atom, ReadonlySet<string>>>();

/** The SMART scopes that rules name within which the atom is. */
export function smartScopesCovering(snapshot: Snapshot, atom: Atom): ReadonlySet<string> {
  const { smartScopes } = snapshot.ruleIndex;
  if (atom.context === "ANY" || smartScopes.size === 0) return NO_NAMES;
  let byAtom = remembered.get(smartScopes);
  if (byAtom === undefined) {
    byAtom = new WeakMap();
    remembered.set(smartScopes, byAtom);
  }
  let names = byAtom.get(atom);
  if (names === undefined) {
    const { context, resourceType } = atom;
    const covering = (name: string): boolean =>
      parseSmartScope(name)?.atoms.some((other) => atomCovers(other, atom)) ?? false;
    names = new Set([...smartScopesNamed(snapshot, { context, resourceType })].filter(covering));
    byAtom.set(atom, names);
  }
  return names;
}

/** A SMART scope that a deny rule names, with the atom of it that is for the action in question. */
export interface DeniedScope {
  readonly name: string;
  readonly atom: Atom;
}

const NONE: readonly DeniedScope[] = [];

/** The SMART scopes of deny rules that are for this action on this type, in any context; `*`: on any type. */
export function smartScopesDenied(
  { ruleIndex }: Snapshot,
  action: string,
  resourceType: string,
): readonly DeniedScope[] {
  const { denied } = ruleIndex;
  if (denied.size === 0) return NONE;
  const found: DeniedScope[] = [];
  for (const type of resourceType === "*" ? ["*", ...typesDenied({ ruleIndex }, action)] : [resourceType, "*"])
    for (const name of denied.get(deniedKey(action, type))?.keys() ?? []) {
      const atom = parseSmartScope(name)?.atoms.find((each) => each.action === action);
      if (atom !== undefined && (resourceType === "*" || typeCovers(atom, resourceType))) found.push({ name, atom });
    }
  return found;
}

/** The resource types, `*` aside, for which deny rules of SMART scopes are, as to an action. */
export function typesDenied({ ruleIndex: { denied } }: Pick<Snapshot, "ruleIndex">, action: string): readonly string[] {
  const start = deniedKey(action, "");
  const types = [...denied.keys()].flatMap((key) => (key.startsWith(start) ? [key.slice(start.length)] : []));
  return types.filter((type) => type !== "*");
}

/** Whether any deny rule names a SMART scope: where none does, there is nothing to look for. */
export const deniesSmartScopes = ({ ruleIndex }: Snapshot): boolean => ruleIndex.denied.size > 0;
