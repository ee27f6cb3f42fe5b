import { type Constraint, canonicalConstraint, printConstraint } from "./atom.ts";
import { valueWithin } from "./constraint-value.ts";

type Entry = Constraint[number];

/** Whether every value of the narrow entry is within some value of the wide one (a comma is OR). */
function entryWithin(narrow: Entry, wide: Entry): boolean {
  if (narrow.parameter !== wide.parameter) return false;
  return narrow.values.every((value) => wide.values.some((other) => valueWithin(value, other)));
}

/**
 * Whether all that satisfies `r` satisfies `g` (DESIGN section 3, "Constraint implication"): no constraint
 * in `g`, or for each of its entries some entry of `r` whose values are all within it.
 */
export function constraintImplies(r: Constraint, g: Constraint): boolean {
  return g.every((wide) => r.some((narrow) => entryWithin(narrow, wide)));
}

/** The same meaning without what is said twice: values within another value, entries implied by another. */
export function simplifyConstraint(c: Constraint): Constraint {
  const entries = canonicalConstraint(
    canonicalConstraint(c).map(({ parameter, values }) => ({
      parameter,
      values: values.filter((value) => !values.some((other) => other !== value && valueWithin(value, other))),
    })),
  );
  // No two of them are within each other now: they would be equal, and nothing is there twice.
  return entries.filter((entry) => !entries.some((other) => other !== entry && entryWithin(other, entry)));
}

/** What satisfies both: the greatest constraint that implies each. */
export function bothConstraints(a: Constraint, b: Constraint): Constraint {
  return simplifyConstraint([...a, ...b]);
}

/**
 * One constraint that means "a or b", or null if none does: they must differ in one entry of the same
 * parameter, since `x & (v or w)` is `x & v` or `x & w`.
 */
export function eitherConstraint(a: Constraint, b: Constraint): Constraint | null {
  const text = (entry: Entry): string => printConstraint([entry]);
  const inA = new Set(a.map(text));
  const inB = new Set(b.map(text));
  const onlyA = a.filter((entry) => !inB.has(text(entry)));
  const onlyB = b.filter((entry) => !inA.has(text(entry)));
  const [x, y] = [onlyA[0], onlyB[0]];
  if (x === undefined || y === undefined || onlyA.length > 1 || onlyB.length > 1 || x.parameter !== y.parameter)
    return null;
  const shared = a.filter((entry) => inB.has(text(entry)));
  return simplifyConstraint([...shared, { parameter: x.parameter, values: [...x.values, ...y.values] }]);
}
