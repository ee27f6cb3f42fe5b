import { ScopewardenError } from "../../kernel/errors.ts";
import type { ExportBegin, SignedHead } from "../exportLine.ts";
import { consistencyRanges, subtreesOf } from "../tree/merkleTree.ts";
import type { RecordStore } from "../tree/store.ts";

type Tree = Pick<RecordStore, "checkpointFrom" | "checkpointUpTo" | "hashesOf" | "keys">;

/** How an export begins whose first act is number `first` of the tree: the roots of the complete subtrees before it. */
export async function beginOf(tree: Tree, first: number, month: string | null): Promise<ExportBegin> {
  const before = subtreesOf({ from: 0, to: first }).map(({ index, level }) => ({
    from: index * 2 ** level,
    to: (index + 1) * 2 ** level,
  }));
  return { before: await tree.hashesOf(before), first, month };
}

/** The last checkpoint that each key signed within acts from `first` on up to `size` of them, the oldest first: so that who has an old key can follow. */
export async function checkpointsWithin(
  tree: Tree,
  { first, size }: { readonly first: number; readonly size: number },
): Promise<readonly string[]> {
  const notes = new Map<number, string>();
  for (const { untilSize } of await tree.keys()) {
    const checkpoint = await tree.checkpointUpTo(Math.min(untilSize ?? size, size));
    if (checkpoint !== null && checkpoint.size > first) notes.set(checkpoint.size, checkpoint.note);
  }
  return [...notes].sort(([a], [b]) => a - b).map(([, note]) => note);
}

/**
 * The first checkpoint of each key over `size` acts or more, with what proves that its tree begins with these.
 * @throws ScopewardenError CONFLICT where there is none
 */
export async function headsOver(tree: Tree, size: number): Promise<readonly SignedHead[]> {
  const heads: SignedHead[] = [];
  for (const { sinceSize, untilSize } of await tree.keys()) {
    const checkpoint = await tree.checkpointFrom(Math.max(size, sinceSize + (sinceSize > 0 ? 1 : 0)));
    if (checkpoint === null || (untilSize !== null && checkpoint.size > untilSize)) continue;
    const ranges = checkpoint.size === size ? [] : consistencyRanges(size, checkpoint.size);
    heads.push({ note: checkpoint.note, hashes: await tree.hashesOf(ranges) });
  }
  if (heads.length === 0)
    throw new ScopewardenError(
      "CONFLICT",
      "No checkpoint speaks for these acts yet. The service signs one within a minute: start it, and ask again.",
    );
  return heads;
}
