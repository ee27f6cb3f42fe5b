import type { Atom, AtomContext, Constraint } from "./atom.ts";
import { widerValues } from "./constraintValue.ts";

/** Positions in a list of atoms, ascending. */
type Positions = readonly number[];
const NOWHERE: Positions = [];
const NONE: readonly Atom[] = [];

/** How one parameter tells the atoms of a list apart. */
interface ByValue {
  /** Those that say nothing of it. */
  readonly free: Positions;
  /** By each value, and by each wider one that takes it in. */
  readonly found: ReadonlyMap<string, Positions>;
}

/** Atoms of one context and action. */
class Alike {
  readonly atoms: Atom[] = [];
  readonly #parameters = new Map<string, ByValue>();

  /** Those that may have something in common with a constraint: where both are about one parameter, one of its values. */
  near(constraint: Constraint): readonly Atom[] {
    let best: Positions | null = null;
    for (const parameter of new Set(constraint.map((entry) => entry.parameter))) {
      const { free, found } = this.#by(parameter);
      const values = constraint.flatMap((entry) => (entry.parameter === parameter ? entry.values : []));
      const at = new Set<number>();
      for (const value of values)
        for (const each of [value, ...widerValues(value)]) for (const one of found.get(each) ?? NOWHERE) at.add(one);
      if (best !== null && best.length <= free.length + at.size) continue;
      best = at.size === 0 ? free : [...free, ...at].sort((a, b) => a - b);
    }
    return best === null || best.length === this.atoms.length ? this.atoms : best.flatMap((at) => this.atoms[at] ?? []);
  }

  #by(parameter: string): ByValue {
    const known = this.#parameters.get(parameter);
    if (known !== undefined) return known;
    const free: number[] = [];
    const found = new Map<string, number[]>();
    for (const [at, { constraint }] of this.atoms.entries()) {
      const own = constraint.filter((entry) => entry.parameter === parameter);
      if (own.length === 0) free.push(at);
      const values = own.flatMap((entry) => entry.values);
      for (const value of new Set(values.flatMap((each) => [each, ...widerValues(each)]))) {
        const same = found.get(value);
        if (same === undefined) found.set(value, [at]);
        else same.push(at);
      }
    }
    const made = { free, found };
    this.#parameters.set(parameter, made);
    return made;
  }
}

const kindOf = ({ action, context }: Pick<Atom, "action" | "context">): string => `${context} ${action}`;

/**
 * Atoms by what they are for, so that one atom is compared with the few that can have something in common with it, and not
 * with all. Lists are in the order in which the atoms were given. Immutable.
 */
export class AtomIndex {
  readonly atoms: readonly Atom[];
  /** By context and action, and then by type; `null`: of every type. */
  readonly #alike = new Map<string, Map<string | null, Alike>>();
  readonly #types = new Map<AtomContext, Set<string>>();

  constructor(atoms: readonly Atom[]) {
    this.atoms = atoms;
    for (const atom of atoms) {
      const { context, resourceType } = atom;
      const byType = this.#alike.get(kindOf(atom)) ?? new Map<string | null, Alike>();
      this.#alike.set(kindOf(atom), byType);
      for (const type of [resourceType, null]) {
        const alike = byType.get(type) ?? new Alike();
        byType.set(type, alike);
        alike.atoms.push(atom);
      }
      this.#types.set(context, (this.#types.get(context) ?? new Set()).add(resourceType));
    }
  }

  /** The types of a context, for any action. */
  typesIn(context: AtomContext): ReadonlySet<string> {
    return this.#types.get(context) ?? new Set();
  }

  /** What of the same context and action takes in the type: that of the type first, then that of all. */
  on(of: Pick<Atom, "action" | "context">, resourceType: string): readonly Atom[] {
    return this.#of(of, resourceType, ({ atoms }) => atoms);
  }

  /** Those of `on` that can have something in common with an atom's constraint, and maybe more; `null`: on any type. */
  near(atom: Atom, resourceType: string | null): readonly Atom[] {
    return this.#of(atom, resourceType, (alike) => alike.near(atom.constraint));
  }

  #of(
    of: Pick<Atom, "action" | "context">,
    resourceType: string | null,
    take: (alike: Alike) => readonly Atom[],
  ): readonly Atom[] {
    const byType = this.#alike.get(kindOf(of));
    if (byType === undefined) return NONE;
    const [own, all] = [byType.get(resourceType), byType.get("*")];
    if (resourceType === null || resourceType === "*" || all === undefined) return own === undefined ? NONE : take(own);
    return own === undefined ? take(all) : [...take(own), ...take(all)];
  }
}
