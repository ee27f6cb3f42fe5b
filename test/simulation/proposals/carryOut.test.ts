import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { createPolicyAdmin } from "../../../src/domain/policy/admin.ts";
import type { PolicyOperation } from "../../../src/domain/policy/operations.ts";
import { callerOf, openWorld, type World } from "../../graphql/world.ts";
import { facts, stepOf, subjectOf } from "../../support/proposals.ts";

const who = (id: string) => ({ ...callerOf(`key:${id}`, "admin"), subject: subjectOf(id) });
const [ada, ben] = [who("ada"), who("ben")];
const about = (id: string) => ({ id, reason: "r" });

/** What happens once the proposal was read for the last time before the commit, and before it is compared. */
let meanwhile: (() => Promise<unknown>) | null = null;
let reads = 0;
let world: World;

/** Proposes, has it approved and applies it, with something happening at the second look of the application. */
async function applyWhile(operations: readonly PolicyOperation[], happens: (id: string) => Promise<unknown>) {
  const { proposals } = world.domain;
  const { id, digest } = await proposals.propose(ada, { title: "t", change: { operations }, reason: "r" });
  await proposals.approve(ben, { ...about(id), digest });
  reads = 0;
  meanwhile = () => happens(id);
  const outcome = await proposals.apply(ben, { id, dryRun: false }).then(
    () => "applied",
    (error) => `${error.code} ${error.message}`,
  );
  meanwhile = null;
  return { outcome, reads, state: (await proposals.find(id))?.state };
}

describe("between the last look and the commit", () => {
  beforeEach(async () => {
    world = await openWorld({
      through: (storage) => ({
        ...storage,
        proposals: {
          ...storage.proposals,
          async find(id) {
            const found = await storage.proposals.find(id);
            if (++reads === 2) await meanwhile?.();
            return found;
          },
        },
      }),
    });
  });
  /** Another instance, which this one has not heard of yet. */
  const elsewhere = async (operations: readonly PolicyOperation[]) => {
    const admin = createPolicyAdmin({ store: world.storage.policy, facts, clock: () => 1 });
    await admin.apply({ operations, reason: "elsewhere", author: "key:other" });
  };
  const ROLE: readonly PolicyOperation[] = [{ putRole: { name: "staff", description: "proposed" } }];

  test("a row that it touches moves on another instance: it is compared again on what is there, and not applied", async () => {
    const { outcome, reads, state } = await applyWhile(ROLE, () => elsewhere([{ putRole: { name: "staff" } }]));
    assert.match(outcome, /^CONFLICT .* is out of date \(what it touches has moved since revision 0/);
    assert.deepEqual([reads >= 3, state], [true, "STALE"]);
    assert.equal(world.domain.policy.current().roles.get("staff")?.description, null);
  });

  test("something else moves there: it is applied on that", async () => {
    const { outcome, reads, state } = await applyWhile(ROLE, () => elsewhere([{ putRole: { name: "other" } }]));
    assert.deepEqual([outcome, reads >= 3, state], ["applied", true, "APPLIED"]);
    assert.deepEqual([...world.domain.policy.current().roles.keys()].sort(), ["other", "staff"]);
  });

  test("the very same change is made there: nothing is left to do, and it is not said to have been applied", async () => {
    const { outcome, state } = await applyWhile(ROLE, () => elsewhere(ROLE));
    assert.match(outcome, /^CONFLICT .* is out of date/);
    assert.equal(state, "STALE");
  });

  const NEXT = { round: 2, digest: "other", baseRevision: 0, effect: "e", findings: [], report: null };
  // As another instance does it: this one has others wait for the change.
  for (const [what, happens, wanted] of [
    ["rejected", (id: string) => world.storage.proposals.close(id, "REJECTED", stepOf(id, "REJECTED")), "REJECTED"],
    ["withdrawn", (id: string) => world.storage.proposals.close(id, "WITHDRAWN", stepOf(id, "WITHDRAWN")), "WITHDRAWN"],
    [
      "renewed",
      async (id: string) => {
        const from = (await world.storage.proposals.find(id))?.digest ?? "";
        await world.storage.proposals.renew(id, { from, next: NEXT }, stepOf(id, "RENEWED", { once: "1" }));
      },
      "STALE",
    ],
  ] as const)
    test(`it is ${what}: it is not applied`, async () => {
      const { outcome, state } = await applyWhile(ROLE, happens);
      assert.match(outcome, /^CONFLICT /);
      assert.equal(state, wanted);
      assert.equal(world.domain.policy.current().revision, 0);
    });

  test("nothing happens: it is applied", async () => {
    assert.equal((await applyWhile(ROLE, async () => {})).outcome, "applied");
  });
});
