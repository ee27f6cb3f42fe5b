import type { KeptRestriction } from "../decisions/restrictions/restriction.ts";
import type { RestrictionFacts, RestrictionRef } from "../decisions/restrictions/store.ts";
import type { DecisionRecord } from "../decisions/types.ts";

/** A version of a restriction that a decision names, with its place in the record. */
interface NamedRestriction extends RestrictionRef {
  readonly path: string;
}

const restrictionNames = ({ facts }: Pick<DecisionRecord, "facts">): readonly NamedRestriction[] =>
  (facts ?? []).flatMap(({ id, kind, version }, i) =>
    kind === "RESTRICTION" ? [{ id, version, path: `facts.${i}` }] : [],
  );

/**
 * The restrictions that a decision names, as they were when it was made: in force, even where they were lifted since. `gone` has the
 * places of those that are not there. Few decisions name any: each is read when it is asked for. @throws ScopewardenError POLICY_UNAVAILABLE
 */
export async function restrictionsThen(
  store: Pick<RestrictionFacts, "versions">,
  record: Pick<DecisionRecord, "facts">,
): Promise<{ readonly restrictions: readonly KeptRestriction[]; readonly gone: readonly string[] }> {
  const names = restrictionNames(record);
  if (names.length === 0) return { restrictions: [], gone: [] };
  const found = await store.versions(names.map(({ id, version }) => ({ id, version })));
  return {
    restrictions: found.filter((each) => each !== null),
    gone: names.filter((_, i) => found[i] === null).map(({ path }) => path),
  };
}
