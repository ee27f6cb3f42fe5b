import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { SMALL_POLICY } from "./support.ts";

const DAY = 86_400_000;
const SHARE = "{ count of share }";
const QUERY = `query($from: DateTime!, $to: DateTime!) { monitoringBlindSpots(from: $from, to: $to) {
  withoutAddress ${SHARE} withoutPatient ${SHARE} withoutPurpose ${SHARE} unknownInDirectory ${SHARE}
  clientsWithoutBaseline ${SHARE} clientIds peopleWithoutBaseline ${SHARE} } }`;

describe("the blind spots of watching", { timeout: 60_000 }, () => {
  let world: AlertWorld;
  const window = (days = 1) => ({
    from: new Date(world.time.now - days * DAY).toISOString(),
    to: new Date(world.time.now + 1).toISOString(),
  });

  before(async () => {
    world = await openAlertWorld({}, [
      ...SMALL_POLICY,
      { putClient: { id: "quiet-app", name: "Quiet" } },
      { putClient: { id: "ended-app", name: "Ended", status: "SUSPENDED" } },
      { putRole: { name: "nurse" } },
      ...["nora", "tess"].map((subjectId) => ({ assignRole: { subjectId, role: "nurse", organization: "*" } })),
    ]);
    // The window below begins with the day before; today counts until now.
    await world.looks("nora", 2);
    const [purposeOfUse, context] = ["TREAT", { ipAddress: "192.0.2.7" }];
    await world.decide({ subject: { id: "nora" }, purposeOfUse, context, resource: { type: "Observation", id: "x" } });
  });
  after(() => world.stop());

  test("are told in shares, to all who read the policy, without a person's name", async () => {
    const found = await world.data("ada", QUERY, window());
    assert.deepEqual(found, {
      withoutAddress: { count: 2, of: 3, share: 2 / 3 },
      withoutPatient: { count: 1, of: 3, share: 1 / 3 },
      withoutPurpose: { count: 2, of: 3, share: 2 / 3 },
      unknownInDirectory: { count: 2, of: 2, share: 1 },
      clientsWithoutBaseline: { count: 1, of: 2, share: 0.5 },
      clientIds: ["quiet-app"],
      peopleWithoutBaseline: { count: 1, of: 2, share: 0.5 },
    });
    await world.refused("FORBIDDEN", "gateway", QUERY, window());
  });

  test("bad input names what is wrong", async () => {
    const { from, to } = window();
    const refused = (more: object) => world.refused("BAD_USER_INPUT", "rita", QUERY, { from, to, ...more });
    assert.deepEqual(await refused({ to: from }), ["to"]);
    assert.deepEqual(await refused({ from: new Date(world.time.now + DAY).toISOString() }), ["to"]);
    assert.deepEqual(await refused(window(40)), ["from"]);
  });
});
