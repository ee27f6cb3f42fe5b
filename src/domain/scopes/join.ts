import { type Atom, printConstraint, uniqueAtoms } from "./atom.ts";
import { simplifyConstraint } from "./constraint.ts";

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
export function joinAtoms(atoms: readonly Atom[]): readonly Atom[] {
  const next = joinOnce(atoms);
  return next === null ? atoms : joinAtoms(next);
}
