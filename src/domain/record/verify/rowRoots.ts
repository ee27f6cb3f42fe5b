import { DamagedTreeError } from "../tree/damagedTree.ts";
import { GrowingTree } from "../tree/merkleTree.ts";
import type { Digest, RecordHash } from "../tree/recordHash.ts";
import type { RecordSource } from "./recordSource.ts";

/** What reading the tree says; false where that can't be read. */
export async function readable(read: () => Promise<boolean>): Promise<boolean> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DamagedTreeError) return false;
    throw error;
  }
}

/** The roots of full rows, level by level, as the leaves make them. */
export class RowRoots {
  readonly #levels: { open: GrowingTree; readonly roots: Digest[] }[] = [];
  readonly #hash: RecordHash;
  readonly #width: number;
  constructor(hash: RecordHash, width: number) {
    this.#hash = hash;
    this.#width = width;
  }
  add(digest: Digest, level = 0): void {
    const at = this.#levels[level] ?? { open: new GrowingTree(this.#hash), roots: [] };
    this.#levels[level] = at;
    at.open.append(digest);
    if (at.open.size < this.#width) return;
    const { root } = at.open;
    at.roots.push(root);
    at.open = new GrowingTree(this.#hash);
    this.add(root, level + 1);
  }
  /** Whether the kept ones are these, and all. */
  async equal(inner: ReturnType<RecordSource["inner"]>): Promise<boolean> {
    const seen = this.#levels.map(() => 0);
    const isRead = await readable(async () => {
      for await (const { from, hashes, level } of inner) {
        const roots = this.#levels[level - 1]?.roots ?? [];
        if (seen[level - 1] !== from || hashes.some((digest, i) => roots[from + i] !== digest)) return false;
        seen[level - 1] = from + hashes.length;
      }
      return true;
    });
    return isRead && this.#levels.every(({ roots }, level) => seen[level] === roots.length);
  }
}
