import { leafHash } from "../tree/merkleTree.ts";
import type { RecordHash } from "../tree/recordHash.ts";
import { digestOf } from "./leafDigest.ts";
import { flat, type KeptLeaf, type RecordSource } from "./recordSource.ts";

/** Acts whose leaves are handed on at once. */
const PART = 1_000;

/**
 * The record with leaves that are made of its acts: in the place of what is not there, archived or removed, and of what can't be read, the
 * kept one stands, as far as that can be read.
 */
export function ofActs(
  source: RecordSource & { readonly acts: NonNullable<RecordSource["acts"]> },
  hash: RecordHash,
): RecordSource {
  async function* leaves(): AsyncGenerator<KeptLeaf> {
    const kept = flat(source.leaves("passed over"));
    let next: KeptLeaf | null = null;
    let last = Number.NEGATIVE_INFINITY;
    /** Of kept ones those alone whose positions grow: of what is not there nobody has signed where it stood. */
    const advance = async (): Promise<void> => {
      do {
        const { done, value } = await kept.next();
        next = done === true ? null : value;
      } while (next !== null && !(next.position > last));
    };
    const placed = (leaf: KeptLeaf): KeptLeaf => {
      last = leaf.position;
      return leaf;
    };
    async function* before(position: number): AsyncGenerator<KeptLeaf> {
      for (; next !== null && next.position < position; await advance()) yield placed(next);
    }
    await advance();
    for await (const act of flat(source.acts())) {
      yield* before(act.position);
      const { position } = act;
      const here = (next as KeptLeaf | null)?.position === position ? next : null;
      yield placed({
        digest: digestOf(act, hash) ?? (here as KeptLeaf | null)?.digest ?? leafHash("", hash),
        position,
      });
      if (here !== null) await advance();
    }
    yield* before(Number.POSITIVE_INFINITY);
  }
  return {
    ...source,
    isOfActs: true,
    async *leaves() {
      let part: KeptLeaf[] = [];
      for await (const leaf of leaves()) {
        part.push(leaf);
        if (part.length < PART) continue;
        yield part;
        part = [];
      }
      yield part;
    },
    // Nothing is kept above them: no row of them is ever full.
    width: Number.MAX_SAFE_INTEGER,
    async *inner() {},
  };
}
