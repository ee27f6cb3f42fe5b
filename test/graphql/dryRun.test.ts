import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { triesOf } from "../../src/domain/callers/permissions.ts";
import { apply, at, callerOf, openWorld, pathsOf } from "./world.ts";

const world = await openWorld();
await apply(world, [
  { putRole: { name: "staff" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
  { activateScope: { name: "view_labs" } },
]);
await apply(world, [{ retireScope: { name: "view_labs" } }, { putRole: { name: "nurse" } }]);
const reviewer = callerOf("key:reviewer", "reviewer");
const ANSWER = "{ revision dryRun author reason changes { noun key summary } findings { code noun key message } }";

/** All that is stored: acts of every kind, and the newest revision. */
async function stored(): Promise<unknown> {
  const { storage, domain } = world;
  const head = await storage.policy.headRevision();
  return { head, current: domain.policy.current(), revision: await storage.policy.revision(head) };
}

/** Each way to change the policy, with what it would change. */
const WAYS = [
  [
    "applyPolicy",
    (dryRun: string) => `applyPolicy(input: { operations: [{ putRole: { name: "new" } }], reason: "try"${dryRun} })`,
    ["role new: created"],
  ],
  [
    "a single mutation",
    (dryRun: string) => `createRole(input: { name: "new" }, reason: "try"${dryRun})`,
    ["role new: created"],
  ],
  [
    "rollbackPolicy",
    (dryRun: string) => `rollbackPolicy(toRevision: 1, reason: "try"${dryRun})`,
    ["role nurse: deleted"],
  ],
] as const;

for (const [what, call, summaries] of WAYS) {
  describe(`a dry run of ${what}`, () => {
    test("answers what would be, to an admin and to a reviewer, and changes nothing", async () => {
      const before = await stored();
      for (const caller of [callerOf("key:alma", "admin"), reviewer]) {
        const data = await world.data(`mutation { done: ${call(", dryRun: true")} ${ANSWER} }`, {}, caller);
        const done = at(data, "done");
        assert.deepEqual(
          [at(done, "dryRun"), at(done, "revision"), at(done, "author"), at(done, "reason")],
          [true, 3, caller.id, "try"],
        );
        const changes = at(done, "changes") as readonly unknown[];
        assert.deepEqual(
          changes.map((change) => at(change, "summary")),
          summaries,
        );
        assert.ok(Array.isArray(at(done, "findings")));
      }
      assert.deepEqual(await stored(), before);
    });

    test("is all that a reviewer may do", async () => {
      const before = await stored();
      for (const dryRun of ["", ", dryRun: false"]) {
        const source = `mutation { done: ${call(dryRun)} ${ANSWER} }`;
        const error = await world.error("FORBIDDEN", source, {}, reviewer);
        assert.match(error.message, /without dryRun: true needs the role admin; this caller holds reviewer/);
      }
      for (const dryRun of [undefined, false]) {
        const source = `mutation ($dry: Boolean = false) { done: ${call(", dryRun: $dry")} ${ANSWER} }`;
        await world.error("FORBIDDEN", source, dryRun === undefined ? {} : { dry: dryRun }, reviewer);
      }
      assert.deepEqual(await stored(), before);
    });

    test("is not taken for null", async () => {
      const source = `mutation ($dry: Boolean) { done: ${call(", dryRun: $dry")} ${ANSWER} }`;
      const error = await world.error("BAD_USER_INPUT", source, { dry: null });
      assert.deepEqual(pathsOf(error), ["dryRun"]);
      await world.error("FORBIDDEN", source, { dry: null }, reviewer);
    });
  });
}

test("every mutation of the policy can be tried by a reviewer, and no other", () => {
  for (const field of Object.values(world.schema.getMutationType()?.getFields() ?? {})) {
    const input = field.args.find(({ name }) => name === "input");
    const within = input === undefined ? undefined : world.schema.getType(String(input.type).replace("!", ""));
    const inInput = within !== undefined && "getFields" in within && within.getFields().dryRun !== undefined;
    const takes = inInput || field.args.some(({ name }) => name === "dryRun");
    const changesPolicy = String(field.type) === "PolicyRevision!";
    assert.deepEqual(triesOf(field.name), changesPolicy ? ["reviewer"] : [], field.name);
    // Beginning an access review and recording a consent can be tried by who may do it, and by nobody else.
    const triedByWhoMay = ["startReviewCampaign", "recordConsent", "recordFhirConsent"].includes(field.name);
    assert.equal(takes, changesPolicy || triedByWhoMay, field.name);
  }
});

test("a rollback that was thought out on another revision is a conflict", async () => {
  const source =
    'mutation ($at: Int) { rollbackPolicy(toRevision: 1, reason: "r", expectedRevision: $at) { revision } }';
  await world.error("CONFLICT", source, { at: 1 });
  assert.equal(world.domain.policy.current().revision, 2);
});

test("a rollback leaves a retired scope retired, and says so; later the revision keeps no findings", async () => {
  const data = await world.data(
    `mutation { rollbackPolicy(toRevision: 1, reason: "r", expectedRevision: 2) ${ANSWER} }`,
  );
  const back = at(data, "rollbackPolicy");
  assert.deepEqual([at(back, "dryRun"), at(back, "revision")], [false, 3]);
  assert.deepEqual(at(back, "findings"), [
    {
      code: "SCOPE_NOT_RESTORED",
      noun: "SCOPE",
      key: '["view_labs",1]',
      message: "view_labs v1 stays RETIRED, although it was ACTIVE: nothing leaves this state",
    },
  ]);
  assert.equal(at(await world.data('{ scope(name: "view_labs") { state } }'), "scope", "state"), "RETIRED");
  assert.deepEqual(await world.data("{ policyRevision { revision dryRun findings { code } } }"), {
    policyRevision: { revision: 3, dryRun: false, findings: null },
  });
});
