import assert from "node:assert/strict";
import { test } from "node:test";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createSnapshots } from "../../src/domain/policy/snapshots.ts";
import { memoryPolicyStore } from "../support/memory.ts";
import { changesBetween } from "../support/policies.ts";

const facts = { now: 0, newId: () => "id", checkCondition: () => null, readCondition: () => NO_TERMS };

/** Forty revisions, a client more in each; and how often the store was asked what differs. */
async function history() {
  const store = memoryPolicyStore();
  const all: Snapshot[] = [emptySnapshot()];
  for (let i = 1; i <= 40; i++) {
    const applied = applyOperations(all[i - 1] as Snapshot, [{ putClient: { id: `c${i}`, name: "A client" } }], facts);
    assert.ok(applied.ok);
    all.push(applied.snapshot);
    const { changes, snapshot } = applied;
    await store.commit({ revision: snapshot.revision, author: "a", reason: "r", committedAt: i * 10, changes });
  }
  const asked: [number, number][] = [];
  const difference: typeof store.difference = (from, to) => {
    asked.push([from, to]);
    return store.difference(from, to);
  };
  const current = () => all[40] as Snapshot;
  const snapshots = createSnapshots({ current, store: { ...store, difference }, breathe: async () => {} });
  return { all, asked, snapshots };
}

test("the policy of every revision is what it was, in whatever order it is asked for", async () => {
  const { all, snapshots } = await history();
  for (const revision of [40, 0, 20, 21, 3, 39, 20, ...all.keys()]) {
    const snapshot = await snapshots.at(revision, "at");
    assert.equal(snapshot.revision, revision);
    assert.deepEqual(changesBetween(snapshot, all[revision] as Snapshot), []);
  }
});

test("one is made from the nearest at hand, and made once", async () => {
  const { asked, snapshots } = await history();
  await Promise.all([10, 12, 10, 35, 12].map((revision) => snapshots.at(revision, "at")));
  await snapshots.at(40, "at");
  assert.deepEqual(asked, [
    [40, 10],
    [10, 12],
    [40, 35],
  ]);
});

test("what is no revision is refused by its name", async () => {
  const { snapshots } = await history();
  for (const revision of [-1, 41, 1.5, Number.NaN])
    await assert.rejects(snapshots.at(revision, "input.asOfRevision"), (error: Error) =>
      /input\.asOfRevision: must be a revision from 0 to 40/.test(error.message),
    );
});

test("the revision in force at a time is the last that was committed until then", async () => {
  const { snapshots } = await history();
  const revisions = await Promise.all([9, 10, 19, 20, 400, 9999].map((time) => snapshots.revisionAt(time)));
  assert.deepEqual(revisions, [0, 1, 1, 2, 40, 40]);
});
