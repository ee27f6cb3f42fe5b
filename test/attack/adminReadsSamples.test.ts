import assert from "node:assert/strict";
import { test } from "node:test";
import { at, callerOf } from "../graphql/world.ts";
import { admin, openWard, REPLAY, reviewer } from "./world.ts";

const world = await openWard();
const asked = { input: { operations: [{ deleteRule: { id: "nurse-labs" } }] } };

test("an admin, who sees of the journal how often and not who, reads single decisions in the samples of a replay", async () => {
  const samplesFor = async (as: typeof admin) => {
    const replay = at(await world.data(REPLAY, asked, as), "replay");
    assert.equal(at(replay, "allowToDeny"), 3);
    const groups = at(replay, "groups") as readonly { readonly samples: readonly string[] }[];
    return [(at(replay, "samples") as unknown[]).length, groups.flatMap(({ samples }) => samples).length];
  };
  assert.deepEqual(await samplesFor(reviewer), [3, 3]);
  assert.deepEqual(await samplesFor(admin), [0, 0]);
  assert.deepEqual(await samplesFor(callerOf("key:both", "admin", "reviewer")), [3, 3]);
});
