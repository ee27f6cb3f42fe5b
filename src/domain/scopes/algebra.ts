import { groupBy } from "../kernel/groupBy.ts";
import { type Atom, type Constraint, compareAtoms, printConstraint, uniqueAtoms } from "./atom.ts";
import { bothConstraints, simplifyConstraint } from "./constraint.ts";
import { covers, typeCovers } from "./cover.ts";

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

/** Atoms that differ in the values of one entry only: `x & (v or w)` is `x & v` or `x & w`. */
interface Alike {
  readonly key: string;
  readonly parameter: string;
  readonly members: Atom[];
  readonly values: string[][];
}

function alike(atoms: readonly Atom[]): readonly Alike[] {
  const groups = new Map<string, Alike>();
  for (const atom of atoms) {
    for (const [at, { parameter, values }] of atom.constraint.entries()) {
      const rest = printConstraint(atom.constraint.toSpliced(at, 1));
      const key = JSON.stringify([atom.context, atom.resourceType, atom.action, parameter, rest]);
      const group = groups.get(key) ?? { key, parameter, members: [], values: [] };
      group.members.push(atom);
      group.values.push([...values]);
      groups.set(key, group);
    }
  }
  const worthwhile = [...groups.values()].filter((group) => group.members.length > 1);
  // The largest first, and by key where that does not decide: the same result whatever the order of the input.
  return worthwhile.sort((a, b) => b.members.length - a.members.length || (a.key < b.key ? -1 : 1));
}

/** Joins what can be joined now; null if nothing can. */
function joinOnce(atoms: readonly Atom[]): readonly Atom[] | null {
  const used = new Set<Atom>();
  const made: Atom[] = [];
  for (const { parameter, members, values } of alike(atoms)) {
    const open = members.flatMap((atom, at) => (used.has(atom) ? [] : [{ atom, values: values[at] ?? [] }]));
    const [first, second] = open;
    if (first === undefined || second === undefined) continue;
    for (const { atom } of open) used.add(atom);
    const own = printConstraint([{ parameter, values: first.values }]);
    const rest = first.atom.constraint.filter((entry) => printConstraint([entry]) !== own);
    const joined = { parameter, values: open.flatMap((one) => one.values) };
    made.push({ ...first.atom, constraint: simplifyConstraint([...rest, joined]) });
  }
  return used.size === 0 ? null : uniqueAtoms([...atoms.filter((atom) => !used.has(atom)), ...made]);
}

/** Fewer atoms of the same meaning, each the OR of constraints that differ in one entry. */
function joinAtoms(atoms: readonly Atom[]): readonly Atom[] {
  const next = joinOnce(atoms);
  return next === null ? atoms : joinAtoms(next);
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
