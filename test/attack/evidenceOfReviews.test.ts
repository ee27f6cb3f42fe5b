// An access review lists who holds what, with how often it was used. Of a patient that would tell when they were treated.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { decodeCursor } from "../../src/doors/cursors.ts";
import { apply, at, openWorld, ROOT, type World } from "../graphql/world.ts";
import { untilFollowed } from "../support/untilFollowed.ts";
import { admin, auditor, reviewer } from "./world.ts";

const SCOPE = "user/Observation.r";
const PUT = 'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "r") { count } }';
const ITEMS = `items(first: 50) { edges { node {
  subjectId clientId few uses lastUsedAt usedIn usedInCount smaller { scopes checked } advice { verdict formula } } } }`;
const START = `mutation ($input: StartReviewCampaignInput!) { startReviewCampaign(input: $input) {
  id itemCount leftOut figures { withAdvice } ${ITEMS} } }`;
const CAMPAIGN = `query ($id: ID!) { reviewCampaign(id: $id) { ${ITEMS} } }`;
const REPORT = "query ($id: ID!) { reviewReport(id: $id) { text sha256 } }";

type Item = Readonly<Record<string, unknown>>;
const itemsOf = (campaign: unknown): readonly Item[] =>
  (at(campaign, "items", "edges") as readonly { readonly node: Item }[]).map(({ node }) => node);

