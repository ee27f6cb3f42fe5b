import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { apply, at, callerOf } from "../graphql/world.ts";
import { admin, auditor, openWard, RULE, reviewer } from "./world.ts";

const world = await openWard();
const BROAD = "user/Observation.rs";
const OF_ONE = "user/Observation.r?patient=p-303";
const PREVIEW = `query ($name: String!) { retirementPreview(name: $name) { checked wouldBreak clients { unanswered useInstead { scope covers } } } }`;
const MINIMAL =
  'query ($days: Int) { scopeAdvice(clientId: "ehr", days: $days) { minimal { scopes { scope } dropped { scope why } } } }';
const register = (name: string, later: readonly object[] = []) => [
  { putScope: { name } },
  { activateScope: { name } },
  ...later,
];

before(async () => {
  await apply(world, [
    ...register(BROAD),
    { grantScope: { clientId: "ehr", scope: BROAD } },
    { putRule: { id: "nurse-smart", ...RULE, scope: BROAD, effect: "ALLOW" } },
  ]);
  const inputs = [
    ["omar", "p-303"],
    ["omar", "p-303"],
    ["nina", "p-101"],
  ].map(([id, patient], i) => ({
    clientId: "ehr",
    scopes: [BROAD],
    action: "read",
    subject: { id },
    resource: {
      type: "Observation",
      id: `o-${i}`,
      patient,
      organization: "north",
      attributes: { patient: `Patient/${patient}` },
    },
  }));
  const data = await world.data("query ($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome } }", {
    inputs,
  });
  assert.deepEqual(at(data, "authorizeBatch"), [{ outcome: "ALLOW" }, { outcome: "ALLOW" }, { outcome: "ALLOW" }]);
  // Figures wait for nothing.
  await world.storage.journalSpan();
  world.clock.now += 1000;
});

describe("an attacker learns by a scope whose constraint names a patient how often it was looked at", () => {
  test("by the preview of its retirement, as nothing else permits these accesses then", async () => {
    await apply(world, register(OF_ONE));
    for (const caller of [admin, reviewer]) {
      const { message } = await world.error("FORBIDDEN", PREVIEW, { name: OF_ONE }, caller);
      assert.match(message, /needs the role auditor: others see pseudonyms instead/);
    }
    assert.equal(at(await world.data(PREVIEW, { name: OF_ONE }, auditor), "retirementPreview", "wouldBreak"), 2);
  });

  test("by how much of another scope it covers, as its successor, or as a grant of the client", async () => {
    const name = "view_labs";
    const successor = "user/Observation.r?patient=p-101";
    await apply(world, [
      { grantScope: { clientId: "ehr", scope: OF_ONE } },
      { deprecateScope: { name, sunsetAt: "2031-01-01T00:00:00Z", replacedBy: successor } },
    ]);
    const instead = async (caller: typeof admin) => {
      const preview = at(await world.data(PREVIEW, { name }, caller), "retirementPreview");
      // Of few patients there is no number but for an auditor.
      assert.equal(at(preview, "wouldBreak"), caller === auditor ? 3 : null);
      return (at(preview, "clients", 0, "useInstead") as readonly { readonly scope: string }[]).map((one) => one.scope);
    };
    assert.deepEqual(await instead(admin), [BROAD]);
    assert.deepEqual(await instead(reviewer), [BROAD]);
    assert.deepEqual(await instead(auditor), [successor, BROAD]);
  });

  test("by whether a grant of it is needed, or others are without it", async () => {
    const never = "user/Observation.r?patient=p-909";
    await apply(world, [{ grantScope: { clientId: "ehr", scope: never } }]);
    const minimal = at(await world.data(MINIMAL, {}, reviewer), "scopeAdvice", "minimal");
    const scopes = (at(minimal, "scopes") as readonly { readonly scope: string }[]).map((one) => one.scope);
    assert.deepEqual(
      scopes.filter((scope) => scope.includes("?")),
      [OF_ONE, never],
    );
    assert.deepEqual(at(minimal, "dropped"), []);
  });

  test("not by the preview of what names nobody", async () => {
    for (const caller of [admin, reviewer])
      assert.equal(at(await world.data(PREVIEW, { name: BROAD }, caller), "retirementPreview", "checked"), null);
    assert.equal(at(await world.data(PREVIEW, { name: BROAD }, auditor), "retirementPreview", "checked"), 3);
  });

  test("by what a patient refused since, or the directory learned of them: it is as it was when they were looked at", async () => {
    const ward = await openWard();
    const ALL = `{ retirementPreview(name: "view_labs") { few checked wouldBreak clients {
      clientId few uses checked wouldBreak wouldChange refusedAlready unanswered useInstead { scope covers } } } }`;
    const seen = async (caller: typeof admin) => at(await ward.data(ALL, {}, caller), "retirementPreview");
    await ward.storage.journalSpan();
    ward.clock.now += 1000;
    const before = await Promise.all([seen(reviewer), seen(auditor)]);
    await ward.data(
      "mutation ($input: RecordConsentInput!) { recordConsent(input: $input) { id } }",
      { input: { patient: "p-303", effect: "DENY", source: { kind: "PORTAL" }, reason: "r" } },
      callerOf("key:portal", "consent"),
    );
    const entities = [
      { type: "Patient", id: "p-101", properties: { organization: "south" } },
      { type: "Patient", id: "p-303", properties: { organization: "south", vip: true } },
    ];
    await ward.data(
      'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "moved") { count } }',
      { entities },
      admin,
    );
    assert.deepEqual(await Promise.all([seen(reviewer), seen(auditor)]), before);
    assert.equal(at(before[1], "wouldBreak"), 3);
  });
});
