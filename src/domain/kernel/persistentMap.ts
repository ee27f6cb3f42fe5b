/**
 * An immutable map from strings, as a hash array mapped trie (P. Bagwell, "Ideal Hash Trees", 2001): a change
 * copies the path to one leaf and shares the rest, so that a policy of a million rules changes in microseconds
 * and old revisions stay readable. Iteration order is unspecified but the same for equal contents
 * built in the same order.
 */

type Leaf<V> = { readonly kind: 0; readonly hash: number; readonly key: string; value: V };
type Bucket<V> = { readonly kind: 1; readonly hash: number; readonly leaves: readonly Leaf<V>[] };
type Branch<V> = { readonly kind: 2; bitmap: number; children: Node<V>[]; readonly owner: Owner | null };
type Node<V> = Leaf<V> | Bucket<V> | Branch<V>;
type Owner = { readonly editing: true };

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
    if (node.kind === 0) return node.key === key ? node : undefined;
    if (node.kind === 1) return node.leaves.find((leaf) => leaf.key === key);
    const bit = 1 << ((hash >>> shift) & MASK);
    if ((node.bitmap & bit) === 0) return undefined;
    node = node.children[popCount(node.bitmap & (bit - 1))] ?? null;
    shift += BITS;
  }
  return undefined;
}

function join<V>(a: Leaf<V> | Bucket<V>, b: Leaf<V>, shift: number, owner: Owner | null): Node<V> {
  if (a.hash === b.hash) {
    const leaves = a.kind === 0 ? [a] : a.leaves.filter((leaf) => leaf.key !== b.key);
    return { kind: 1, hash: a.hash, leaves: [...leaves, b] };
  }
  const ia = (a.hash >>> shift) & MASK;
  const ib = (b.hash >>> shift) & MASK;
  if (ia === ib) return { kind: 2, bitmap: 1 << ia, children: [join(a, b, shift + BITS, owner)], owner };
  return { kind: 2, bitmap: (1 << ia) | (1 << ib), children: ia < ib ? [a, b] : [b, a], owner };
}

function insert<V>(node: Node<V> | null, leaf: Leaf<V>, shift: number, owner: Owner | null): Node<V> {
  if (node === null) return leaf;
  if (node.kind === 0 && node.key === leaf.key) return leaf;
  if (node.kind !== 2) return join(node, leaf, shift, owner);
  const bit = 1 << ((leaf.hash >>> shift) & MASK);
  const at = popCount(node.bitmap & (bit - 1));
  const editable = owner !== null && node.owner === owner;
  if ((node.bitmap & bit) === 0) {
    if (editable) {
      node.children.splice(at, 0, leaf);
      node.bitmap |= bit;
      return node;
    }
    const children = node.children.slice();
    children.splice(at, 0, leaf);
    return { kind: 2, bitmap: node.bitmap | bit, children, owner };
  }
  const child = insert(node.children[at] ?? null, leaf, shift + BITS, owner);
  if (editable) {
    node.children[at] = child;
    return node;
  }
  const children = node.children.slice();
  children[at] = child;
  return { kind: 2, bitmap: node.bitmap, children, owner };
}

function remove<V>(node: Node<V>, hash: number, key: string, shift: number): Node<V> | null {
  if (node.kind === 0) return node.key === key ? null : node;
  if (node.kind === 1) {
    const leaves = node.leaves.filter((leaf) => leaf.key !== key);
    const [only] = leaves;
    return leaves.length === 1 && only !== undefined ? only : { kind: 1, hash: node.hash, leaves };
  }
  const bit = 1 << ((hash >>> shift) & MASK);
  if ((node.bitmap & bit) === 0) return node;
  const at = popCount(node.bitmap & (bit - 1));
  const old = node.children[at];
  if (old === undefined) return node;
  const child = remove(old, hash, key, shift + BITS);
  if (child === old) return node;
  const children = node.children.slice();
  if (child === null) {
    children.splice(at, 1);
    const [last] = children;
    if (last === undefined) return null;
    if (children.length === 1 && last.kind !== 2) return last;
    return { kind: 2, bitmap: node.bitmap & ~bit, children, owner: null };
  }
  if (children.length === 1 && child.kind !== 2) return child;
  children[at] = child;
  return { kind: 2, bitmap: node.bitmap, children, owner: null };
}

function* leavesOf<V>(node: Node<V> | null): Generator<Leaf<V>> {
  if (node === null) return;
  if (node.kind === 0) yield node;
  else if (node.kind === 1) yield* node.leaves;
  else for (const child of node.children) yield* leavesOf(child);
}

/** Visits leaves until one says stop; a generator would cost more than what is done with a leaf. */
function visitLeaves<V>(node: Node<V>, visit: (key: string, value: V) => boolean): boolean {
  if (node.kind === 0) return visit(node.key, node.value);
  if (node.kind === 1) return node.leaves.every((leaf) => visit(leaf.key, leaf.value));
  for (const child of node.children) if (!visitLeaves(child, visit)) return false;
  return true;
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
    const builder = PersistentMap.empty<V>().toBuilder();
    for (const [key, value] of entries) builder.set(key, value);
    return builder.done();
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
    const root = insert(this.#root, { kind: 0, hash, key, value }, 0, null);
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

  /** Calls `visit` for each entry, in the order of `entries`, until it answers false. */
  visit(visit: (key: string, value: V) => boolean): void {
    if (this.#root !== null) visitLeaves(this.#root, visit);
  }

  /** A builder that starts from this map and leaves it as it is: for loading many entries at once. */
  toBuilder(): MapBuilder<V> {
    return new MapBuilder(this.#root, this.size, (root, size) => new PersistentMap(root, size));
  }
}

/** Builds one map with in-place edits of nodes that only the builder has seen. `done()` ends its use. */
export class MapBuilder<V> {
  #root: Node<V> | null;
  #size: number;
  #owner: Owner | null = { editing: true };
  readonly #make: (root: Node<V> | null, size: number) => PersistentMap<V>;

  constructor(root: Node<V> | null, size: number, make: (root: Node<V> | null, size: number) => PersistentMap<V>) {
    this.#root = root;
    this.#size = size;
    this.#make = make;
  }

  get(key: string): V | undefined {
    return find(this.#root, hashOf(key), key)?.value;
  }

  set(key: string, value: V): void {
    if (this.#owner === null) throw new TypeError("the builder is done");
    const hash = hashOf(key);
    if (find(this.#root, hash, key) === undefined) this.#size++;
    this.#root = insert(this.#root, { kind: 0, hash, key, value }, 0, this.#owner);
  }

  done(): PersistentMap<V> {
    this.#owner = null;
    return this.#make(this.#root, this.#size);
  }
}
