import { nodeHash } from "./merkleTree.ts";
import type { Digest, RecordHash } from "./recordHash.ts";

const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);
const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

/** Whether the hashes prove that `leaf` stands at `index` in the tree of `size` leaves under `root` (RFC 9162 section 2.1.3.2). */
export function provesInclusion(
  proof: {
    readonly leaf: Digest;
    readonly index: number;
    readonly size: number;
    readonly hashes: readonly Digest[];
    readonly root: Digest;
  },
  hash: RecordHash,
): boolean {
  const { hashes, index, leaf, root, size } = proof;
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  let [at, last, node] = [index, size - 1, leaf];
  for (const other of hashes) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      node = nodeHash(other, node, hash);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else node = nodeHash(node, other, hash);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && node === root;
}

/** The root of a tree, by its size. */
export interface TreeRoot {
  readonly size: number;
  readonly root: Digest;
}

/** Whether the hashes prove that the later tree begins with all of the earlier one (RFC 9162 section 2.1.4.2). */
export function provesConsistency(
  {
    earlier,
    later,
    hashes,
  }: { readonly earlier: TreeRoot; readonly later: TreeRoot; readonly hashes: readonly Digest[] },
  hash: RecordHash,
): boolean {
  if (!isCount(earlier.size) || !isCount(later.size) || earlier.size === 0 || earlier.size > later.size) return false;
  if (earlier.size === later.size) return hashes.length === 0 && earlier.root === later.root;
  let [at, last] = [earlier.size - 1, later.size - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  // Where the earlier tree is a complete subtree, its root is where the proof begins.
  const [first, ...rest] = at === 0 ? [earlier.root, ...hashes] : hashes;
  if (first === undefined) return false;
  let [old, fresh] = [first, first];
  for (const other of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      old = nodeHash(other, old, hash);
      fresh = nodeHash(other, fresh, hash);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else fresh = nodeHash(fresh, other, hash);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && old === earlier.root && fresh === later.root;
}
