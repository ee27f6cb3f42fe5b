import type { DecideFacts } from "../decisions/facts.ts";
import { badInput } from "../kernel/errors.ts";
import type { Breathe } from "../kernel/ports.ts";
import { applyInParts, type ChangeFacts } from "../policy/apply.ts";
import type { PolicyOperation } from "../policy/operations.ts";
import type { Snapshot } from "../policy/snapshot.ts";

/** What questions about a policy that is not in force need: what decisions rest on, and what changes rest on. */
export interface Hypothesis {
  readonly facts: DecideFacts;
  readonly changeFacts: ChangeFacts;
}

/** For each item, in order: decisions that wait go first. */
export async function unhurried<Item>(
  items: readonly Item[],
  breathe: Breathe,
  each: (item: Item) => void,
): Promise<void> {
  for (const item of items) {
    await breathe();
    each(item);
  }
}

/** The facts as they would be after a change that is not made. @throws ScopewardenError BAD_USER_INPUT */
export async function supposing(
  { facts, changeFacts }: Hypothesis,
  operations: readonly PolicyOperation[],
  { breathe, pathOf = (path) => path }: { readonly breathe: Breathe; readonly pathOf?: (path: string) => string },
): Promise<DecideFacts> {
  if (operations.length === 0) return facts;
  const applied = await applyInParts(facts.snapshot, operations, { facts: changeFacts, breathe });
  if (!applied.ok) throw badInput(applied.problems.map(({ path, message }) => ({ path: pathOf(path), message })));
  return { ...facts, snapshot: applied.snapshot satisfies Snapshot };
}
