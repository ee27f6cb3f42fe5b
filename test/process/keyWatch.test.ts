import assert from "node:assert/strict";
import { test } from "node:test";
import type { FailedUses } from "../../src/domain/callers/types.ts";
import { watchKeys } from "../../src/process/keyWatch.ts";
import { createLog } from "../../src/process/log.ts";

/** A watcher whose minute never comes by itself, over a store that notes what is written and fails when told to. */
function watched() {
  const uses: [string, number][][] = [];
  const failed: (readonly FailedUses[])[] = [];
  const state = { now: 1000, down: false };
  const lines: string[] = [];
  let ids = 0;
  const answer = (take: () => void): Promise<void> => {
    if (state.down) return Promise.reject(new Error("down"));
    take();
    return Promise.resolve();
  };
  const watch = watchKeys({
    store: {
      noteUses: (written) => answer(() => uses.push([...written])),
      recordFailures: (written) => answer(() => failed.push(written)),
    },
    clock: () => state.now,
    newId: () => `id${++ids}`,
    log: createLog({ level: "info", destination: { write: (line: string) => void lines.push(line) } }),
    everyMs: 3_600_000,
  });
  return { watch, uses, failed, state, lines };
}

test("a minute of uses is one write with the latest of each key, and a quiet minute none", async () => {
  const { watch, uses, failed, state } = watched();
  await watch.flush();
  for (let i = 0; i < 1000; i++) {
    state.now = 1000 + i;
    watch.used("a");
  }
  watch.used("b");
  await watch.flush();
  await watch.flush();
  assert.deepEqual(uses, [
    [
      ["a", 1999],
      ["b", 1999],
    ],
  ]);
  assert.deepEqual(failed, []);
  await watch.stop();
});

test("a minute of failures is one act a key, with their count by why", async () => {
  const { watch, failed, state } = watched();
  for (let i = 0; i < 10_000; i++) watch.failed("a", "wrongSecret");
  state.now = 2000;
  watch.failed("a", "expired");
  watch.failed("b", "revoked");
  state.now = 3000;
  await watch.flush();
  watch.failed("a", "expired");
  await watch.stop();
  assert.deepEqual(failed, [
    [
      { id: "id1", keyId: "a", at: 3000, failures: { since: 1000, wrongSecret: 10_000, expired: 1, revoked: 0 } },
      { id: "id2", keyId: "b", at: 3000, failures: { since: 2000, wrongSecret: 0, expired: 0, revoked: 1 } },
    ],
    [{ id: "id3", keyId: "a", at: 3000, failures: { since: 3000, wrongSecret: 0, expired: 1, revoked: 0 } }],
  ]);
});

test("what can't be written is written later, the same acts, and nothing noted meanwhile is lost", async () => {
  const { watch, uses, failed, state, lines } = watched();
  watch.used("a");
  watch.failed("a", "expired");
  state.down = true;
  await watch.flush();
  state.now = 2000;
  watch.used("b");
  watch.failed("a", "expired");
  await watch.flush();
  assert.equal(lines.length, 4);
  state.down = false;
  await watch.flush();
  await watch.flush();
  assert.deepEqual(uses, [
    [
      ["a", 1000],
      ["b", 2000],
    ],
  ]);
  assert.deepEqual(
    failed.flat().map(({ id, at, failures }) => [id, at, failures.since, failures.expired]),
    [
      ["id1", 1000, 1000, 1],
      ["id2", 2000, 2000, 1],
    ],
  );
  await watch.stop();
});
