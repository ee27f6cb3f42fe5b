import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { untilCounted } from "../support/counted.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { SMALL_POLICY } from "./support.ts";

const DAY = 86_400_000;
const QUERY = `query($from: DateTime!, $to: DateTime!, $by: [StatsDimension!], $filter: DecisionFilter) {
  stats(measure: BLIND_SPOTS, from: $from, to: $to, by: $by, filter: $filter) {
    total complete rows { key part count share allowed denied previous kinds { kind } clientIds } } }`;

describe("the blind spots of watching", { timeout: 300_000 }, () => {
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
    await untilCounted(world.service.app.storage);
    const found = await world.data("otto", QUERY, window());
    const others = { allowed: null, denied: null, previous: null, kinds: [] };
    const row = (key: string, part: number, count: number, clientIds: readonly string[] = []) => ({
      ...{ ...others, key: [key], part, count, share: part / count, clientIds },
    });
    assert.deepEqual(found, {
      total: 3,
      // It was asked from the middle of a day.
      complete: false,
      rows: [
        row("WITHOUT_ADDRESS", 2, 3),
        row("WITHOUT_PATIENT", 1, 3),
        row("WITHOUT_PURPOSE", 2, 3),
        row("UNKNOWN_IN_DIRECTORY", 2, 2),
        row("CLIENTS_WITHOUT_BASELINE", 1, 2, ["quiet-app"]),
        row("PEOPLE_WITHOUT_BASELINE", 1, 2),
      ],
    });
    await world.refused("FORBIDDEN", "gateway", QUERY, window());
    // Who changes the directory or assignments would learn by two numbers what there is of one person: below ten there is none.
    for (const by of ["ada", "rita"]) {
      const { rows } = await world.data(by, QUERY, window());
      const ofPeople = ["UNKNOWN_IN_DIRECTORY", "PEOPLE_WITHOUT_BASELINE"];
      for (const each of rows) {
        const isOfPeople = ofPeople.includes(each.key[0]);
        assert.deepEqual([each.part === null, each.share === null], [isOfPeople, isOfPeople], `${by} ${each.key}`);
      }
    }
  });

  test("bad input names what is wrong", async () => {
    const { from, to } = window();
    const refused = (more: object) => world.refused("BAD_USER_INPUT", "rita", QUERY, { from, to, ...more });
    assert.deepEqual(await refused({ to: from }), ["to"]);
    assert.deepEqual(await refused({ from: new Date(world.time.now + DAY).toISOString() }), ["to"]);
    assert.deepEqual(await refused(window(40)), ["from"]);
    assert.deepEqual(await refused({ by: ["CLIENT"], filter: { clientId: "x" } }), ["by", "filter.clientId"]);
  });
});
