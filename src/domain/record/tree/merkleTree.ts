import type { Digest, RecordHash } from "./recordHash.ts";

/** The first byte of what is hashed tells leaves from inner nodes (RFC 6962 section 2.1). */
const LEAF = 0;
const NODE = 1;

/** SHA-256 of nothing: the root of a tree without leaves. */
export const EMPTY_ROOT: Digest = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

export const leafHash = (entry: string, hash: RecordHash): Digest => hash.ofText(LEAF, entry);
export const nodeHash = (left: Digest, right: Digest, hash: RecordHash): Digest => hash.ofPair(NODE, left, right);

/** Leaves from one up to another, which is not among them. */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/** A complete subtree: the 2^level leaves from index * 2^level on. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** The largest power of two below n, and its logarithm. */
function splitAt(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The complete subtrees, larger ones first, that a range consists of; it begins where a subtree of its size would. */
export function subtreesOf({ from, to }: LeafRange): readonly Subtree[] {
  const subtrees: Subtree[] = [];
  let at = from;
  while (at < to) {
    let [level, width] = [0, 1];
    while (width * 2 <= to - at) {
      level++;
      width *= 2;
    }
    subtrees.push({ level, index: at / width });
    at += width;
  }
  return subtrees;
}

/** The root over neighbours, the last of which is the smallest. */
export const foldRight = (roots: readonly Digest[], hash: RecordHash): Digest =>
  roots.length === 0 ? EMPTY_ROOT : roots.reduceRight((right, left) => nodeHash(left, right, hash));

/**
 * A tree that only grows, known by the roots of the complete subtrees that it consists of: as many as there are ones in its size. A leaf
 * is added in O(log n).
 */
export class GrowingTree {
  #size: number;
  readonly #roots: Digest[];
  readonly #hash: RecordHash;

  /** `roots` are those of `subtreesOf` the whole. */
  constructor(hash: RecordHash, size = 0, roots: readonly Digest[] = []) {
    this.#hash = hash;
    this.#size = size;
    this.#roots = [...roots];
  }

  get size(): number {
    return this.#size;
  }
  get root(): Digest {
    return foldRight(this.#roots, this.#hash);
  }

  /** One that grows from here by itself. */
  branch(): GrowingTree {
    return new GrowingTree(this.#hash, this.#size, this.#roots);
  }

  append(leaf: Digest): void {
    let root = leaf;
    for (let of = this.#size; of % 2 === 1; of = (of - 1) / 2)
      root = nodeHash(this.#roots.pop() as Digest, root, this.#hash);
    this.#roots.push(root);
    this.#size++;
  }
}

/** The ranges whose roots prove that leaf `index` is in the tree of `size`, from the leaf up (RFC 6962 section 2.1.1). */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  const path = ({ from, to }: LeafRange): readonly LeafRange[] => {
    if (to - from <= 1) return [];
    const middle = from + splitAt(to - from);
    const [left, right] = [
      { from, to: middle },
      { from: middle, to },
    ];
    return index < middle ? [...path(left), right] : [...path(right), left];
  };
  return path({ from: 0, to: size });
}

/** The ranges whose roots prove that the tree of `size` begins with that of `earlier` leaves, of which there are some (RFC 6962 section 2.1.2). */
export function consistencyRanges(earlier: number, size: number): readonly LeafRange[] {
  /** `isWhole`: whether it is the whole earlier tree, whose root the reader has. */
  const proof = ({ from, to }: LeafRange, isWhole: boolean): readonly LeafRange[] => {
    if (earlier === to) return isWhole ? [] : [{ from, to }];
    const middle = from + splitAt(to - from);
    const [left, right] = [
      { from, to: middle },
      { from: middle, to },
    ];
    return earlier <= middle ? [...proof(left, isWhole), right] : [...proof(right, false), left];
  };
  return proof({ from: 0, to: size }, true);
}
