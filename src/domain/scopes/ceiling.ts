import { Memo } from "../kernel/memo.ts";
import { meetAtoms } from "./algebra.ts";
import { type Atom, type Constraint, printAtom, uniqueAtoms } from "./atom.ts";
import { AtomIndex } from "./atomIndex.ts";
import { bothConstraints, simplifyConstraint } from "./constraint.ts";
import { valueWithin } from "./constraintValue.ts";
import { type CounterExample, counterExample } from "./counterExample.ts";
import { atomCovers, uncovered } from "./cover.ts";
import { type SmartScope, smartLetters } from "./smart.ts";

/**
 * With how many atoms of the ceiling a constrained atom is intersected, where none of them takes it in by itself. What is
 * beyond counts for nothing, so that the product of a long token and many grants stays bounded.
 */
const MOST_MET = 32;

/** Types of requests for which it is remembered what an atom is worth. */
const TYPES_KEPT = 256;

const NONE: readonly Atom[] = [];

/** What is within both entries of one parameter by itself, or null: a resource that has a value of each is left aside. */
function commonEntry(a: Constraint[number], b: Constraint[number]): Constraint[number] | null {
  const within = (of: Constraint[number], other: Constraint[number]): readonly string[] =>
    of.values.filter((value) => other.values.some((wide) => valueWithin(value, wide)));
  const values = [...new Set([...within(a, b), ...within(b, a)])];
  return values.length === 0 ? null : { parameter: a.parameter, values };
}

/**
 * What satisfies both constraints, as far as it asks for one value of a parameter: that a resource is a laboratory result
 * and a survey at once, which neither side asks for, is of no use and would swell tokens. Null: nothing.
 */
function commonConstraint(a: Constraint, b: Constraint): Constraint | null {
  const both = bothConstraints(a, b);
  if (a.length === 0 || b.length === 0) return both;
  const entries: Constraint[number][] = [];
  for (const parameter of new Set(both.map((entry) => entry.parameter))) {
    const of = (constraint: Constraint) => constraint.filter((entry) => entry.parameter === parameter);
    const [own, left, right] = [of(both), of(a), of(b)];
    if (own.length <= Math.max(1, left.length, right.length)) {
      entries.push(...own);
      continue;
    }
    const [one, other] = [left[0], right[0]];
    const common = left.length === 1 && right.length === 1 && one && other ? commonEntry(one, other) : null;
    if (common === null) return null;
    entries.push(common);
  }
  return simplifyConstraint(entries);
}

const isWithinOne = (asked: Atom, granted: readonly Atom[]): boolean => granted.some((each) => atomCovers(each, asked));

/** Those with which an atom is intersected. */
const toMeet = (asked: Atom, granted: readonly Atom[]): readonly Atom[] =>
  asked.constraint.length === 0 ? granted : granted.slice(0, MOST_MET);

function inCommon(asked: Atom, granted: Atom): Atom | null {
  const met = meetAtoms(asked, granted);
  const constraint = met === null ? null : commonConstraint(asked.constraint, granted.constraint);
  return met === null || constraint === null ? null : { ...met, constraint };
}

/** Each once, without those that another one takes in, in the order of `compareAtoms`. */
function greatest(atoms: readonly Atom[]): readonly Atom[] {
  const unique = uniqueAtoms(atoms);
  if (unique.length < 2) return unique;
  return unique.filter(
    (atom, at) =>
      !unique.some(
        (other, before) => before !== at && atomCovers(other, atom) && (before < at || !atomCovers(atom, other)),
      ),
  );
}

/**
 * What several SMART scopes permit together (docs/scopes.md, "What a token is worth"). Immutable; what was asked of it is
 * remembered for as long as the one who asked keeps the atom or the scope.
 */
export class Ceiling {
  readonly #index: AtomIndex;
  readonly #parts = new WeakMap<Atom, Memo<readonly Atom[]>>();
  readonly #whole = new WeakMap<SmartScope, boolean>();
  readonly #missing = new WeakMap<SmartScope, CounterExample | null>();

  constructor(scopes: readonly SmartScope[]) {
    this.#index = new AtomIndex(uniqueAtoms(scopes.flatMap(({ atoms }) => atoms)));
  }

  get atoms(): readonly Atom[] {
    return this.#index.atoms;
  }

  /** Whether all of the scope is within what is permitted together. */
  coversWhole(scope: SmartScope): boolean {
    let whole = this.#whole.get(scope);
    if (whole === undefined) {
      whole = scope.atoms.every((atom) => uncovered(this.#index.near(atom, atom.resourceType), atom) === null);
      this.#whole.set(scope, whole);
    }
    return whole;
  }

  /** Whether the scope has anything in common with it. */
  meets(scope: SmartScope): boolean {
    return scope.atoms.some((atom) => {
      const granted = this.#beside(atom);
      return toMeet(atom, granted).some((each) => inCommon(atom, each) !== null) || isWithinOne(atom, granted);
    });
  }

  /** Something of the scope that is not within it, or null. */
  missing(scope: SmartScope): CounterExample | null {
    let found = this.#missing.get(scope);
    if (found === undefined) {
      found = this.atoms.length === 0 ? null : counterExample(this.#index, scope.atoms);
      this.#missing.set(scope, found);
    }
    return found;
  }

  /**
   * What an atom that takes in the type is worth for accesses to it: the atom itself, where one of the ceiling takes it in; else
   * what it has in common with each, the greatest of these. They are not joined: each is within one atom of the ceiling.
   */
  partsFor(asked: Atom, resourceType: string): readonly Atom[] {
    let byType = this.#parts.get(asked);
    if (byType === undefined) {
      byType = new Memo(TYPES_KEPT);
      this.#parts.set(asked, byType);
    }
    let parts = byType.get(resourceType);
    if (parts === undefined) {
      parts = this.#partsAmong(asked, this.#index.near(asked, resourceType));
      byType.set(resourceType, parts);
    }
    return parts;
  }

  /** Whether the atom is worth itself for accesses to the type. */
  takesIn(asked: Atom, resourceType: string): boolean {
    return isWithinOne(asked, this.#index.near(asked, resourceType));
  }

  /** The same for accesses to every type that it takes in. */
  partsOf(asked: Atom): readonly Atom[] {
    return this.#partsAmong(asked, this.#beside(asked));
  }

  /** Its atoms for an action on a type, in any context. */
  atomsFor(action: string, resourceType: string): readonly Atom[] {
    const contexts = ["PATIENT", "USER", "SYSTEM"] as const;
    return contexts.flatMap((context) => this.#index.on({ action, context }, resourceType));
  }

  #partsAmong(asked: Atom, granted: readonly Atom[]): readonly Atom[] {
    if (granted.length === 0) return NONE;
    if (isWithinOne(asked, granted)) return [asked];
    return greatest(toMeet(asked, granted).flatMap((each) => inCommon(asked, each) ?? []));
  }

  /** What of the same context and action has types in common with the atom, and may have values. */
  #beside(atom: Atom): readonly Atom[] {
    return this.#index.near(atom, atom.resourceType === "*" ? null : atom.resourceType);
  }
}

/** As a scope is written, for people: `patient/Observation.r?category=laboratory`. */
export const printPart = (atom: Atom): string => printAtom({ ...atom, action: smartLetters([atom.action]) });
