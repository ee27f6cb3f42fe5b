// Which scopes would do for a client is worked out of accesses by what was known when they were made: what is known of a patient now, or what
// the patient says now, is told by none of it.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { apply, at, openWorld, ROOT, type World } from "../graphql/world.ts";
import { untilFollowed } from "../support/untilFollowed.ts";
import { admin, auditor, reviewer } from "./world.ts";

const PUT = 'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "r") { count } }';
const ADVICE = `{ scopeAdvice(clientId: "ehr", days: 30) {
  savings { scope why instead }
  minimal { few checked notAllowedNow flipped flips scopes { scope from } dropped { scope why } } } }`;
const REVIEW = `mutation ($input: StartReviewCampaignInput!) { startReviewCampaign(input: $input) {
  items(first: 10) { edges { node { scope smaller { scopes checked } advice { verdict formula } } } } } }`;
const ward = (unit: string) => ({ entities: [{ type: "Patient", id: "ada", properties: { unit, patient: "ada" } }] });

describe("an attacker learns of a patient by which scopes a client could do without", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    await apply(world, [
      { putClient: { id: "ehr", name: "The EHR" } },
      ...["user/Patient.r", "user/Observation.r"].map((scope) => ({ grantScope: { clientId: "ehr", scope } })),
      { putRole: { name: "nurse" } },
      { assignRole: { subjectId: "omar", role: "nurse", organization: "north" } },
      {
        putRule: {
          ...{ id: "ward", role: "nurse", scope: "user/Patient.r", action: "read", resourceType: "Patient" },
          ...{ effect: "ALLOW", when: 'resource.attributes.unit == "ward-7"' },
        },
      },
    ]);
    await world.data(PUT, ward("ward-7"));
    const resource = { type: "Patient", id: "ada", organization: "north" };
    const input = { clientId: "ehr", subject: { id: "omar" }, action: "read", scopes: ["user/Patient.r"], resource };
    const asked = "query ($input: AuthorizeInput!) { authorize(input: $input) { outcome } }";
    assert.equal(at(await world.data(asked, { input }, ROOT), "authorize", "outcome"), "ALLOW");
    await untilFollowed(world.url);
  });

  test("whether a patient lies on a ward: the advice is the same when they have left it", async () => {
    const askAll = () => Promise.all([admin, reviewer, auditor].map((caller) => world.data(ADVICE, {}, caller)));
    const before = await askAll();
    await world.data(PUT, ward("ward-8"));
    assert.deepEqual(await askAll(), before);
    const minimal = at(before, 0, "scopeAdvice", "minimal");
    assert.deepEqual(minimal, {
      ...{ few: true, checked: null, notAllowedNow: 0, flipped: 0, flips: [] },
      scopes: [{ scope: "user/Patient.r", from: ["user/Patient.r"] }],
      dropped: [{ scope: "user/Observation.r", why: "UNUSED" }],
    });
    const exact = at(before, 2, "scopeAdvice", "minimal");
    assert.deepEqual([at(exact, "few"), at(exact, "checked")], [false, 1]);
  });

  test("by the constraint of a scope that a token carried: none that asks for somebody is advised", async () => {
    const scope = "user/Observation.rs";
    await apply(world, [
      { putClient: { id: "app", name: "An app" } },
      { grantScope: { clientId: "app", scope } },
      { putRule: { id: "labs", role: "nurse", scope, action: "*", resourceType: "Observation", effect: "ALLOW" } },
    ]);
    // Of few patients the review would say nothing.
    const inputs = ["ada", ...Array.from({ length: 10 }, (_, i) => `ada-${i}`)].map((patient) => ({
      ...{ clientId: "app", subject: { id: "omar" }, action: "read" },
      scopes: [`user/Observation.rs?category=laboratory&subject=Patient/${patient}`],
      resource: {
        ...{ type: "Observation", id: "o-1", patient, organization: "north" },
        attributes: { subject: `Patient/${patient}`, category: "laboratory" },
      },
    }));
    const asked =
      "query ($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome reasons { code } } }";
    const decided = at(await world.data(asked, { inputs }, ROOT), "authorizeBatch") as readonly unknown[];
    for (const each of decided) assert.equal(at(each, "outcome"), "ALLOW", JSON.stringify(each));
    await untilFollowed(world.url);
    const ofApp = ADVICE.replace('"ehr"', '"app"');
    const dueAt = new Date(world.clock.now + 86_400_000).toISOString();
    const review = { input: { title: "app", clientId: "app", dueAt, reason: "r" } };
    for (const caller of [admin, reviewer]) {
      const advice = JSON.stringify(await world.data(ofApp, {}, caller));
      assert.match(advice, /"user\/Observation\.r\?category=laboratory"/);
      assert.doesNotMatch(advice, /ada/);
    }
    const started = JSON.stringify(await world.data(REVIEW, review, reviewer));
    assert.match(started, /"user\/Observation\.r\?category=laboratory"/);
    assert.doesNotMatch(started, /ada/);
  });

  test("by an access review: its evidence is the same, too", async () => {
    const evidence = async (unit: string) => {
      await world.data(PUT, ward(unit));
      const dueAt = new Date(world.clock.now + 86_400_000).toISOString();
      const input = { title: unit, clientId: "ehr", dueAt, reason: "r" };
      const started = at(await world.data(REVIEW, { input }, reviewer), "startReviewCampaign", "items", "edges");
      return JSON.stringify(started);
    };
    const here = await evidence("ward-7");
    assert.match(here, /user\/Patient\.r/);
    assert.equal(await evidence("ward-8"), here);
  });
});
