import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apply, at } from "../graphql/world.ts";
import { admin, auditor, denyWhen, openWard, REPLAY, RULE, reviewer, START } from "./world.ts";

const world = await openWard();
const WHOSE = 'resource.patient == "p-303"';

/** Both doors, for everybody who is no auditor. */
async function refused(operations: readonly object[]): Promise<void> {
  for (const door of [REPLAY, START])
    for (const caller of [reviewer, admin]) {
      const { message } = await world.error("FORBIDDEN", door, { input: { operations } }, caller);
      assert.match(message, /needs the role auditor: others see pseudonyms instead/);
    }
}

describe("an attacker learns by a replay who looked at a patient", () => {
  test("with a rule whose condition names the patient: its flips are that patient's decisions", async () => {
    await refused([denyWhen(WHOSE)]);
    const answer = await world.data(REPLAY, { input: { operations: [denyWhen(WHOSE)] } }, auditor);
    assert.equal(at(answer, "replay", "allowToDeny"), 2);
  });

  test("not with one that asks of no person", async () => {
    for (const [when, flips] of [
      ['purposeOfUse == "BTG"', 0],
      ['purposeOfUse == "TREAT"', 3],
    ] as const) {
      const answer = await world.data(REPLAY, { input: { operations: [denyWhen(when)] } }, reviewer);
      // Of few patients there is no number.
      assert.equal(at(answer, "replay", "allowToDeny"), flips === 0 ? 0 : null, when);
    }
  });

  test("with a rule on a scope whose constraint names the patient, or a grant of one", async () => {
    const scope = "user/Observation.r?patient=p-303";
    await refused([{ putRule: { id: "probe", ...RULE, scope, effect: "DENY" } }]);
    await refused([{ grantScope: { clientId: "ehr", scope: "user/Observation.r?_id=obs-1" } }]);
    const atoms = [{ resourceType: "Observation", actions: ["read"], constraint: "subject=Patient/p-303" }];
    await refused([
      { putScope: { name: "probed", atoms } },
      { activateScope: { name: "probed" } },
      { putRule: { id: "probe", ...RULE, scope: "probed", effect: "ALLOW" } },
    ]);
  });

  test("with what stands ready and decides nothing until the replay lets it", async () => {
    await apply(world, [
      { putRole: { name: "holder" } },
      { putRole: { name: "heir", inherits: ["holder"] } },
      { putScope: { name: "later", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
      { putScope: { name: "free", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
      { activateScope: { name: "free" } },
      { putRule: { id: "of-a-role", ...RULE, role: "holder", effect: "DENY", when: WHOSE } },
      { putRule: { id: "of-a-scope", ...RULE, role: "visitor", scope: "later", effect: "ALLOW", when: WHOSE } },
      { putRule: { id: "free-scope", ...RULE, role: "visitor", scope: "free", effect: "ALLOW", when: WHOSE } },
      { putRule: { id: "named", ...RULE, role: "visitor", effect: "DENY", when: "resource.patient == client.name" } },
    ]);
    for (const operation of [
      { assignRole: { subjectId: "omar", role: "holder", organization: "north" } },
      { assignRole: { subjectId: "omar", role: "heir", organization: "north" } },
      { updateRole: { name: "nurse", inherits: ["holder"] } },
      { updateRole: { name: "nurse", inherits: ["heir"] } },
      { activateScope: { name: "later" } },
      { grantScope: { clientId: "ehr", scope: "free" } },
      { updateClient: { id: "ehr", name: "p-303" } },
      { deleteRule: { id: "of-a-role" } },
      { updateRule: { id: "of-a-role", clear: ["WHEN" as const] } },
      { updateRule: { id: "of-a-role", description: "the same" } },
    ])
      await refused([operation]);
    // What no such rule names is as before.
    for (const operation of [{ deleteRule: { id: "nurse-labs" } }])
      assert.equal(
        at(await world.data(REPLAY, { input: { operations: [operation] } }, reviewer), "replay", "read"),
        null,
      );
  });

  test("with a role of one person and what it denies, unless the directory knows that they work here", async () => {
    const ofRole = (subjectId: string, type = "user") => [
      { putRole: { name: "probed" } },
      { assignRole: { subjectId, subjectType: type, role: "probed", organization: "north" } },
      { putRule: { id: "probe", ...RULE, role: "probed", effect: "DENY" } },
    ];
    const put = 'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "a load") { count } }';
    const entities = [
      { type: "user", id: "nina", properties: { name: "Nina", unit: "ward-3" } },
      { type: "user", id: "ben", properties: { name: "Ben", patientRecord: "p-303" } },
      { type: "Patient", id: "nina", properties: { careTeam: ["omar"] } },
    ];
    await world.data(put, { entities });
    await refused(ofRole("omar"));
    await refused(ofRole("ben"));
    await refused(ofRole("nina", "Patient"));
    await refused([{ unassignRole: { subjectId: "omar", role: "nurse", organization: "north" } }]);
    const asked = { input: { operations: ofRole("nina") } };
    // Of one patient: there is no number.
    assert.equal(at(await world.data(REPLAY, asked, reviewer), "replay", "allowToDeny"), null);
    for (const base of ["CURRENT", "OWN"])
      await world.data(START, { input: { operations: ofRole("nina"), base } }, reviewer);
  });

  test("with a condition on what few patients have: that one is a VIP, or lies on a ward", async () => {
    await refused([denyWhen('resource.attributes.vip && resource.attributes.unit == "ward-7"')]);
    await refused([denyWhen("has(resource.attributes.vip) && resource.attributes.vip == true")]);
    await refused([denyWhen('"surgery" in resource.attributes.departments')]);
  });

  test("with a filter by a scope whose constraint names the patient", async () => {
    const input = { operations: [], filter: { scope: "user/Observation.r?patient=p-303" } };
    for (const door of [REPLAY, START]) {
      await world.error("FORBIDDEN", door, { input }, reviewer);
      await world.data(door, { input }, auditor);
    }
  });

  test("with an older policy, in which such a rule stood, as the base", async () => {
    await apply(world, [{ putRole: { name: "former" } }]);
    await apply(world, [{ putRule: { id: "once", ...RULE, role: "former", effect: "DENY", when: WHOSE } }]);
    const decide = "query ($input: AuthorizeInput!) { authorize(input: $input) { outcome } }";
    const resource = { type: "Observation", id: "obs-9", patient: "p-303", organization: "north" };
    const input = { clientId: "ehr", scopes: ["view_labs"], action: "read", subject: { id: "omar" }, resource };
    assert.equal(at(await world.data(decide, { input }), "authorize", "outcome"), "ALLOW");
    await apply(world, [{ deleteRule: { id: "once" } }]);
    const operations = [{ updateRole: { name: "nurse", inherits: ["former"] } }];
    const asked = { input: { operations, base: "OWN" } };
    assert.equal(at(await world.data(REPLAY, asked, auditor), "replay", "allowToDeny"), 1);
    assert.equal(at(await world.data(REPLAY, asked, reviewer), "replay", "allowToDeny"), 0);
  });
});
