import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  consistencyRanges,
  EMPTY_ROOT,
  foldRight,
  GrowingTree,
  inclusionRanges,
  type LeafRange,
  leafHash,
  subtreesOf,
} from "../../../src/domain/record/tree/merkleTree.ts";
import type { Digest } from "../../../src/domain/record/tree/recordHash.ts";
import { isDigest } from "../../../src/domain/record/tree/recordHash.ts";
import { provesConsistency, provesInclusion } from "../../../src/domain/record/tree/verifyProof.ts";
import { recordHash } from "../../../src/process/recordHash.ts";
import { naiveConsistency, naiveLeaf, naivePath, naiveRoot } from "./naiveTree.ts";

const base64 = (bytes: Buffer): Digest => bytes.toString("base64");
const hex = (digest: Digest): string => Buffer.from(digest, "base64").toString("hex");
const fromHex = (text: string): Digest => Buffer.from(text, "hex").toString("base64");

const MOST = 1_025;
const leaves = Array.from({ length: MOST }, (_, i) => naiveLeaf(`entry ${i}`));
const treeOf = (size: number): readonly Buffer[] => leaves.slice(0, size);
const trees = Array.from({ length: MOST + 1 }, (_, size) => treeOf(size));
const rootOf = (size: number): Digest => base64(naiveRoot(trees[size] as readonly Buffer[]));
const roots = trees.map((_, size) => rootOf(size));

/** The hashes of ranges, from the roots of complete subtrees, as whoever keeps those has them. */
const hashesOf = (ranges: readonly LeafRange[]): readonly Digest[] =>
  ranges.map((range) =>
    foldRight(
      subtreesOf(range).map(({ level, index }) =>
        base64(naiveRoot(leaves, index * 2 ** level, (index + 1) * 2 ** level)),
      ),
      recordHash,
    ),
  );

/** Every text that differs from it in one character. */
function* flipped(text: string): Generator<string> {
  for (let i = 0; i < text.length; i++)
    for (const bit of [1, 2, 4, 8, 16, 32]) {
      const other = String.fromCharCode(text.charCodeAt(i) ^ bit);
      yield text.slice(0, i) + other + text.slice(i + 1);
    }
}

