import { createHash } from "node:crypto";

const sha256 = (...parts: readonly Buffer[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();

/** The definitions of RFC 6962 section 2.1, word for word: slow, and with nothing of the code under test. */
export const naiveLeaf = (entry: string | Buffer): Buffer => sha256(Buffer.of(0), Buffer.from(entry as string));

const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

const known = new WeakMap<readonly Buffer[], Map<string, Buffer>>();

/** The root of the leaves from one up to another; those of one list are kept, as the law asks for thousands of them. */
export function naiveRoot(leaves: readonly Buffer[], from = 0, to = leaves.length): Buffer {
  const kept = known.get(leaves) ?? new Map<string, Buffer>();
  known.set(leaves, kept);
  const key = `${from} ${to}`;
  const found = kept.get(key);
  if (found !== undefined) return found;
  const n = to - from;
  const k = n > 1 ? split(n) : 0;
  const root =
    n === 0
      ? sha256()
      : n === 1
        ? (leaves[from] as Buffer)
        : sha256(Buffer.of(1), naiveRoot(leaves, from, from + k), naiveRoot(leaves, from + k, to));
  kept.set(key, root);
  return root;
}

/** PATH(m, D[n]). */
export function naivePath(m: number, leaves: readonly Buffer[], from = 0, to = leaves.length): readonly Buffer[] {
  const n = to - from;
  if (n === 1) return [];
  const k = split(n);
  return m < k
    ? [...naivePath(m, leaves, from, from + k), naiveRoot(leaves, from + k, to)]
    : [...naivePath(m - k, leaves, from + k, to), naiveRoot(leaves, from, from + k)];
}

/** SUBPROOF(m, D[n], b). */
function naiveSubproof(
  m: number,
  leaves: readonly Buffer[],
  whole: boolean,
  from = 0,
  to = leaves.length,
): readonly Buffer[] {
  const n = to - from;
  if (m === n) return whole ? [] : [naiveRoot(leaves, from, to)];
  const k = split(n);
  return m <= k
    ? [...naiveSubproof(m, leaves, whole, from, from + k), naiveRoot(leaves, from + k, to)]
    : [...naiveSubproof(m - k, leaves, false, from + k, to), naiveRoot(leaves, from, from + k)];
}

/** PROOF(m, D[n]). */
export const naiveConsistency = (m: number, leaves: readonly Buffer[]): readonly Buffer[] =>
  naiveSubproof(m, leaves, true);
