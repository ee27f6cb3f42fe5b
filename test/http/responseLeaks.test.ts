import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { SMALL_POLICY } from "./support.ts";

const DAY = 86_400_000;

describe("a person whom an alert shows under a pseudonym", { timeout: 60_000 }, () => {
  let world: AlertWorld;
  let alertId: string;
  before(async () => {
    world = await openAlertWorld({}, [
      ...SMALL_POLICY,
      { putRole: { name: "nurse" } },
      { assignRole: { subjectId: "patient-4", role: "nurse", organization: "*" } },
    ]);
    await world.looks("patient-4", 6);
    alertId = (await world.alertOf("patient-4")).id;
  });
  after(() => world.stop());

  test("is not named to a reviewer by the access review that an auditor began", async () => {
    const dueAt = new Date(world.time.now + DAY).toISOString();
    const input = { title: "t", dueAt, fallbackReviewer: "fiona", reason: "r", alertId };
    const start = "mutation($input: StartReviewCampaignInput!) { startReviewCampaign(input: $input) { id subjectId } }";
    await world.data("otto", start, { input });
    const query = "query($id: ID!) { alert(id: $id) { subjectId reviews { alertId subjectId } } }";
    assert.doesNotMatch(JSON.stringify(await world.data("rita", query, { id: alertId })), /patient-4/);
  });

  test("is not named to a reviewer by what explains a decision of the alert", async () => {
    const query = "query($id: ID!) { alert(id: $id) { decisions { edges { node { id } } } } }";
    const { decisions } = await world.data("rita", query, { id: alertId });
    for (const { node } of decisions.edges) {
      const explain = "query($id: ID!) { explainAccess(decisionId: $id) { decision { subjectId } } }";
      assert.doesNotMatch(JSON.stringify(await world.data("rita", explain, node)), /patient-4/);
    }
  });

  test("is not named to a reviewer by why the person was asked", async () => {
    const ask = "mutation($id: ID!, $reason: String!) { askSubject(alertId: $id, reason: $reason) { id } }";
    const asked = await world.data("otto", ask, { id: alertId, reason: "What did patient-4 want of patient-5?" });
    const query = "query($id: ID!) { inquiry(id: $id) { reason } }";
    assert.doesNotMatch(JSON.stringify(await world.data("rita", query, asked)), /patient-\d/);
  });
});
