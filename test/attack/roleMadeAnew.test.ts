import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { createPolicyAdmin } from "../../src/domain/policy/admin.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import type { ProposePolicyInput } from "../../src/domain/simulation/proposals/proposalInput.ts";
import { callerOf, NOW, openWorld } from "../graphql/world.ts";
import { facts, subjectOf } from "../support/proposals.ts";

/*
 * Under four eyes ben approves that mallory gets the role visitor_badge, which is empty. Ada, alone, then takes that role away and
 * makes it again as something else, and applies what ben has approved.
 */

const who = (id: string) => ({ ...callerOf(`key:${id}`, "admin"), subject: subjectOf(id) });
const [ada, ben] = [who("ada"), who("ben")];
const BADGE = { name: "visitor_badge" };
const FOR_MALLORY: PolicyOperation = { assignRole: { subjectId: "mallory", role: BADGE.name, organization: "*" } };
const AGAIN: readonly PolicyOperation[] = [{ deleteRole: BADGE }, { putRole: BADGE }];

const world = await openWorld({ fourEyes: true });
await withoutFourEyes([
  { putRole: { name: "provider" } },
  { putRole: BADGE },
  { putRole: { name: "visitor" } },
  { putRole: { name: "guest", inherits: ["visitor"] } },
  { putClient: { id: "app", name: "App" } },
  { putOrganization: { id: "*", settings: { accessRequestMaxMinutes: 60 } } },
  { putOrganization: { id: "ward", settings: {} } },
]);
beforeEach(async () => {
  const held = [...world.domain.policy.current().assignments.values()].flatMap((rows) => [...rows.values()]);
  await withoutFourEyes([
    { putRole: BADGE },
    ...held.map(({ organization, role, subjectId }) => ({ unassignRole: { organization, role, subjectId } })),
  ]);
});

async function withoutFourEyes(operations: readonly PolicyOperation[]) {
  const admin = createPolicyAdmin({ store: world.storage.policy, facts, clock: () => NOW });
  await admin.apply({ operations, reason: "set up", author: "key:root" });
  await world.domain.policy.refresh();
}
/** What ada does alone, which four eyes let. */
const alone = async (...operations: readonly PolicyOperation[]) => {
  for (const operation of operations)
    await world.domain.policy.apply({ operations: [operation], reason: "tidying up", author: ada.id });
};
async function approved(change: ProposePolicyInput["change"]) {
  const { proposals } = world.domain;
  const { id, digest } = await proposals.propose(ada, { title: "t", change, reason: "r" });
  await proposals.approve(ben, { id, digest, reason: "a badge, and nothing else" });
  return id;
}
const apply = (id: string) => world.domain.proposals.apply(ada, { id, dryRun: false });
const stateOf = async (id: string) => (await world.domain.proposals.find(id))?.state;
const holdsBadge = () => world.domain.policy.current().assignments.size > 0;

test("a new role that inherits is proposed: nobody makes one alone", async () => {
  await assert.rejects(alone({ putRole: { name: "badge", inherits: ["provider"] } }), {
    code: "FOUR_EYES_REQUIRED",
    message: /\(role badge is new and inherits others\)/,
  });
  await assert.rejects(alone({ deleteRole: BADGE }, { putRole: { ...BADGE, inherits: ["provider"] } }), {
    code: "FOUR_EYES_REQUIRED",
  });
});

