import { type Constraint, canonicalConstraint } from "./atom.ts";
import { widerValues } from "./constraintValue.ts";

type Entry = Constraint[number];

/** Whether every value of the narrow entry is within some value of the wide one (a comma is OR). */
function entryWithin(narrow: Entry, wide: Entry): boolean {
  if (narrow.parameter !== wide.parameter) return false;
  const { values } = wide;
  // Most entries have one or two values, for which a set would cost more than it saves.
  if (values.length <= 8) {
    return narrow.values.every(
      (value) => values.includes(value) || widerValues(value).some((wider) => values.includes(wider)),
    );
  }
  const set = new Set(values);
  return narrow.values.every((value) => set.has(value) || widerValues(value).some((wider) => set.has(wider)));
}

/**
 * Whether all that satisfies `r` satisfies `g` (docs/scopes.md, "What covers what"): no constraint
 * in `g`, or for each of its entries some entry of `r` whose values are all within it.
 */
export function constraintImplies(r: Constraint, g: Constraint): boolean {
  return g.every((wide) => r.some((narrow) => entryWithin(narrow, wide)));
}

/** The same meaning without what is said twice: values within another value, entries implied by another. */
export function simplifyConstraint(c: Constraint): Constraint {
  const entries = canonicalConstraint(c.map(({ parameter, values }) => ({ parameter, values: widest(values) })));
  // No two of them are within each other now: they would be equal, and nothing is there twice.
  return entries.filter((entry) => !entries.some((other) => other !== entry && entryWithin(other, entry)));
}

function widest(values: readonly string[]): readonly string[] {
  const all = new Set(values);
  return values.filter((value) => !widerValues(value).some((wider) => all.has(wider)));
}

/** What satisfies both: the greatest constraint that implies each. */
export function bothConstraints(a: Constraint, b: Constraint): Constraint {
  return simplifyConstraint([...a, ...b]);
}
