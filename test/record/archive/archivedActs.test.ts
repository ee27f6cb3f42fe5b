import assert from "node:assert/strict";
import { test } from "node:test";
import { ArchivedActs } from "../../../src/domain/record/verify/archivedActs.ts";

const root = `${"A".repeat(43)}=`;
const said = { file: "f", first: 0, from: 1, month: "2024-03", root, sha256: "s", size: 50, until: 50 };
const act = {
  position: 101,
  kind: "ARCHIVE",
  format: 1,
  id: "a",
  salt: null,
  record: JSON.stringify(said),
  personal: "{}",
};

function archivedActs(): ArchivedActs {
  const archived = new ArchivedActs([act], 20);
  archived.grown(50, 50, () => root);
  archived.grown(101, 101, () => "");
  archived.proved(101, 100);
  return archived;
}

test("an act has left by its number in the tree, and not by a position alone", () => {
  const archived = archivedActs();
  assert.deepEqual([archived.misses(10, 9), archived.misses(50, 49)], [true, true]);
  assert.equal(archivedActs().misses(10, 69), false);
  assert.equal(archivedActs().misses(51, 49), false);
});

test("an act that is not signed yet archives nothing", () => {
  const ends = (signedSize: number) => {
    const archived = archivedActs();
    archived.misses(10, 9);
    return archived.end({ signedSize, grownTo: 101 });
  };
  assert.deepEqual(ends(101).findings, []);
  assert.deepEqual(ends(100).findings, [{ kind: "WRONG_ARCHIVE", position: 101, id: "a", unsigned: true }]);
  assert.deepEqual([ends(101).parts.length, ends(100).parts.length], [1, 0]);
});
