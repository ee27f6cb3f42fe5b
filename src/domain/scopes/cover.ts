import type { Atom, Constraint } from "./atom.ts";
import { constraintImplies } from "./constraint.ts";

/**
 * Whether the type of a granted atom takes in a requested one. `*` stands for every type, those of later versions of FHIR
 * and types of one's own included; `*` itself is within `*` alone.
 */
export function typeCovers(g: Pick<Atom, "resourceType">, resourceType: string): boolean {
  return g.resourceType === resourceType || g.resourceType === "*";
}

/**
 * Whether `g` alone permits all that `r` permits (docs/scopes.md): same context (ANY is one of them and
 * covers ANY only), type covered, same action, and the constraint of `r` implies that of `g`.
 */
export function atomCovers(g: Atom, r: Atom): boolean {
  return sameButConstraint(g, r) && constraintImplies(r.constraint, g.constraint);
}

function sameButConstraint(g: Atom, r: Atom): boolean {
  return g.context === r.context && g.action === r.action && typeCovers(g, r.resourceType);
}

/**
 * The first plain alternative of the constraint that no granted one takes in, or null. A comma is OR and
 * two scopes are OR, so `category=a,b` is within `category=a` and `category=b` held together. Splitting
 * stops where a single granted constraint suffices, and only parameters that are granted on are split.
 */
function uncoveredPart(granted: readonly Constraint[], requested: Constraint): Constraint | null {
  if (granted.some((g) => constraintImplies(requested, g))) return null;
  const at = requested.findIndex(
    ({ parameter, values }) =>
      values.length > 1 && granted.some((g) => g.some((entry) => entry.parameter === parameter)),
  );
  const entry = requested[at];
  if (entry === undefined) return requested;
  for (const value of entry.values) {
    const part = uncoveredPart(granted, requested.with(at, { parameter: entry.parameter, values: [value] }));
    if (part !== null) return part;
  }
  return null;
}

/** The first part of a requested atom that the granted ones together do not permit, or null if they do. */
export function uncovered(granted: readonly Atom[], requested: Atom): Atom | null {
  const candidates = granted.filter((g) => sameButConstraint(g, requested)).map((g) => g.constraint);
  const constraint = uncoveredPart(candidates, requested.constraint);
  return constraint === null ? null : { ...requested, constraint };
}

/** Whether all that is requested is within what is granted. Reflexive and transitive; nothing is within all. */
export function covers(granted: readonly Atom[], requested: readonly Atom[]): boolean {
  return requested.every((r) => uncovered(granted, r) === null);
}
