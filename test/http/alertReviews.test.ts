import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { SMALL_POLICY } from "./support.ts";

const DAY = 86_400_000;
const CAMPAIGN =
  "id alertId subjectId subjectType clientId itemCount items { edges { node { kind subjectId role clientId } } }";
const START = `mutation($input: StartReviewCampaignInput!) { startReviewCampaign(input: $input) { ${CAMPAIGN} } }`;

describe("an access review that follows an alert", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  const input = (more: object) => {
    const dueAt = new Date(world.time.now + DAY).toISOString();
    return { input: { title: "After an alert", dueAt, fallbackReviewer: "fiona", reason: "r", ...more } };
  };

  before(async () => {
    world = await openAlertWorld(
      {},
      [
        ...SMALL_POLICY,
        ...["nurse", "clerk"].map((name) => ({ putRole: { name } })),
        ...["nora", "tess", "patient-4"].map((subjectId) => ({
          assignRole: { subjectId, role: "nurse", organization: "*" },
        })),
        { assignRole: { subjectId: "nora", role: "clerk", organization: "ward" } },
        { assignRole: { subjectId: "nora", subjectType: "program", role: "clerk", organization: "ward" } },
      ],
      { callers: { fiona: ["REVIEWER", { id: "fiona" }] } },
    );
    await world.looks("nora", 6);
    await world.looks("rose", 6);
    await world.looks("patient-4", 6);
  });
  after(() => world.stop());

  test("lists the roles of the alert's subject alone, and each names the other", async () => {
    const { id: alertId } = await world.alertOf("nora");
    const campaign = await world.data("rita", START, input({ alertId }));
    assert.deepEqual(
      [campaign.alertId, campaign.subjectId, campaign.subjectType, campaign.clientId, campaign.itemCount],
      [alertId, "nora", "user", null, 2],
    );
    const items = campaign.items.edges.map(({ node }: { readonly node: { readonly role: string } }) => node.role);
    assert.deepEqual(items.toSorted(), ["clerk", "nurse"]);
    const clerk = await world.data("otto", START, input({ alertId, role: "clerk" }));
    assert.equal(clerk.itemCount, 1);
    const alert = "query($id: ID!) { alert(id: $id) { reviews { id } } }";
    const ids = [{ id: clerk.id }, { id: campaign.id }];
    assert.deepEqual(await world.data("rita", alert, { id: alertId }), { reviews: ids });
    // Who sets detectors does not learn about whom there are alerts.
    const one = "query($id: ID!) { reviewCampaign(id: $id) { id alertId subjectId } }";
    const shown = await world.data("ada", one, campaign);
    assert.deepEqual(shown, { id: campaign.id, alertId: null, subjectId: "nora" });
  });

  test("is begun by nobody whom the alert is about, nor by who would learn whose a pseudonym is", async () => {
    const { id: ofRose } = await world.alertOf("rose");
    await world.refused("FORBIDDEN", "rose", START, input({ alertId: ofRose }));
    const { id: ofPatient } = await world.alertOf("patient-4");
    for (const by of ["rita", "otto"]) await world.refused("FORBIDDEN", by, START, input({ alertId: ofPatient }));
    await world.refused("NOT_FOUND", "rita", START, input({ alertId: "none" }));
    // rose holds no role.
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "rita", START, input({ alertId: ofRose })), ["input"]);
    const { id: alertId } = await world.alertOf("nora");
    const both = input({ alertId, clientId: "reader-app" });
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "rita", START, both), ["input.clientId"]);
  });
});
