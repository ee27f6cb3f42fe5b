import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, at, openWorld, worldOver } from "./world.ts";

const made = await openWorld();
for (let n = 0; n < 12; n++)
  await apply(made, [{ putRole: { name: `role-${n}` } }, { putRole: { name: `other-${n}` } }]);

test("a page of revisions reads the changes of one after the other, and what is asked twice once", async () => {
  const { domain, storage } = made;
  let [reading, most, all] = [0, 0, 0];
  const changes: typeof domain.policy.changes = async (query) => {
    all++;
    most = Math.max(most, ++reading);
    const page = await domain.policy.changes(query);
    reading--;
    return page;
  };
  const counted = worldOver({ ...domain, policy: { ...domain.policy, changes } }, storage);
  const page = await counted.data(`{
    policyRevisions(first: 12) { edges { node { revision a: changes(first: 1) { key } b: changes { key } c: changes { noun } } } }
  }`);
  const edges = at(page, "policyRevisions", "edges") as readonly unknown[];
  assert.deepEqual(
    edges.map((edge) => at(edge, "node")),
    Array.from({ length: 12 }, (_, i) => ({
      revision: 12 - i,
      a: [{ key: `other-${11 - i}` }],
      b: [{ key: `other-${11 - i}` }, { key: `role-${11 - i}` }],
      c: [{ noun: "ROLE" }, { noun: "ROLE" }],
    })),
  );
  assert.deepEqual([all, most], [24, 1]);
});