describe("an attacker learns by an access review of a patient", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    const users = ["ada", "zoe"].map((id) => ({ type: "user", id, properties: { patientRecord: id } }));
    const staff = ["nina", "omar"].map((id) => ({ type: "user", id, properties: { name: id, unit: "ward-7" } }));
    const patients = ["ada", "zoe"].map((id) => ({ type: "Patient", id, properties: { patient: id } }));
    await world.data(PUT, { entities: [...users, ...staff, ...patients] });
    const role = (name: string, subjectId: string) => ({ assignRole: { subjectId, role: name, organization: "*" } });
    await apply(world, [
      ...["ehr", "app"].flatMap((id) => [
        { putClient: { id, name: id } },
        { grantScope: { clientId: id, scope: SCOPE } },
      ]),
      ...["nurse", "patient"].map((name) => ({ putRole: { name } })),
      ...[role("patient", "ada"), role("patient", "zoe"), role("nurse", "nina"), role("nurse", "omar")],
      ...["nurse", "patient"].map((name) => ({
        putRule: {
          ...{ id: name, role: name, scope: SCOPE, action: "read", resourceType: "Observation" },
          ...{ effect: "ALLOW", justification: "This policy is for a test." },
        },
      })),
    ]);
    world.clock.now += 754_321;
    const access = (clientId: string, id: string, patient: string) => ({
      ...{ clientId, subject: { id }, action: "read", scopes: [SCOPE] },
      resource: { type: "Observation", id: "o", patient, organization: "north" },
    });
    const inputs = [
      ...Array.from({ length: 13 }, () => access("app", "ada", "ada")),
      ...Array.from({ length: 13 }, (_, i) => access("ehr", "nina", `p-${i}`)),
      ...Array.from({ length: 13 }, () => access("ehr", "omar", "p-1")),
    ];
    const asked = "query ($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome } }";
    const answers = at(await world.data(asked, { inputs }, ROOT), "authorizeBatch") as readonly unknown[];
    assert.ok(answers.every((one) => at(one, "outcome") === "ALLOW"));
    await untilFollowed(world.url);
  });
  const start = async (input: object) => {
    const dueAt = new Date(world.clock.now + 86_400_000).toISOString();
    return at(
      await world.data(START, { input: { title: "t", reason: "r", dueAt, ...input } }, reviewer),
      "startReviewCampaign",
    );
  };

  test("when a patient looked at the own record: of who is no staff nothing is told", async () => {
    const campaign = await start({ role: "patient" });
    const untold = {
      few: true,
      uses: null,
      lastUsedAt: null,
      usedIn: [],
      usedInCount: null,
      smaller: null,
      advice: null,
    };
    const hidden = ["ada", "zoe"].map((subjectId) => ({ subjectId, clientId: null, ...untold }));
    assert.deepEqual(itemsOf(campaign), hidden);
    const id = at(campaign, "id");
    assert.deepEqual(itemsOf(at(await world.data(CAMPAIGN, { id }, admin), "reviewCampaign")), hidden);
    const [ada] = itemsOf(at(await world.data(CAMPAIGN, { id }, auditor), "reviewCampaign"));
    assert.deepEqual([ada?.uses, ada?.lastUsedAt, ada?.few], [13, "2026-11-24T12:12:34.321Z", false]);
    const reports = await Promise.all([reviewer, auditor].map((caller) => world.data(REPORT, { id }, caller)));
    assert.deepEqual(reports[0], reports[1]);
    assert.doesNotMatch(JSON.stringify(reports), /"lastUsedAt\\*":\\*"|"uses\\*":13/);
  });

  test("whether a patient was there, by who is left out of a list of what is unused", async () => {
    world.clock.now += 3 * 86_400_000;
    const campaign = await start({ role: "patient", unusedForDays: 1 }).catch(String);
    assert.match(String(campaign), /selects nothing/);
    world.clock.now -= 3 * 86_400_000;
  });

  test("how a colleague used a role: numbers of more than ten patients alone, rounded, by the day", async () => {
    const day = "2026-11-24T00:00:00.000Z";
    const [nina, omar] = itemsOf(await start({ role: "nurse" }));
    assert.deepEqual([nina?.uses, nina?.lastUsedAt, nina?.few, nina?.usedIn], [10, day, false, ["north"]]);
    assert.deepEqual([omar?.uses, omar?.lastUsedAt, omar?.few, omar?.usedIn], [null, day, true, []]);
    assert.deepEqual(omar?.advice, { verdict: "KEEP", formula: "used, last on 2026-11-24, observed 0 of 90 days" });
  });

  test("by the client that one patient uses", async () => {
    const [app] = itemsOf(await start({ clientId: "app" }));
    const day = "2026-11-24T00:00:00.000Z";
    assert.deepEqual([app?.uses, app?.lastUsedAt, app?.few, app?.smaller, app?.advice], [null, day, true, null, null]);
    const [ehr] = itemsOf(await start({ clientId: "ehr" }));
    assert.deepEqual([ehr?.uses, ehr?.lastUsedAt, ehr?.few], [20, day, false]);
  });

  test("by the use of a scope, and by advice: the same", async () => {
    const USE = `query ($scope: String) { scopeUse(scope: $scope) {
      uses since edges { cursor node { clientId few uses lastUsedAt } } } }`;
    const day = "2026-11-24T00:00:00.000Z";
    const seen = [
      { clientId: "app", few: true, uses: null, lastUsedAt: day },
      { clientId: "ehr", few: false, uses: 20, lastUsedAt: day },
    ];
    for (const [scope, sum] of [
      [SCOPE, 30],
      [null, null],
    ] as const) {
      const use = at(await world.data(USE, { scope }, admin), "scopeUse");
      const edges = at(use, "edges") as readonly { readonly node: Item; readonly cursor: string }[];
      assert.deepEqual(
        edges.map(({ node }) => node),
        seen,
      );
      assert.deepEqual([at(use, "uses"), at(use, "since")], [sum, "2026-10-25T00:00:00.000Z"]);
      for (const { cursor } of edges)
        assert.doesNotMatch(decodeCursor(scope === null ? "scopeUse" : `scopeUse ${scope}`, cursor), /13|26/);
    }
    const exact = at(await world.data(USE, { scope: SCOPE }, auditor), "scopeUse", "edges") as readonly {
      node: Item;
    }[];
    assert.deepEqual(
      exact.map(({ node }) => node.uses),
      [26, 13],
    );
  });

  test("by trying to end a scope: who used it is said, and not how often", async () => {
    const retire = `mutation ($name: String!) { retireScope(input: { name: $name }, reason: "r") { revision } }`;
    await apply(world, [{ putScope: { name: SCOPE } }, { activateScope: { name: SCOPE } }]);
    const { message } = await world.error("BAD_USER_INPUT", retire, { name: SCOPE }, admin);
    assert.match(message, /by app \(last on 2026-11-24\), ehr \(last on 2026-11-24\); deprecate/);
  });
});