describe("what was approved of a row by its id is STALE once that row began or ended, equal or not", () => {
  for (const [what, change, ...moves] of [
    ["the role that is assigned", FOR_MALLORY, ...AGAIN],
    [
      "a role that is inherited",
      { assignRole: { subjectId: "mallory", role: "guest", organization: "*" } },
      { updateRole: { name: "visitor", description: "for a day" } },
      { updateRole: { name: "visitor", clear: ["description"] } },
    ],
    [
      "a client",
      { grantScope: { clientId: "app", scope: "patient/Observation.rs" } },
      { deleteClient: { id: "app" } },
      { putClient: { id: "app", name: "App" } },
    ],
    [
      "an organization",
      { assignRole: { subjectId: "mallory", role: "provider", organization: "ward" } },
      { deleteOrganization: { id: "ward" } },
      { putOrganization: { id: "ward", settings: {} } },
    ],
    [
      "a role that was not there, was made, and was taken away again",
      { putRole: { name: "new" } },
      { putRole: { name: "new" } },
      { deleteRole: { name: "new" } },
    ],
  ] as readonly (readonly [string, PolicyOperation, ...PolicyOperation[]])[])
    test(what, async () => {
      const id = await approved({ operations: [change] });
      const { baseRevision } = (await world.domain.proposals.find(id)) ?? {};
      const others = await approved({ operations: [{ putRole: { name: "other" } }] });
      await alone(...moves);
      assert.equal(await stateOf(id), "STALE");
      await assert.rejects(apply(id), { code: "CONFLICT", message: /is out of date \(.*\)/ });
      assert.equal(holdsBadge(), false);
      assert.equal(await stateOf(others), "APPROVED");
      const { staleBecause } = (await world.domain.proposals.find(id)) ?? {};
      const why = `(role|client|organization) \\S+, which (it names|a role that it names inherits), was changed since revision ${baseRevision}`;
      assert.match(staleBecause ?? "", new RegExp(`^${why}$`));
    });

  test("of a rollback, what it would change names it", async () => {
    await withoutFourEyes([FOR_MALLORY]);
    await withoutFourEyes([{ unassignRole: { subjectId: "mallory", role: BADGE.name, organization: "*" } }]);
    const { revision } = world.domain.policy.current();
    const id = await approved({ rollbackTo: revision - 1 });
    await alone(...AGAIN);
    assert.equal(await stateOf(id), "STALE");
    await assert.rejects(apply(id), { code: "CONFLICT" });
  });

  test("a look anew ends it, and needs another approval", async () => {
    const id = await approved({ operations: [FOR_MALLORY] });
    await alone(...AGAIN);
    const { state, digest } = await world.domain.proposals.renew(ada, { id, reason: "r" });
    assert.equal(state, "OPEN");
    await world.domain.proposals.approve(ben, { id, digest, reason: "r" });
    await apply(id);
    assert.equal(holdsBadge(), true);
  });

  test("a key that may assert the role is not made; one that was made stays", async () => {
    const key = {
      name: "gateway",
      roles: ["service" as const],
      subject: null,
      defaultClientId: null,
      expiresAt: null,
      assertRoles: [{ role: BADGE.name, organization: "*" }],
    };
    const [first, second] = [await approved({ apiKey: key }), await approved({ apiKey: key })];
    const create = (id: string) => world.domain.proposals.createKey(ada, { id, key, reason: "r" });
    await create(first);
    await alone(...AGAIN);
    assert.equal(await stateOf(second), "STALE");
    await assert.rejects(create(second), { code: "CONFLICT", message: /is out of date/ });
    assert.equal((await world.domain.apiKeys.list()).length, 1);
    assert.equal(await stateOf(first), "APPLIED");
  });

  test("an access request is not approved, and stays as it is", async () => {
    const { accessRequests } = world.domain;
    const mallory = { ...callerOf("key:mallory", "service"), subject: subjectOf("mallory") };
    const asked = { subject: { id: "mallory" }, role: BADGE.name, organization: "*", minutes: 5, reason: "a visit" };
    const { id } = await accessRequests.request(mallory, asked);
    const refused = await accessRequests.request(mallory, { ...asked, organization: "ward" });
    await alone({ updateRole: { name: "provider", description: "something else" } });
    await accessRequests.decide(ben, { id: refused.id, approve: true, reason: "r" });
    await alone(
      { updateRole: { ...BADGE, description: "for visitors" } },
      { updateRole: { ...BADGE, clear: ["description"] } },
    );
    await assert.rejects(accessRequests.decide(ben, { id, approve: true, reason: "r" }), {
      code: "CONFLICT",
      message: `Access request ${id} can't be approved any more: role visitor_badge, which it names, was changed since it was asked for; refuse it, so that it can be asked for again. Nothing was changed.`,
    });
    assert.equal((await accessRequests.find(ben, id))?.state, "OPEN");
    await accessRequests.decide(ben, { id, approve: false, reason: "ask again" });
    const again = await accessRequests.request(mallory, asked);
    assert.equal((await accessRequests.decide(ben, { id: again.id, approve: true, reason: "r" })).state, "APPROVED");
  });
});

test("the look is made once more where it is applied: what moves after the first one counts", async () => {
  const id = await approved({ operations: [FOR_MALLORY] });
  const elsewhere = createPolicyAdmin({ store: world.storage.policy, facts, clock: () => NOW });
  const { find } = world.storage.proposals;
  let reads = 0;
  const store = world.storage.proposals as { find: typeof find };
  store.find = async (wanted) => {
    const found = await find(wanted);
    if (++reads === 2)
      for (const operation of AGAIN)
        await elsewhere.apply({ operations: [operation], reason: "elsewhere", author: "key:other" });
    return found;
  };
  await assert.rejects(apply(id), { code: "CONFLICT", message: /is out of date/ });
  store.find = find;
  assert.ok(reads >= 2);
  assert.equal(holdsBadge(), false);
});
