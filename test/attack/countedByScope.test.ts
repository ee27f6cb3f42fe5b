// A scope may name whom it is about. Counting by such a scope would tell how often, and when, somebody looked at a patient.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { apply, at, openWorld, ROOT, type World } from "../graphql/world.ts";
import { untilFollowed } from "../support/untilFollowed.ts";
import { admin, auditor, REPLAY, reviewer, START } from "./world.ts";

const OF_ONE = "user/Observation.r?subject=Patient/p-303";
const OF_MANY = "user/Observation.r?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
const FROM = "2026-11-24T00:00:00Z";
const STATS = `query ($filter: DecisionFilter) {
  stats(measure: DECISIONS, from: "${FROM}", by: [SCOPE], filter: $filter) { total rows { key count allowed denied previous } } }`;
const USE = "query ($scope: String!) { scopeUse(scope: $scope) { uses edges { node { clientId uses lastUsedAt } } } }";

describe("an attacker counts by a scope that names a patient", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    await apply(world, [
      { putClient: { id: "ehr", name: "The EHR" } },
      { grantScope: { clientId: "ehr", scope: "user/Observation.r" } },
      {
        putRule: {
          ...{ id: "all", role: "*", scope: "user/Observation.r", action: "read", resourceType: "Observation" },
          ...{ effect: "ALLOW", justification: "This policy is for a test." },
        },
      },
    ]);
    world.clock.now += 754_321;
    const codes = ["http://terminology.hl7.org/CodeSystem/observation-category|laboratory"];
    const asked = "query ($input: AuthorizeInput!) { authorize(input: $input) { outcome scope } }";
    for (const [patient, scope] of [
      ["p-303", OF_ONE],
      ["p-101", OF_ONE.replace("303", "101")],
      ["p-303", OF_MANY],
    ]) {
      const attributes = { subject: `Patient/${patient}`, category: codes };
      const resource = { type: "Observation", id: "o", patient, attributes };
      const input = { clientId: "ehr", subject: { id: "omar" }, action: "read", scopes: [scope], resource };
      const answer = at(await world.data(asked, { input }, ROOT), "authorize");
      assert.deepEqual(answer, { outcome: "ALLOW", scope });
    }
    await untilFollowed(world.url);
  });

  test("in a window: scopes are counted without whom they name, and narrowed so", async () => {
    const rows = [{ key: ["user/Observation.r"], count: 3, allowed: 3, denied: 0, previous: 0 }];
    for (const filter of [null, { scope: OF_ONE }, { scope: OF_ONE.replace("303", "nobody") }])
      for (const caller of [reviewer, admin, auditor])
        assert.deepEqual(at(await world.data(STATS, { filter }, caller), "stats"), { total: 3, rows });
  });

  test("by its use", async () => {
    for (const caller of [reviewer, admin]) {
      await world.error("FORBIDDEN", USE, { scope: OF_ONE }, caller);
      assert.equal(at(await world.data(USE, { scope: OF_MANY }, caller), "scopeUse", "uses"), null);
    }
    assert.equal(at(await world.data(USE, { scope: OF_ONE }, auditor), "scopeUse", "uses"), 1);
  });

  test("by when a scope was last used: it is told by the day", async () => {
    const last = async (caller: typeof admin) =>
      at(await world.data(USE, { scope: OF_MANY }, caller), "scopeUse", "edges", 0, "node", "lastUsedAt");
    assert.deepEqual(
      [await last(reviewer), await last(admin), await last(auditor)],
      ["2026-11-24T00:00:00.000Z", "2026-11-24T00:00:00.000Z", "2026-11-24T12:12:34.321Z"],
    );
    const SAVINGS = '{ scopeAdvice(clientId: "ehr", days: 30) { savings { lastUsedAt } } }';
    const saved = async (caller: typeof admin) => JSON.stringify(await world.data(SAVINGS, {}, caller));
    assert.doesNotMatch(await saved(reviewer), /12:12:34/);
  });

  test("by a change whose condition asks what was presented", async () => {
    const rule = { role: "*", scope: "*", action: "read", resourceType: "Observation", effect: "DENY" };
    const input = (when: string) => ({ input: { operations: [{ putRule: { id: "probe", ...rule, when } }] } });
    for (const when of ['scope.contains("p-303")', `scope == "${OF_ONE}"`]) {
      for (const door of [REPLAY, START]) await world.error("FORBIDDEN", door, input(when), reviewer);
      assert.equal(at(await world.data(REPLAY, input(when), auditor), "replay", "allowToDeny"), 1, when);
    }
    assert.equal(at(await world.data(REPLAY, input('scope == "nobody_has_it"'), reviewer), "replay", "allowToDeny"), 0);
  });
});
