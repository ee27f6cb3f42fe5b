import type { Verdict } from "../decisions/types.ts";
import { canonicalJson, type Json } from "../kernel/canonical.ts";
import type { Obligation } from "../policy/types.ts";
import { covers } from "../scopes/algebra.ts";
import { type Atom, parseConstraint } from "../scopes/atom.ts";

/** What a search may return, as atoms; null: not narrowed. */
function filterOf({ obligations }: Verdict, resourceType: string): readonly Atom[] | null {
  const [first] = obligations;
  if (first?.type !== "filter") return null;
  const { anyOf } = (first.parameters ?? {}) as { readonly anyOf?: readonly string[] };
  return (anyOf ?? []).flatMap((text): Atom[] => {
    const constraint = parseConstraint(text, resourceType);
    return constraint.ok ? [{ context: "ANY", resourceType, action: "search", constraint: constraint.value }] : [];
  });
}

const rest = ({ obligations }: Verdict): string =>
  canonicalJson(
    obligations
      .filter((obligation: Obligation) => obligation.type !== "filter")
      .map((obligation) => canonicalJson(obligation as unknown as Json))
      .sort(),
  );

/**
 * Whether one allowed answer serves a caller as another did: it asks for the same obligations, and a search may return
 * no less. `ALLOW` alone would not be enough to say so.
 */
export function servesAs(before: Verdict, after: Verdict, resourceType: string): boolean {
  if (before.outcome !== "ALLOW" || after.outcome !== "ALLOW") return false;
  if (rest(before) !== rest(after)) return false;
  const narrowed = filterOf(after, resourceType);
  if (narrowed === null) return true;
  const earlier = filterOf(before, resourceType);
  return earlier !== null && covers(narrowed, earlier);
}
