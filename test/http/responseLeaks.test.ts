import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { untilFollowed } from "../support/untilFollowed.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { applyPolicy, SMALL_POLICY } from "./support.ts";

const DAY = 86_400_000;
const START = "mutation($input: StartReviewCampaignInput!) { startReviewCampaign(input: $input) { id subjectId } }";

describe("a person whom an alert shows under a pseudonym", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  let alertId: string;
  before(async () => {
    world = await openAlertWorld(
      {},
      [
        ...SMALL_POLICY,
        { putRole: { name: "nurse" } },
        ...["patient-4", "patient-31"].map((subjectId) => ({
          assignRole: { subjectId, role: "nurse", organization: "*" },
        })),
      ],
      { callers: { fiona: ["REVIEWER", { id: "fiona" }] } },
    );
    await world.looks("patient-4", 6);
    alertId = (await world.alertOf("patient-4")).id;
  });
  after(() => world.stop());

  const review = (about: string) => {
    const dueAt = new Date(world.time.now + DAY).toISOString();
    return { input: { title: "t", dueAt, fallbackReviewer: "fiona", reason: "r", alertId: about } };
  };

  test("is not named by an access review of the alert: nobody begins one", async () => {
    for (const by of ["rita", "otto"]) await world.refused("FORBIDDEN", by, START, review(alertId));
  });

  test("is not named by a review that was begun before the person was a patient there", async () => {
    await world.looks("patient-31", 6, 20);
    const { id } = await world.alertOf("patient-31");
    const begun = await world.data("rita", START, review(id));
    assert.equal(begun.subjectId, "patient-31");
    const query = "query($id: ID!) { alert(id: $id) { subjectId reviews { id alertId subjectId } } }";
    const one = "query($id: ID!) { reviewCampaign(id: $id) { alertId subjectId subjectType } }";
    const list = "{ reviewCampaigns { edges { node { id alertId subjectId } } } }";
    assert.deepEqual((await world.data("rita", query, { id })).reviews, [
      { id: begun.id, alertId: id, subjectId: "patient-31" },
    ]);
    await world.looks("patient-31", 1, 31);
    const alert = await world.data("rita", query, { id });
    assert.match(alert.subjectId, /^~/);
    assert.deepEqual(alert.reviews, []);
    assert.deepEqual(await world.data("rita", one, begun), { alertId: null, subjectId: null, subjectType: null });
    const hidden = { node: { id: begun.id, alertId: null, subjectId: null } };
    assert.deepEqual(await world.data("rita", list), { edges: [hidden] });
    assert.equal((await world.data("otto", query, { id })).reviews.length, 1);
    assert.equal((await world.data("otto", one, begun)).subjectId, "patient-31");
  });

  test("is not named to a reviewer by what explains a decision of the alert", async () => {
    const query = "query($id: ID!) { alert(id: $id) { decisions { edges { node { id } } } } }";
    const { decisions } = await world.data("rita", query, { id: alertId });
    for (const { node } of decisions.edges) {
      const explain = "query($id: ID!) { explanation(decisionId: $id) { decision { subjectId } explained } }";
      assert.match((await world.data("rita", explain, node)).decision.subjectId, /^~/);
      assert.equal((await world.data("otto", explain, node)).decision.subjectId, "patient-4");
    }
  });

  test("is not named to a reviewer by whose key brought the answer", async () => {
    const create =
      'mutation { createApiKey(input: { name: "Key of patient-4", roles: [CONSENT], subject: { id: "patient-4" } }, reason: "r") { key } }';
    const { key } = (await world.service.ask(create)).body.data.createApiKey;
    const ask = 'mutation($id: ID!) { askSubject(alertId: $id, reason: "r") { id } }';
    const { id } = await world.data("otto", ask, { id: alertId });
    const answer =
      'mutation($id: ID!) { answerInquiry(id: $id, reasonCode: OTHER, text: "t") { answeredBy { id name } } }';
    const { body, text } = await world.service.ask(answer, { key, variables: { id } });
    assert.equal(body.data?.answerInquiry.answeredBy.name, "Key of patient-4", text);
    const query = "query($id: ID!) { inquiry(id: $id) { subjectId answeredAt answeredBy { callerId id type name } } }";
    const seen = await world.data("rita", query, { id });
    assert.match(seen.subjectId, /^~/);
    assert.deepEqual([seen.answeredAt === null, seen.answeredBy], [false, null]);
    assert.equal((await world.data("otto", query, { id })).answeredBy.name, "Key of patient-4");
  });

  test("is not named to a reviewer by why the person was asked", async () => {
    const ask = "mutation($id: ID!, $reason: String!) { askSubject(alertId: $id, reason: $reason) { id } }";
    const asked = await world.data("otto", ask, { id: alertId, reason: "What did patient-4 want of patient-5?" });
    const query = "query($id: ID!) { inquiry(id: $id) { reason } }";
    assert.doesNotMatch(JSON.stringify(await world.data("rita", query, asked)), /patient-\d/);
  });

  test("is not named to a reviewer by the restriction that a decision about their own record rests on", async () => {
    const minutes = 30;
    const responses = ["STEP_UP", "SUSPENSION"].map((response) => ({ response, maxMinutes: minutes }));
    const settings = { putOrganization: { id: "*", settings: { alertResponses: responses } } };
    const applied = await applyPolicy(world.service, [settings]);
    assert.equal(applied.body.errors, undefined, applied.text);
    await world.looks("patient-80", 9, 60);
    const { id: about } = await world.alertOf("patient-80");
    const impose =
      "mutation($input: ImposeRestrictionInput!) { imposeRestriction(input: $input) { id subjectId until } }";
    const explain =
      "query($id: ID!) { explanation(decisionId: $id) { decision { subjectId reasons { code message } obligations { parameters } } } }";
    for (const [response, shown] of [["STEP_UP", /^patient-80$/] as const, ["SUSPENSION", /^~/] as const]) {
      const input = { alertId: about, response, minutes, reason: "r" };
      const made = await world.data("rita", impose, { input });
      assert.match(made.subjectId, shown, response);
      const resource = { type: "Observation", id: "own", patient: "patient-80" };
      const own = await world.decide({ subject: { id: "patient-80" }, resource });
      const told = [made.id, made.until, new Date(made.until).toISOString().slice(11, 16)];
      const seen = await world.data("rita", explain, own);
      assert.match(seen.decision.subjectId, /^~/);
      for (const text of told) assert.ok(!JSON.stringify(seen).includes(text), `${response}: ${JSON.stringify(seen)}`);
      if (response === "SUSPENSION")
        assert.ok(
          seen.decision.reasons.some(
            ({ message }: { readonly message: string }) =>
              message === "The access of this subject is suspended for review.",
          ),
        );
      assert.ok(JSON.stringify(await world.data("otto", explain, own)).includes(told[2] ?? ""), response);
      // From here the alert shows somebody who was a patient.
      await untilFollowed(world.url);
    }
  });

  test("is not named to a reviewer by a refusal: alerts that show the person otherwise are left aside", async () => {
    await world.looks("patient-95", 9, 90);
    const { id: hidden } = await world.alertOf("patient-95");
    await world.ofAnotherMatter(hidden);
    world.time.now += 8 * DAY;
    await world.looks("patient-95", 9, 110);
    const { id: named } = await world.alertOf("patient-95");
    assert.notEqual(hidden, named);
    const impose = "mutation($input: ImposeRestrictionInput!) { imposeRestriction(input: $input) { id subjectId } }";
    const explain =
      "query($id: ID!) { explanation(decisionId: $id) { decision { subjectId reasons { message } obligations { parameters } } } }";
    for (const response of ["STEP_UP", "SUSPENSION"]) {
      const input = { response, minutes: 30, reason: "r" };
      const first = await world.data("rita", impose, { input: { ...input, alertId: hidden } });
      assert.match(first.subjectId, /^~/);
      const denied = await world.decide({ subject: { id: "patient-95" } });
      const second = await world.data("rita", impose, { input: { ...input, alertId: named } });
      assert.equal(second.subjectId, "patient-95");
      for (const alertId of [hidden, named])
        await world.refused("CONFLICT", "rita", impose, { input: { ...input, alertId } });
      // Nor by a decision that names the person, and rests on the restriction of the other alert.
      const seen = await world.data("rita", explain, denied);
      assert.equal(seen.decision.subjectId, "patient-95");
      assert.ok(!JSON.stringify(seen).includes(first.id), JSON.stringify(seen));
      assert.ok(
        response === "SUSPENSION" || JSON.stringify(await world.data("otto", explain, denied)).includes(first.id),
      );
    }
  });
});
