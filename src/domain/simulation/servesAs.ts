import { type Filter, filterAmong } from "../decisions/filter.ts";
import { FILTER } from "../decisions/ownObligations.ts";
import type { Verdict } from "../decisions/types.ts";
import { canonicalJson, type Json } from "../kernel/canonical.ts";
import type { Obligation } from "../policy/types.ts";
import { covers } from "../scopes/algebra.ts";
import { type Atom, parseConstraint } from "../scopes/atom.ts";

type Clause = Filter["allOf"][number];

/** The constraints of a clause, as atoms. */
const constraintsOf = ({ anyOf }: Clause, resourceType: string): readonly Atom[] =>
  anyOf.flatMap((condition): Atom[] => {
    const parsed = condition.type === "constraint" ? parseConstraint(condition.constraint, resourceType) : null;
    return parsed?.ok ? [{ context: "ANY", resourceType, action: "search", constraint: parsed.value }] : [];
  });

const textsOf = ({ anyOf }: Clause): readonly string[] =>
  anyOf.filter(({ type }) => type !== "constraint").map((condition) => JSON.stringify(condition));

/** Whether all that meets the one clause meets the other. */
function implies(narrow: Clause, wide: Clause, resourceType: string): boolean {
  const others = textsOf(wide);
  return (
    textsOf(narrow).every((text) => others.includes(text)) &&
    covers(constraintsOf(wide, resourceType), constraintsOf(narrow, resourceType))
  );
}

/** The obligations beside the filter, in one order. */
export const otherObligations = ({ obligations }: Pick<Verdict, "obligations">): string =>
  canonicalJson(
    obligations
      .filter((obligation: Obligation) => obligation.type !== FILTER)
      .map((obligation) => canonicalJson(obligation as unknown as Json))
      .sort(),
  );

/** Whether the later answer lets a search return all that the earlier one does. */
export function returnsNoLess(
  before: Pick<Verdict, "obligations">,
  after: Pick<Verdict, "obligations">,
  resourceType: string,
): boolean {
  const narrowed = filterAmong(after.obligations);
  const earlier = filterAmong(before.obligations)?.allOf ?? [];
  return (
    narrowed === null || narrowed.allOf.every((wide) => earlier.some((clause) => implies(clause, wide, resourceType)))
  );
}

/**
 * Whether one allowed answer serves a caller as another did: it asks for the same obligations, and a search may return
 * no less. `ALLOW` alone would not be enough to say so.
 */
export function servesAs(before: Verdict, after: Verdict, resourceType: string): boolean {
  if (before.outcome !== "ALLOW" || after.outcome !== "ALLOW") return false;
  return otherObligations(before) === otherObligations(after) && returnsNoLess(before, after, resourceType);
}
