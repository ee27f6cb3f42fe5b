import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { createPolicyAdmin } from "../../src/domain/policy/admin.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { callerOf, NOW, openWorld } from "../graphql/world.ts";
import { facts, subjectOf } from "../support/proposals.ts";

/*
 * What nurses read of laboratories is masked; what staff reads there is not. Omar is both, so that what he reads is masked. An admin
 * takes the mask away, alone, and leaves the access.
 */

const ada = { ...callerOf("key:ada", "admin"), subject: subjectOf("ada") };
const LABS = { scope: "labs", action: "read", resourceType: "Observation" };
const held = (subjectId: string, role: string, organization = "*") => ({ subjectId, role, organization });

const world = await openWorld({ fourEyes: true });
const { domain, storage } = world;
async function withoutFourEyes(operations: readonly PolicyOperation[]) {
  const admin = createPolicyAdmin({ store: storage.policy, facts, clock: () => NOW });
  await admin.apply({ operations, reason: "set up", author: "key:root" });
  await domain.policy.refresh();
}
beforeEach(async () => {
  const rows = [...domain.policy.current().assignments.values()].flatMap((of) => [...of.values()]);
  await withoutFourEyes([
    { putRole: { name: "nurse" } },
    { putRole: { name: "staff" } },
    { putRole: { name: "senior", inherits: ["nurse", "staff"] } },
    { putScope: { name: "labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
    { putRule: { id: "masked", role: "nurse", ...LABS, effect: "ALLOW", obligations: [{ type: "mask" }] } },
    { putRule: { id: "plain", role: "staff", ...LABS, effect: "ALLOW" } },
    ...rows.map(({ organization, role, subjectId }) => ({ unassignRole: { organization, role, subjectId } })),
  ]);
  await withoutFourEyes([
    { assignRole: held("omar", "nurse") },
    { assignRole: held("omar", "nurse", "ward") },
    { assignRole: held("omar", "staff") },
    { assignRole: held("nina", "nurse") },
    { assignRole: held("iris", "senior", "ward") },
  ]);
});
const alone = (...operations: readonly PolicyOperation[]) =>
  domain.policy.apply({ operations, reason: "tidying up", author: ada.id });
const rolesOf = (subjectId: string) =>
  [...domain.policy.current().assignments.values()]
    .flatMap((of) => [...of.values()])
    .flatMap((row) => (row.subjectId === subjectId ? [row.role] : []))
    .sort();

describe("nobody ends an obligation of an access that stays alone", () => {
  for (const [what, told, operation] of [
    ["the rule is deleted", "rule masked", { deleteRule: { id: "masked" } }],
    ["the rule is narrowed", "rule masked", { updateRule: { id: "masked", when: 'purposeOfUse == "TREAT"' } }],
    ["the role is taken away", "role nurse of subject omar", { unassignRole: held("omar", "nurse") }],
    [
      "the assignment is shortened",
      "role nurse of subject omar",
      { assignRole: { ...held("omar", "nurse"), validUntil: NOW + 1 } },
    ],
    ["the role is inherited no more", "role senior", { updateRole: { name: "senior", inherits: ["staff"] } }],
  ] as readonly (readonly [string, string, PolicyOperation])[])
    test(what, async () => {
      await assert.rejects(alone(operation), (error: Error & { code?: string }) => {
        assert.equal(error.code, "FOUR_EYES_REQUIRED");
        const words = "ends what rule masked asks for, and rule plain still allows";
        assert.ok(error.message.includes(`(${told} ${words}`), error.message);
        return true;
      });
    });

  test("a key can assert the other role", async () => {
    const asserting = await domain.apiKeys.create({
      name: "gateway",
      roles: ["service"],
      subject: null,
      defaultClientId: null,
      expiresAt: null,
      assertRoles: [],
      reason: "r",
      by: ada,
    });
    await alone({ unassignRole: held("nina", "nurse") });
    await withoutFourEyes([{ assignRole: held("nina", "nurse") }]);
    const key = {
      name: "asserting",
      roles: ["service" as const],
      subject: null,
      defaultClientId: null,
      expiresAt: null,
      assertRoles: [{ role: "staff", organization: "ward" }],
    };
    const { proposals } = domain;
    const ben = { ...callerOf("key:ben", "admin"), subject: subjectOf("ben") };
    const { id, digest } = await proposals.propose(ada, { title: "t", change: { apiKey: key }, reason: "r" });
    await proposals.approve(ben, { id, digest, reason: "r" });
    const made = await proposals.createKey(ada, { id, key, reason: "r" });
    await assert.rejects(alone({ unassignRole: held("nina", "nurse") }), { code: "FOUR_EYES_REQUIRED" });
    for (const { apiKey } of [asserting, made]) await domain.apiKeys.revoke({ id: apiKey.id, by: ada, reason: "r" });
    await alone({ unassignRole: held("nina", "nurse") });
  });
});

describe("alone is done what ends with the access", () => {
  for (const [what, operations] of [
    ["of somebody who keeps nothing else", [{ unassignRole: held("nina", "nurse") }]],
    ["of both at once", [{ unassignRole: held("omar", "nurse") }, { unassignRole: held("omar", "staff") }]],
    ["of the role that asks for nothing", [{ unassignRole: held("omar", "staff") }]],
    ["of both rules at once", [{ deleteRule: { id: "masked" } }, { deleteRule: { id: "plain" } }]],
    ["of one who holds the role in another way", [{ unassignRole: held("omar", "nurse", "ward") }]],
  ] as readonly (readonly [string, readonly PolicyOperation[]])[])
    test(what, async () => {
      assert.deepEqual((await alone(...operations)).findings, []);
    });

  test("of an assignment that is over, whether its role asks for something or a deny rule names it", async () => {
    const over = { ...held("iris", "nurse", "lab"), validUntil: NOW - 1 };
    const barred = { ...held("iris", "visitor", "lab"), validUntil: NOW - 1 };
    await withoutFourEyes([
      { putRole: { name: "visitor" } },
      { putRule: { id: "no-visitors", role: "visitor", ...LABS, effect: "DENY" } },
      { assignRole: over },
      { assignRole: barred },
      { assignRole: held("iris", "staff", "lab") },
    ]);
    for (const { organization, role, subjectId } of [over, barred])
      assert.deepEqual((await alone({ unassignRole: { organization, role, subjectId } })).findings, []);
  });
});

describe("the end of all access of one person needs nobody else", () => {
  test("what would open stays, is named, and becomes one proposal, however often it is asked for", async () => {
    await withoutFourEyes([
      { putRole: { name: "barred" } },
      { putRule: { id: "barred", role: "barred", scope: "*", action: "*", resourceType: "*", effect: "DENY" } },
      { assignRole: held("omar", "barred") },
    ]);
    const { apiKey } = await domain.apiKeys.create({
      name: "of omar",
      roles: ["service"],
      subject: { type: "user", id: "omar" },
      defaultClientId: null,
      expiresAt: null,
      reason: "r",
      by: ada,
    });
    const end = () => domain.endAccess(ada, { subject: { id: "omar" }, reason: "left" });
    const ended = await end();
    assert.deepEqual(rolesOf("omar"), ["barred"]);
    assert.deepEqual([ended.assignments, ended.apiKeys.map(({ id }) => id)], [3, [apiKey.id]]);
    assert.deepEqual(ended.kept, [
      {
        role: "barred",
        organization: "*",
        because: "role barred of subject omar holds no longer, or for less time, and a deny rule names the role",
      },
    ]);
    assert.equal((await end()).proposalId, ended.proposalId);
    const proposal = await domain.proposals.find(ended.proposalId ?? "");
    assert.deepEqual(proposal?.change, {
      kind: "POLICY",
      operations: [{ unassignRole: { subjectType: "user", ...held("omar", "barred") } }],
    });
    const ben = { ...callerOf("key:ben", "admin"), subject: subjectOf("ben") };
    const { id, digest } = proposal ?? { id: "", digest: "" };
    await domain.proposals.approve(ben, { id, digest, reason: "r" });
    await domain.proposals.apply(ada, { id, dryRun: false });
    const again = await end();
    assert.deepEqual([rolesOf("omar"), again.kept, again.proposalId], [[], [], null]);
  });

  test("a role whose rule asks for something stays where another stays that asks for less", async () => {
    await withoutFourEyes([
      { putRole: { name: "locked", inherits: ["staff"] } },
      { putRule: { id: "locked", role: "locked", ...LABS, when: "false", effect: "DENY" } },
      { assignRole: held("omar", "locked") },
    ]);
    const ended = await domain.endAccess(ada, { subject: { id: "omar" }, reason: "left" });
    assert.deepEqual(rolesOf("omar"), ["locked", "nurse", "nurse"]);
    assert.deepEqual(ended.kept.map(({ role }) => role).sort(), ["locked", "nurse", "nurse"]);
    assert.match(ended.kept.find(({ role }) => role === "nurse")?.because ?? "", /ends what rule masked asks for/);
    assert.notEqual(ended.proposalId, null);
  });

  test("an access request whose role stays is closed with it, and not before", async () => {
    await withoutFourEyes([
      { putRole: { name: "barred" } },
      { putRule: { id: "barred", role: "barred", scope: "*", action: "*", resourceType: "*", effect: "DENY" } },
      { putOrganization: { id: "*", settings: { accessRequestMaxMinutes: 60 } } },
    ]);
    const omar = { ...callerOf("key:omar", "service"), subject: subjectOf("omar") };
    const asked = { subject: { id: "omar" }, role: "barred", organization: "ward", minutes: 5, reason: "a visit" };
    const { id } = await domain.accessRequests.request(omar, asked);
    await domain.accessRequests.decide(ada, { id, approve: true, reason: "r" });
    const ended = await domain.endAccess(ada, { subject: { id: "omar" }, reason: "left" });
    assert.deepEqual([ended.accessRequests, ended.kept.map(({ role }) => role)], [[], ["barred"]]);
    assert.equal((await domain.accessRequests.find(ada, id))?.state, "APPROVED");
  });
});
