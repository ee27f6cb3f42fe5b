import type { Breathe } from "../../kernel/ports.ts";
import type { Candidate, SampleStore } from "./store.ts";

/** Accesses that are looked at without a break. */
const AT_ONCE = 2_000;

/**
 * Draws `most` accesses of a window, each with the same chance: those whose decisions come first by `keyOf`, a hash under a secret that
 * nobody who makes a decision knows. Whoever draws from the same accesses draws the same.
 */
export async function drawUniformly(
  {
    breathe,
    keyOf,
    store,
  }: {
    readonly store: Pick<SampleStore, "unexplained">;
    readonly keyOf: (decisionId: string) => string;
    readonly breathe: Breathe;
  },
  { from, most, to }: { readonly from: number; readonly to: number; readonly most: number },
): Promise<{ readonly population: number; readonly decisionIds: readonly string[] }> {
  let population = 0;
  let kept: { readonly key: string; readonly decisionId: string }[] = [];
  let after: Candidate | null = null;
  do {
    const next: readonly Candidate[] = await store.unexplained({ from, to, after, first: AT_ONCE });
    population += next.length;
    for (const { decisionId } of next) kept.push({ key: keyOf(decisionId), decisionId });
    kept = kept.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, most);
    after = next.length < AT_ONCE ? null : (next.at(-1) ?? null);
    await breathe();
  } while (after !== null);
  return { population, decisionIds: kept.map(({ decisionId }) => decisionId) };
}
