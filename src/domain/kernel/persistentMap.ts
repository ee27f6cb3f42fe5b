/**
 * An immutable map from strings, as a hash array mapped trie (P. Bagwell, "Ideal Hash Trees", 2001): a change
 * copies the path to one leaf and shares the rest, so that a change of a large policy costs what it touches,
 * and old revisions stay readable. Iteration order is unspecified but the same for equal contents
 * built in the same order.
 */

type Leaf<V> = { readonly hash: number; readonly key: string; readonly value: V };
type Bucket<V> = { readonly hash: number; readonly leaves: readonly Leaf<V>[] };
/**
 * Its bitmap, and then its children: one array and nothing around it, since what a look-up in a large map costs is how
 * many objects it touches.
 */
type Branch<V> = [bitmap: number, ...children: Node<V>[]];
type Node<V> = Leaf<V> | Bucket<V> | Branch<V>;

/** Where the children of a branch begin. */
const CHILDREN = 1;
const isBranch = <V>(node: Node<V>): node is Branch<V> => Array.isArray(node);
const isBucket = <V>(node: Leaf<V> | Bucket<V>): node is Bucket<V> => "leaves" in node;

const BITS = 5;
const MASK = 31;

/** A hash of a text, 32 bits, signed. Equal texts have equal hashes in every process. */
export function hashOf(key: string): number {
  // FNV-1a over UTF-16 code units with a final mix: the low bits choose the first branches.
  let h = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193);
  h ^= h >>> 15;
  return Math.imul(h, 0x2c1b3c6d) ^ (h >>> 12);
}

