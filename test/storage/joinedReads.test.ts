import assert from "node:assert/strict";
import { test } from "node:test";
import { createJoinedReads } from "../../src/storage/cases/restrictionStore.ts";

/** Reads that end when they are told to. */
function world(most = 100) {
  const reads: { readonly ids: readonly string[]; end(found: readonly string[]): void; fail(error: Error): void }[] =
    [];
  const joined = createJoinedReads<string>((ids) => new Promise((end, fail) => reads.push({ ids, end, fail })), most);
  const turn = () => new Promise(setImmediate);
  return { reads, joined, turn };
}

test("who is alone reads at once; all that ask meanwhile are one read, which begins after the one under way", async () => {
  const { joined, reads, turn } = world();
  const first = joined.ask(["a"]);
  await turn();
  assert.deepEqual(
    reads.map(({ ids }) => ids),
    [["a"]],
  );
  const later = [joined.ask(["b", "c"]), joined.ask(["a", "c"]), joined.ask(["d"])];
  await turn();
  assert.equal(reads.length, 1);
  // What it found is as old as its beginning: nobody who asked later is answered by it.
  reads[0]?.end(["old"]);
  assert.deepEqual(await first, ["old"]);
  await turn();
  assert.deepEqual(
    reads.map(({ ids }) => ids),
    [["a"], ["b", "c", "a", "d"]],
  );
  reads[1]?.end(["new"]);
  assert.deepEqual(await Promise.all(later), [["new"], ["new"], ["new"]]);
});

test("one that fails fails those who asked for it, and keeps nobody after them", async () => {
  const { joined, reads, turn } = world();
  const first = assert.rejects(joined.ask(["a"]), /gone/);
  await turn();
  const [second, third] = [joined.ask(["b"]), joined.ask(["c"])];
  reads[0]?.fail(new Error("gone"));
  await first;
  await turn();
  const both = [assert.rejects(second, /again/), assert.rejects(third, /again/)];
  reads[1]?.fail(new Error("again"));
  await Promise.all(both);
  const last = joined.ask(["d"]);
  await turn();
  reads[2]?.end(["d"]);
  assert.deepEqual(await last, ["d"]);
});

test("a read that has enough takes no more: the next ones are of their own, in their order", async () => {
  const { joined, reads, turn } = world(2);
  const all = [joined.ask(["a"]), joined.ask(["b", "c", "d"]), joined.ask(["e"]), joined.ask(["f"]), joined.ask(["g"])];
  for (let n = 0; n < 4; n++) {
    await turn();
    reads[n]?.end([`${n}`]);
    await turn();
  }
  assert.deepEqual(
    reads.map(({ ids }) => ids),
    [["a"], ["b", "c", "d"], ["e", "f"], ["g"]],
  );
  assert.deepEqual(await Promise.all(all), [["0"], ["1"], ["2"], ["2"], ["3"]]);
});
