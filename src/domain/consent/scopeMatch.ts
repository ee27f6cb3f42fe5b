import { covers, meetAtoms } from "../scopes/algebra.ts";
import type { Atom } from "../scopes/atom.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import type { ConsentEffect, ConsentQuestion } from "./types.ts";

/** Which accesses are meant: all, none, or those to some types of resource, perhaps `*`. */
export type ScopeMatch = "ALL" | "NONE" | readonly string[];

const remembered = new WeakMap<readonly string[], readonly Atom[]>();

/** Found once for the list of a consent, which may be long and is looked at in each decision. */
function atomsOf(scopes: readonly string[]): readonly Atom[] {
  let atoms = remembered.get(scopes);
  if (atoms === undefined) {
    atoms = scopes.flatMap((scope) => parseSmartScope(scope)?.atoms ?? []);
    remembered.set(scopes, atoms);
  }
  return atoms;
}

/**
 * Whether an access under a scope is under one of those that a consent names: the same name, or a SMART scope within
 * them. A refusal reaches what an access under a wider scope has in common with it, type by type, and whatever is of no
 * scope in particular.
 */
export function matchScope(
  scopes: readonly string[] | null,
  { scope }: Pick<ConsentQuestion, "scope">,
  effect: ConsentEffect,
): ScopeMatch {
  if (scopes === null) return "ALL";
  if (scope === null) return effect === "DENY" ? "ALL" : "NONE";
  if (scopes.includes(scope)) return "ALL";
  const asked = parseSmartScope(scope)?.atoms ?? [];
  if (asked.length === 0) return "NONE";
  const named = atomsOf(scopes);
  if (covers(named, asked)) return "ALL";
  if (effect === "PERMIT") return "NONE";
  const common = named.flatMap((one) => asked.flatMap((other) => meetAtoms(one, other)?.resourceType ?? []));
  if (common.length === 0) return "NONE";
  return common.includes("*") ? "ALL" : [...new Set(common)].sort();
}