describe("a Merkle tree", () => {
  test("has the known roots of the eight leaves that implementations of RFC 6962 are tried with", () => {
    const inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const expected = [
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    const tree = new GrowingTree(recordHash);
    const known: Buffer[] = [];
    for (const [i, input] of inputs.entries()) {
      // All of these are one byte a character in UTF-8.
      tree.append(leafHash(Buffer.from(input, "hex").toString("latin1"), recordHash));
      known.push(naiveLeaf(Buffer.from(input, "hex")));
      assert.equal(hex(tree.root), expected[i]);
      assert.equal(base64(naiveRoot(known)), tree.root);
    }
    const path = naivePath(0, known).map(base64);
    assert.deepEqual(path.map(hex), [
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]);
    const proof = naiveConsistency(6, known).map(base64);
    assert.deepEqual(proof.map(hex), [
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    const [six, eight] = [fromHex(expected[5] as string), fromHex(expected[7] as string)];
    const earlier = { size: 6, root: six };
    const later = { size: 8, root: eight };
    assert.ok(provesConsistency({ earlier, later, hashes: proof }, recordHash));
    assert.ok(
      provesInclusion({ leaf: base64(known[0] as Buffer), index: 0, size: 8, hashes: path, root: eight }, recordHash),
    );
  });

  test("law: grows to the root of the recursive definition, at every size from 0 to 1,025", () => {
    const tree = new GrowingTree(recordHash);
    assert.equal(tree.root, EMPTY_ROOT);
    assert.equal(roots[0], EMPTY_ROOT);
    for (let size = 1; size <= MOST; size++) {
      tree.append(base64(leaves[size - 1] as Buffer));
      assert.equal(tree.root, roots[size]);
      const kept = new GrowingTree(recordHash, size, hashesOf([]).concat(hashesOfSubtrees(size)));
      assert.equal(kept.root, roots[size]);
    }
  });

  const hashesOfSubtrees = (size: number): readonly Digest[] =>
    subtreesOf({ from: 0, to: size }).map(({ level, index }) =>
      base64(naiveRoot(leaves, index * 2 ** level, (index + 1) * 2 ** level)),
    );

  test("law: proves every leaf of every size up to 130 and about powers of two, and some of every size up to 1,025", () => {
    const whole = [255, 256, 257, 511, 512, 513, 1_023, 1_024, 1_025];
    for (let size = 1; size <= MOST; size++) {
      const tree = trees[size] as readonly Buffer[];
      const step = size <= 130 || whole.includes(size) ? 1 : 61;
      for (let index = (size - 1) % step; index < size; index += step) {
        const hashes = hashesOf(inclusionRanges(index, size));
        assert.deepEqual(hashes, naivePath(index, tree).map(base64));
        const proof = { leaf: base64(tree[index] as Buffer), index, size, hashes, root: roots[size] as Digest };
        assert.ok(provesInclusion(proof, recordHash));
        assert.ok(!provesInclusion({ ...proof, index: index + 1 }, recordHash));
        // Of a tree that would be twice as large it is where a proof of this one ends too early.
        assert.ok(!provesInclusion({ ...proof, size: size * 2 }, recordHash));
        assert.ok(!provesInclusion({ ...proof, leaf: base64(naiveLeaf("another")) }, recordHash));
        assert.ok(!provesInclusion({ ...proof, hashes: [...hashes, proof.leaf] }, recordHash));
        if (size > 1) assert.ok(!provesInclusion({ ...proof, hashes: hashes.slice(1) }, recordHash));
      }
    }
  });

  test("law: proves every earlier size up to 70, and a spread of larger ones", () => {
    const sizes = [...Array(71).keys(), 255, 256, 257, 1_024, 1_025].slice(1);
    for (const size of sizes)
      for (let earlier = 1; earlier <= size; earlier += size > 100 ? 13 : 1) {
        const hashes = hashesOf(consistencyRanges(earlier, size));
        assert.deepEqual(hashes, naiveConsistency(earlier, trees[size] as readonly Buffer[]).map(base64));
        const proof = {
          earlier: { size: earlier, root: roots[earlier] as Digest },
          later: { size, root: roots[size] as Digest },
          hashes,
        };
        assert.ok(provesConsistency(proof, recordHash), `${earlier} ${size}`);
        const other = { size: earlier, root: base64(naiveLeaf("another")) };
        assert.ok(!provesConsistency({ ...proof, earlier: other }, recordHash));
        assert.ok(!provesConsistency({ ...proof, later: { ...proof.later, root: other.root } }, recordHash));
        assert.ok(!provesConsistency({ ...proof, hashes: [...hashes, other.root] }, recordHash));
        if (hashes.length > 0) assert.ok(!provesConsistency({ ...proof, hashes: hashes.slice(1) }, recordHash));
        if (earlier < size) {
          const swapped = { ...proof, earlier: proof.later, later: proof.earlier };
          assert.ok(!provesConsistency(swapped, recordHash));
        }
      }
  });

  test("a proof with one bit changed anywhere proves nothing", () => {
    const [index, size] = [77, 300];
    const hashes = hashesOf(inclusionRanges(index, size));
    const proof = { leaf: base64(leaves[index] as Buffer), index, size, hashes, root: roots[size] as Digest };
    const consistent = {
      earlier: { size: 77, root: roots[77] as Digest },
      later: { size, root: roots[size] as Digest },
      hashes: hashesOf(consistencyRanges(77, size)),
    };
    /** As who reads a proof from a file does: what is no digest is refused before. */
    const holds = (changed: readonly Digest[], check: (all: readonly Digest[]) => boolean): boolean =>
      changed.every(isDigest) && check(changed);
    for (const [at, digest] of hashes.entries())
      for (const other of flipped(digest))
        assert.ok(
          !holds(hashes.with(at, other), (all) => provesInclusion({ ...proof, hashes: all }, recordHash)),
          other,
        );
    for (const [at, digest] of consistent.hashes.entries())
      for (const other of flipped(digest))
        assert.ok(
          !holds(consistent.hashes.with(at, other), (all) =>
            provesConsistency({ ...consistent, hashes: all }, recordHash),
          ),
          other,
        );
    for (const root of flipped(proof.root)) assert.ok(!provesInclusion({ ...proof, root }, recordHash));
  });

  test("a number that is no count proves nothing", () => {
    const leaf = base64(leaves[0] as Buffer);
    for (const [index, size] of [
      [-1, 1],
      [0, 0],
      [0.5, 1],
      [Number.NaN, 1],
      [0, 2 ** 53],
    ] as const)
      assert.ok(!provesInclusion({ leaf, index, size, hashes: [], root: leaf }, recordHash));
    const empty = { size: 0, root: EMPTY_ROOT };
    assert.ok(!provesConsistency({ earlier: empty, later: { size: 1, root: leaf }, hashes: [] }, recordHash));
  });
});
