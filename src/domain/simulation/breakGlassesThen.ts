import type { KeptBreakGlass } from "../consent/breakGlass/breakGlass.ts";
import type { BreakGlassRef, BreakGlassStore } from "../consent/breakGlass/store.ts";
import type { DecisionRecord } from "../decisions/types.ts";

/** A version of an emergency that a decision names, with its place in the record. */
interface NamedBreakGlass extends BreakGlassRef {
  readonly path: string;
}

const breakGlassNames = ({ facts }: Pick<DecisionRecord, "facts">): readonly NamedBreakGlass[] =>
  (facts ?? []).flatMap(({ id, kind, version }, i) =>
    kind === "BREAK_GLASS" ? [{ id, version, path: `facts.${i}` }] : [],
  );

/**
 * The emergencies that a decision names, as they were when it was made: open, even where they have ended since. `gone` has the
 * places of those that are not there. Few decisions name any: each is read when it is asked for. @throws ScopewardenError POLICY_UNAVAILABLE
 */
export async function breakGlassesThen(
  store: Pick<BreakGlassStore, "versions">,
  record: Pick<DecisionRecord, "facts">,
): Promise<{ readonly breakGlasses: readonly KeptBreakGlass[]; readonly gone: readonly string[] }> {
  const names = breakGlassNames(record);
  if (names.length === 0) return { breakGlasses: [], gone: [] };
  const found = await store.versions(names.map(({ id, version }) => ({ id, version })));
  return {
    breakGlasses: found.filter((each) => each !== null),
    gone: names.filter((_, i) => found[i] === null).map(({ path }) => path),
  };
}
