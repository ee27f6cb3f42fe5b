import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sqliteRaw } from "../storage/backends.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";

describe("what an auditor reads of what was found", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  let alertId: string;
  let inquiryId: string;
  const audits = async () => {
    const rows = await sqliteRaw(world.url, "SELECT record FROM journal WHERE kind = 'AUDIT' ORDER BY seq");
    return rows.map(({ record }) => JSON.parse(String(record)));
  };
  /** The acts that came of a query. */
  const of = async (by: string, query: string, variables: unknown) => {
    const { length } = await audits();
    await world.data(by, query, variables);
    return (await audits()).slice(length).map(({ field, filter, shown }) => ({ field, filter, shown }));
  };

  before(async () => {
    world = await openAlertWorld();
    await world.looks("nora", 6);
    alertId = (await world.alertOf("nora")).id;
    const ask = 'mutation($alertId: ID!) { askSubject(alertId: $alertId, reason: "r") { id } }';
    inquiryId = (await world.data("rita", ask, { alertId })).id;
  });
  after(() => world.stop());

  test("is an act each: alerts, decisions of one, findings, inquiries, restrictions; what a reviewer reads under pseudonyms is none", async () => {
    const reads = [
      [
        "query($id: ID!) { alert(id: $id) { decisions(first: 2) { edges { node { patient } } } } }",
        { id: alertId },
        [
          { field: "alert", filter: { alertId }, shown: 1 },
          { field: "alertDecisions", filter: { alertId }, shown: 2 },
        ],
      ],
      [
        "query($id: ID!) { findings(filter: { alertId: $id, suppressed: false }) { edges { node { patients } } } }",
        { id: alertId },
        [{ field: "findings", filter: { alertId, suppressed: false }, shown: 3 }],
      ],
      [
        "query($id: ID!) { findings(filter: { alertId: $id }) { edges { node { decisions(first: 1) { patient } more: decisions { id } } } } }",
        { id: alertId },
        [
          { field: "findings", filter: { alertId }, shown: 3 },
          { field: "findingDecisions", filter: {}, shown: 3 },
        ],
      ],
      [
        "query($id: ID!) { inquiry(id: $id) { accesses { patients } } }",
        { id: inquiryId },
        [{ field: "inquiry", filter: { inquiryId }, shown: 1 }],
      ],
      [
        "query($id: ID!) { alert(id: $id) { inquiries { question } } }",
        { id: alertId },
        [
          { field: "alert", filter: { alertId }, shown: 1 },
          { field: "inquiries", filter: { alertId }, shown: 1 },
        ],
      ],
      [
        "query($id: ID!) { alert(id: $id) { restrictions { subjectId } } }",
        { id: alertId },
        [
          { field: "alert", filter: { alertId }, shown: 1 },
          { field: "restrictions", filter: { alertId }, shown: 0 },
        ],
      ],
      [
        'query { restriction(id: "none") { subjectId } }',
        {},
        [{ field: "restriction", filter: { restrictionId: "none" }, shown: 0 }],
      ],
      [
        "query { restrictions(filter: { states: [IN_FORCE], response: STEP_UP }) { edges { node { subjectId } } } }",
        {},
        [{ field: "restrictions", filter: { states: ["IN_FORCE"], response: "STEP_UP" }, shown: 0 }],
      ],
      [
        "query($id: ID!) { alert(id: $id) { state } }",
        { id: "none" },
        [{ field: "alert", filter: { alertId: "none" }, shown: 0 }],
      ],
      [
        'query { alerts(filter: { subjectId: "nora", verdict: EXPECTED }) { edges { node { state } } } }',
        {},
        [{ field: "alerts", filter: { verdict: "EXPECTED" }, shown: 0 }],
      ],
      ["query { alerts { edges { node { state patient } } } }", {}, [{ field: "alerts", filter: {}, shown: 1 }]],
    ] as const;
    for (const [query, variables, acts] of reads) {
      assert.deepEqual(await of("otto", query, variables), acts, query);
      assert.deepEqual(await of("rita", query, variables), [], query);
    }
  });

  test("so is each decision of a weekly sample", async () => {
    const week = new Date(world.time.now).toISOString();
    world.time.now += 8 * 86_400_000;
    const query = "query($week: DateTime!) { weeklySample(week: $week) { accesses { decision { patient } } } }";
    await world.data("rita", "mutation($week: DateTime!) { drawWeeklySample(week: $week) { from } }", { week });
    assert.deepEqual(await of("rita", query, { week }), []);
    const acts = await of("otto", query, { week });
    assert.deepEqual([acts.length, new Set(acts.map(({ field }) => field))], [3, new Set(["weeklySample"])]);
    assert.equal(new Set(acts.map(({ filter }) => filter.decisionId)).size, 3);
  });
});
