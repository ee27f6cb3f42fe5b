import type { DecideFacts } from "../domain/decisions/facts.ts";
import { usableVersions } from "../domain/decisions/holds/lifecycle.ts";
import { canonicalAction, interactions } from "../domain/scopes/atom.ts";
import { typeCovers } from "../domain/scopes/cover.ts";
import { looksLikeSmart } from "../domain/scopes/smart.ts";

/** What is asked by a scope's name; or why that can't be told. */
export type Named =
  | { readonly action: string; readonly problem?: never }
  | { readonly action?: never; readonly problem: string };

/**
 * The action that a custom scope's name stands for on a resource type, or null when the name is an action and no such
 * scope. FHIR's interactions are always actions, and a scope that never was active stands for nothing yet: a draft must
 * not change what applications are answered.
 *
 * It is the one action of the scope's atoms for that type. `search` beside others is left out, since an evaluation is
 * about one resource. A scope with none for the type is asked for as it is, and does not cover.
 */
export function scopeNamed({ snapshot, now }: DecideFacts, name: string, resourceType: string): Named | null {
  const versions = snapshot.scopes.get(name);
  if (versions === undefined || looksLikeSmart(name) || interactions.includes(canonicalAction(name))) return null;
  const usable = usableVersions(versions, now);
  const tried = usable.length > 0 ? usable : versions.filter(({ state }) => state !== "DRAFT").slice(-1);
  if (tried.length === 0) return null;
  for (const { atoms } of tried) {
    const actions = new Set(atoms.filter((atom) => typeCovers(atom, resourceType)).map(({ action }) => action));
    if (actions.size > 1) actions.delete("search");
    const [first, ...others] = actions;
    if (first === undefined) continue;
    if (others.length === 0) return { action: first };
    return {
      problem: `is a scope with several actions on ${resourceType} (${[...actions].sort().join(", ")}): name one of them, and the scope in context.scopes`,
    };
  }
  return { action: name };
}