function popCount(bits: number): number {
  let x = bits - ((bits >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function find<V>(root: Node<V> | null, hash: number, key: string): Leaf<V> | undefined {
  let node = root;
  let shift = 0;
  while (node !== null) {
    if (!isBranch(node)) {
      if (!isBucket(node)) return node.key === key ? node : undefined;
      return node.leaves.find((leaf) => leaf.key === key);
    }
    const bit = 1 << ((hash >>> shift) & MASK);
    const bitmap = node[0];
    if ((bitmap & bit) === 0) return undefined;
    node = node[CHILDREN + popCount(bitmap & (bit - 1))] as Node<V>;
    shift += BITS;
  }
  return undefined;
}

function join<V>(a: Leaf<V> | Bucket<V>, b: Leaf<V>, shift: number): Node<V> {
  if (a.hash === b.hash) {
    const leaves = isBucket(a) ? a.leaves.filter((leaf) => leaf.key !== b.key) : [a];
    return { hash: a.hash, leaves: [...leaves, b] };
  }
  const ia = (a.hash >>> shift) & MASK;
  const ib = (b.hash >>> shift) & MASK;
  if (ia === ib) return [1 << ia, join(a, b, shift + BITS)];
  return ia < ib ? [(1 << ia) | (1 << ib), a, b] : [(1 << ia) | (1 << ib), b, a];
}

function insert<V>(node: Node<V> | null, leaf: Leaf<V>, shift: number): Node<V> {
  if (node === null) return leaf;
  if (!isBranch(node)) {
    if (!isBucket(node) && node.key === leaf.key) return leaf;
    return join(node, leaf, shift);
  }
  const bit = 1 << ((leaf.hash >>> shift) & MASK);
  const at = CHILDREN + popCount(node[0] & (bit - 1));
  const next = node.slice() as Branch<V>;
  if ((node[0] & bit) === 0) {
    next.splice(at, 0, leaf);
    next[0] |= bit;
  } else next[at] = insert(node[at] as Node<V>, leaf, shift + BITS);
  return next;
}

function remove<V>(node: Node<V>, hash: number, key: string, shift: number): Node<V> | null {
  if (!isBranch(node)) {
    if (!isBucket(node)) return node.key === key ? null : node;
    const leaves = node.leaves.filter((leaf) => leaf.key !== key);
    const [only] = leaves;
    return leaves.length === 1 && only !== undefined ? only : { hash: node.hash, leaves };
  }
  const bit = 1 << ((hash >>> shift) & MASK);
  if ((node[0] & bit) === 0) return node;
  const at = CHILDREN + popCount(node[0] & (bit - 1));
  const old = node[at] as Node<V>;
  const child = remove(old, hash, key, shift + BITS);
  if (child === old) return node;
  const next = node.slice() as Branch<V>;
  if (child === null) {
    next.splice(at, 1);
    next[0] &= ~bit;
    const [, last] = next;
    if (last === undefined) return null;
    return next.length === CHILDREN + 1 && !isBranch(last) ? last : next;
  }
  if (next.length === CHILDREN + 1 && !isBranch(child)) return child;
  next[at] = child;
  return next;
}

function* leavesOf<V>(node: Node<V> | null): Generator<Leaf<V>> {
  if (node === null) return;
  if (isBranch(node)) for (let i = CHILDREN; i < node.length; i++) yield* leavesOf(node[i] as Node<V>);
  else if (isBucket(node)) yield* node.leaves;
  else yield node;
}

/** Visits leaves until one says stop; a generator would cost more than what is done with a leaf. */
function visitLeaves<V>(node: Node<V>, visit: (key: string, value: V) => boolean): boolean {
  if (!isBranch(node)) {
    if (isBucket(node)) return node.leaves.every((leaf) => visit(leaf.key, leaf.value));
    return visit(node.key, node.value);
  }
  for (let i = CHILDREN; i < node.length; i++) if (!visitLeaves(node[i] as Node<V>, visit)) return false;
  return true;
}

/** The child of a branch for a chunk of a hash, or null. */
function childAt<V>(branch: Branch<V>, at: number): Node<V> | null {
  const bit = 1 << at;
  return (branch[0] & bit) === 0 ? null : (branch[CHILDREN + popCount(branch[0] & (bit - 1))] as Node<V>);
}

/** The keys under which two nodes differ; what both share is not looked into. */
function* differing<V>(a: Node<V> | null, b: Node<V> | null): Generator<string> {
  if (a === b) return;
  if (a !== null && b !== null && isBranch(a) && isBranch(b)) {
    for (let at = 0; at <= MASK; at++) yield* differing(childAt(a, at), childAt(b, at));
    return;
  }
  const left = new Map([...leavesOf(a)].map((leaf) => [leaf.key, leaf]));
  for (const leaf of leavesOf(b)) {
    if (left.get(leaf.key)?.value !== leaf.value || !left.has(leaf.key)) yield leaf.key;
    left.delete(leaf.key);
  }
  yield* left.keys();
}

/**
 * The trie of many leaves at once, whose hashes are equal before `shift`; of equal keys the last one counts. From the
 * root down, since leaves that are put in one by one each look for their place in all the memory that the map fills.
 */
function trieOf<V>(leaves: readonly Leaf<V>[], shift: number, counted: { size: number }): Node<V> | null {
  const [first] = leaves;
  if (first === undefined) return null;
  if (leaves.every(({ hash }) => hash === first.hash)) {
    const distinct = leaves.length === 1 ? leaves : [...new Map(leaves.map((leaf) => [leaf.key, leaf])).values()];
    counted.size += distinct.length;
    return distinct.length === 1 ? (distinct[0] as Leaf<V>) : { hash: first.hash, leaves: distinct };
  }
  const parts: Leaf<V>[][] = new Array(MASK + 1);
  for (const leaf of leaves) {
    const at = (leaf.hash >>> shift) & MASK;
    const part = parts[at];
    if (part === undefined) parts[at] = [leaf];
    else part.push(leaf);
  }
  let bitmap = 0;
  const children: Node<V>[] = [];
  parts.forEach((part, at) => {
    bitmap |= 1 << at;
    children.push(trieOf(part, shift + BITS, counted) as Node<V>);
  });
  return [bitmap, ...children];
}

export class PersistentMap<V> {
  readonly #root: Node<V> | null;
  readonly size: number;

  private constructor(root: Node<V> | null, size: number) {
    this.#root = root;
    this.size = size;
  }

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(null, 0);
  }

  static from<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    const leaves: Leaf<V>[] = [];
    for (const [key, value] of entries) leaves.push({ hash: hashOf(key), key, value });
    const counted = { size: 0 };
    const root = trieOf(leaves, 0, counted);
    return new PersistentMap(root, counted.size);
  }

  get(key: string): V | undefined {
    return find(this.#root, hashOf(key), key)?.value;
  }

  has(key: string): boolean {
    return find(this.#root, hashOf(key), key) !== undefined;
  }

  set(key: string, value: V): PersistentMap<V> {
    const hash = hashOf(key);
    const found = find(this.#root, hash, key);
    if (found !== undefined && found.value === value) return this;
    const root = insert(this.#root, { hash, key, value }, 0);
    return new PersistentMap(root, found === undefined ? this.size + 1 : this.size);
  }

  delete(key: string): PersistentMap<V> {
    const hash = hashOf(key);
    if (this.#root === null || find(this.#root, hash, key) === undefined) return this;
    return new PersistentMap(remove(this.#root, hash, key, 0), this.size - 1);
  }

  *keys(): Generator<string> {
    for (const leaf of leavesOf(this.#root)) yield leaf.key;
  }

  *values(): Generator<V> {
    for (const leaf of leavesOf(this.#root)) yield leaf.value;
  }

  *entries(): Generator<readonly [string, V]> {
    for (const leaf of leavesOf(this.#root)) yield [leaf.key, leaf.value];
  }

  /** The keys that one of two maps has and the other has not, or not with the same value. Costs what differs, for maps made of one another. */
  differingKeys(other: PersistentMap<V>): Generator<string> {
    return differing(this.#root, other.#root);
  }

  /** Calls `visit` for each entry, in the order of `entries`, until it answers false. */
  visit(visit: (key: string, value: V) => boolean): void {
    if (this.#root !== null) visitLeaves(this.#root, visit);
  }
}
