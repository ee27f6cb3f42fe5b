import { groupBy } from "../kernel/groupBy.ts";
import { type Atom, type Constraint, compareAtoms, uniqueAtoms } from "./atom.ts";
import { bothConstraints, simplifyConstraint } from "./constraint.ts";
import { covers, typeCovers } from "./cover.ts";
import { joinAtoms } from "./join.ts";

export { constraintImplies } from "./constraint.ts";
export { counterExample } from "./counterExample.ts";
export { atomCovers, covers } from "./cover.ts";

/** What two atoms have in common, or null. */
export function meetAtoms(a: Atom, b: Atom): Atom | null {
  if (a.context !== b.context || a.action !== b.action) return null;
  const [narrow, wide] = typeCovers(b, a.resourceType) ? [a, b] : [b, a];
  if (!typeCovers(wide, narrow.resourceType)) return null;
  return { ...narrow, constraint: bothConstraints(a.constraint, b.constraint) };
}

/**
 * What is left of a request under a ceiling: the greatest set of atoms within both (docs/scopes.md,
 * "Issuing narrows by meet"). `patient/*.rs` under `patient/Observation.cruds` is `patient/Observation.rs`.
 * In shortest form; empty if they have nothing in common.
 */
export function meet(requested: readonly Atom[], ceiling: readonly Atom[]): readonly Atom[] {
  return union(requested.flatMap((r) => ceiling.flatMap((c) => meetAtoms(r, c) ?? [])));
}

/**
 * The same permissions in the shortest form found: no atom that the others permit anyway, and constraints
 * joined where one constraint says the same. Each way covers the other. Deterministic, whatever the order
 * of the input.
 */
export function union(atoms: readonly Atom[]): readonly Atom[] {
  const simple = uniqueAtoms(atoms.map((atom) => ({ ...atom, constraint: simplifyConstraint(atom.constraint) })));
  // Atoms of another context or action have no part in each other: looking at each group alone keeps long lists quick.
  const groups = groupBy(simple, ({ context, action }) => `${context} ${action}`);
  return [...groups.values()].flatMap((group) => withoutCovered(joinAtoms(withoutCovered(group)))).sort(compareAtoms);
}

/**
 * The shortest list of constraints that means "any of these": the `filter` of a search that several atoms
 * permit. One empty constraint if any of them is empty, for then nothing is filtered.
 */
export function anyOf(constraints: readonly Constraint[]): readonly Constraint[] {
  const atoms = constraints.map(
    (constraint): Atom => ({ context: "ANY", resourceType: "*", action: "search", constraint }),
  );
  return union(atoms).map((atom) => atom.constraint);
}

/** Drops from the end, so that of two equal ones the first stays. */
function withoutCovered(atoms: readonly Atom[]): readonly Atom[] {
  let kept = atoms;
  for (let at = atoms.length - 1; at >= 0; at--) {
    const atom = atoms[at];
    if (atom === undefined) continue;
    const others = kept.filter((other) => other !== atom);
    if (covers(others, [atom])) kept = others;
  }
  return kept;
}
