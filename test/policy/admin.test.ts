import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { createPolicyAdmin, type PolicyAdmin } from "../../src/domain/policy/admin.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import { rowsOf } from "../../src/domain/policy/snapshot.ts";
import { memoryPolicyStore } from "../support/memory.ts";

const facts = () => ({ now: 1, newId: () => "id", checkCondition: () => null, readCondition: () => NO_TERMS });
const client = (id: string) => [{ putClient: { id, name: id } }];
let store: ReturnType<typeof memoryPolicyStore>;
let admin: PolicyAdmin;
beforeEach(() => {
  store = memoryPolicyStore();
  admin = createPolicyAdmin({ store, facts, clock: () => 5 });
});
const failsWith = (code: string) => (error: unknown) => error instanceof ScopewardenError && error.code === code;

describe("the policy's keeper", () => {
  test("has no policy before it was loaded: no decision can be made by accident", () => {
    assert.throws(() => admin.current(), failsWith("POLICY_UNAVAILABLE"));
  });

  test("a change is committed, and current from then on", async () => {
    const revision = await admin.apply({ operations: client("a"), reason: "why", author: "me" });
    assert.deepEqual([revision.revision, revision.author, revision.reason, revision.committedAt], [1, "me", "why", 5]);
    assert.equal(admin.current().revision, 1);
    assert.equal(store.log.length, 1);
  });

  test("needs a reason", async () => {
    for (const reason of ["", "  ", "x".repeat(2001), "a\u0000"]) {
      await assert.rejects(
        admin.apply({ operations: client("a"), reason, author: "me" }),
        (error) => error instanceof ScopewardenError && error.problems[0]?.path === "reason",
      );
    }
    assert.equal(store.log.length, 0);
  });

  test("a stale expected revision is a conflict and changes nothing", async () => {
    await admin.apply({ operations: client("a"), reason: "r", author: "me", expectedRevision: 0 });
    await assert.rejects(
      admin.apply({ operations: client("b"), reason: "r", author: "me", expectedRevision: 0 }),
      failsWith("CONFLICT"),
    );
    assert.equal(admin.current().clients.has("b"), false);
  });

  test("changes made at once are made one after the other, none lost", async () => {
    await Promise.all(
      ["a", "b", "c", "d"].map((id) => admin.apply({ operations: client(id), reason: "r", author: "me" })),
    );
    assert.equal(admin.current().revision, 4);
    assert.deepEqual([...admin.current().clients.keys()].sort(), ["a", "b", "c", "d"]);
  });

  test("another instance's change is seen, and a race with it is made again on top of it", async () => {
    const otherAdmin = createPolicyAdmin({ store, facts, clock: () => 6 });
    await admin.refresh();
    await otherAdmin.apply({ operations: client("theirs"), reason: "r", author: "other" });
    await admin.apply({ operations: client("mine"), reason: "r", author: "me" });
    assert.deepEqual([...admin.current().clients.keys()].sort(), ["mine", "theirs"]);
    await otherAdmin.refresh();
    assert.equal(otherAdmin.current().revision, 2);

    // The other commits between this one's look at the head and its own commit.
    const commit = store.commit;
    let raced = false;
    store.commit = async (revision) => {
      if (!raced) {
        raced = true;
        await otherAdmin.apply({ operations: client("raced"), reason: "r", author: "other" });
      }
      return commit(revision);
    };
    await admin.apply({ operations: client("last"), reason: "r", author: "me" });
    assert.equal(admin.current().clients.has("raced") && admin.current().clients.has("last"), true);
  });

  test("another instance's changes are followed, not loaded anew, and come to the same policy", async () => {
    const otherAdmin = createPolicyAdmin({ store, facts, clock: () => 6 });
    await admin.apply({ operations: client("a"), reason: "r", author: "me" });
    await otherAdmin.refresh();
    await admin.apply({ operations: [...client("b"), { putRole: { name: "r" } }], reason: "r", author: "me" });
    await admin.apply({
      operations: [
        { deleteClient: { id: "a" } },
        {
          putRule: {
            id: "x",
            role: "r",
            effect: "ALLOW",
            justification: "This policy is for a test.",
            scope: "*",
            action: "*",
            resourceType: "*",
          },
        },
      ],
      reason: "r",
      author: "me",
    });
    const load = store.load;
    store.load = () => assert.fail("the whole policy was loaded");
    const followed = await otherAdmin.refresh();
    store.load = load;
    assert.equal(followed.revision, 3);
    assert.deepEqual([...rowsOf(followed)], [...rowsOf(await store.load())]);
    assert.deepEqual([...rowsOf(followed)], [...rowsOf(admin.current())]);
    for (let i = 0; i < 101; i++) await admin.apply({ operations: client(`c${i}`), reason: "r", author: "me" });
    assert.equal((await otherAdmin.refresh()).revision, 104);
    assert.deepEqual(new Set([...otherAdmin.current().clients.keys()]), new Set([...admin.current().clients.keys()]));
  });

  test("a store that fails leaves the old policy in place", async () => {
    await admin.apply({ operations: client("a"), reason: "r", author: "me" });
    store.failing = true;
    await assert.rejects(
      admin.apply({ operations: client("b"), reason: "r", author: "me" }),
      failsWith("POLICY_UNAVAILABLE"),
    );
    await assert.rejects(admin.refresh());
    assert.equal(admin.current().revision, 1);
    store.failing = false;
    await admin.apply({ operations: client("b"), reason: "r", author: "me" });
    assert.equal(admin.current().revision, 2);
  });

  test("what changes nothing answers the revision that is there", async () => {
    await admin.apply({ operations: client("a"), reason: "first", author: "me" });
    const again = await admin.apply({ operations: client("a"), reason: "second", author: "me" });
    assert.deepEqual([again.revision, again.reason], [1, "first"]);
  });

  test("a rollback restores, as a revision of its own; one to the future is refused", async () => {
    await admin.apply({ operations: client("a"), reason: "r", author: "me" });
    await admin.apply({ operations: client("b"), reason: "r", author: "me" });
    const back = await admin.rollback({ toRevision: 1, reason: "undo", author: "me" });
    assert.equal(back.revision, 3);
    assert.deepEqual([...admin.current().clients.keys()], ["a"]);
    for (const toRevision of [-1, 4, 1.5]) {
      await assert.rejects(
        admin.rollback({ toRevision, reason: "undo", author: "me" }),
        (error) => error instanceof ScopewardenError && error.problems[0]?.path === "toRevision",
      );
    }
  });

  test("a dry run answers what would be, and changes nothing", async () => {
    await admin.apply({ operations: client("a"), reason: "r", author: "me" });
    const tried = await admin.apply({ operations: client("b"), reason: "try", author: "me", dryRun: true });
    assert.deepEqual(
      [tried.dryRun, tried.revision, tried.author, tried.reason, tried.changes?.map(({ key }) => key)],
      [true, 2, "me", "try", ["b"]],
    );
    const back = await admin.rollback({ toRevision: 0, reason: "try", author: "me", dryRun: true });
    assert.deepEqual([back.dryRun, back.revision, back.changes?.[0]?.after], [true, 2, null]);
    assert.deepEqual([...admin.current().clients.keys()], ["a"]);
    assert.equal(store.log.length, 1, "nothing is committed");
    const made = await admin.apply({ operations: client("b"), reason: "try", author: "me" });
    assert.deepEqual([made.dryRun, made.revision, made.changes], [false, 2, tried.changes]);
  });

  test("a dry run is refused as the change would be", async () => {
    await admin.apply({ operations: client("a"), reason: "r", author: "me" });
    const tried = { author: "me", dryRun: true };
    const bad = [{ deleteClient: { id: "ghost" } }];
    await assert.rejects(admin.apply({ operations: bad, reason: "r", ...tried }), failsWith("BAD_USER_INPUT"));
    await assert.rejects(admin.apply({ operations: client("b"), reason: "", ...tried }), failsWith("BAD_USER_INPUT"));
    for (const change of [
      admin.apply({ operations: client("b"), reason: "r", expectedRevision: 0, ...tried }),
      admin.rollback({ toRevision: 0, reason: "r", expectedRevision: 0, ...tried }),
    ])
      await assert.rejects(change, failsWith("CONFLICT"));
  });

  test("a rollback that was thought out on another revision is a conflict and changes nothing", async () => {
    await admin.apply({ operations: client("a"), reason: "r", author: "me" });
    await admin.apply({ operations: client("b"), reason: "r", author: "me" });
    const back = { toRevision: 1, reason: "undo", author: "me" };
    await assert.rejects(admin.rollback({ ...back, expectedRevision: 1 }), failsWith("CONFLICT"));
    assert.equal(admin.current().revision, 2);
    assert.equal((await admin.rollback({ ...back, expectedRevision: 2 })).revision, 3);
  });
});
