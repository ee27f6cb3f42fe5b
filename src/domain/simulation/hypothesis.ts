import type { DecideFacts } from "../decisions/facts.ts";
import { badInput } from "../kernel/errors.ts";
import { applyOperations, type ChangeFacts } from "../policy/apply.ts";
import type { PolicyOperation } from "../policy/operations.ts";
import type { Snapshot } from "../policy/snapshot.ts";

/** What questions about a policy that is not in force need: what decisions rest on, and what changes rest on. */
export interface Hypothesis {
  readonly facts: DecideFacts;
  readonly changeFacts: ChangeFacts;
}

/** Lets waiting work run: long questions must not hold up decisions. */
export type Breathe = () => Promise<void>;

/** How many decisions are made again before others get a turn. */
const AT_ONCE = 50;

/** For each item, in order, with a pause from time to time. */
export async function unhurried<Item>(
  items: readonly Item[],
  breathe: Breathe,
  each: (item: Item) => void,
): Promise<void> {
  for (const [i, item] of items.entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await breathe();
    each(item);
  }
}

/** The facts as they would be after a change that is not made. @throws ScopewardenError BAD_USER_INPUT */
export function supposing(
  { facts, changeFacts }: Hypothesis,
  operations: readonly PolicyOperation[],
  pathOf: (path: string) => string = (path) => path,
): DecideFacts {
  if (operations.length === 0) return facts;
  const applied = applyOperations(facts.snapshot, operations, changeFacts);
  if (!applied.ok) throw badInput(applied.problems.map(({ path, message }) => ({ path: pathOf(path), message })));
  return { ...facts, snapshot: applied.snapshot satisfies Snapshot };
}
