import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { applyPolicy, type Service, startService } from "./support.ts";

const POLICY = [
  { putClient: { id: "guard-app", name: "Portal" } },
  { putClient: { id: "other-app", name: "Other" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read", "search"] }] } },
  { activateScope: { name: "view_labs" } },
  { grantScope: { clientId: "guard-app", scope: "view_labs" } },
  { grantScope: { clientId: "other-app", scope: "view_labs" } },
  {
    putRule: {
      ...{ id: "labs", scope: "view_labs", resourceType: "Observation", effect: "ALLOW", role: "*", action: "*" },
      justification: "This policy is for a test.",
    },
  },
];
const AUTHORIZE = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id outcome countedAs } }";
const DECISIONS =
  "query($filter: DecisionFilter) { decisions(filter: $filter, first: 50) { edges { node { id countedAs } } } }";
const HOUR = 3_600_000;
const PERIOD = {
  from: new Date(Date.now() - HOUR).toISOString(),
  to: new Date(Date.now() + HOUR).toISOString(),
};

interface Decided {
  readonly id: string;
  readonly outcome: string;
  readonly countedAs: string;
}

describe("the entries of a search", () => {
  let service: Service;
  let key: string;
  let auditor: string;
  before(async () => {
    service = await startService();
    await applyPolicy(service, POLICY);
    ({ key } = await service.createKey("SERVICE"));
    ({ key: auditor } = await service.createKey("AUDITOR"));
  });
  after(() => service.stop());

  const asker = { clientId: "guard-app", subject: { id: "nina" }, scopes: ["view_labs"] };
  const search = { ...asker, action: "search", resource: { type: "Observation" } };
  const part = (partOf: string, id: string, patient: string, labels: readonly string[] = []) => ({
    ...{ ...asker, action: "read", partOf, resource: { type: "Observation", id, patient, labels } },
  });
  const ask = (inputs: readonly object[], by = key) => service.ask(AUTHORIZE, { key: by, variables: { inputs } });
  async function decide(inputs: readonly object[]): Promise<readonly Decided[]> {
    const { body } = await ask(inputs);
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data.authorizeBatch;
  }
  async function searched(more: object = {}): Promise<string> {
    const [decided] = await decide([{ ...search, ...more }]);
    assert.equal(decided?.outcome, "ALLOW");
    return decided.id;
  }
  const listed = async (filter: object): Promise<readonly Decided[]> => {
    const { body } = await service.ask(DECISIONS, { key: auditor, variables: { filter } });
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data.decisions.edges.map(({ node }: { node: Decided }) => node);
  };
  const counted = (decisions: readonly Decided[]) => decisions.map(({ countedAs }) => countedAs);

  test("are one access of each patient, and what was taken out is no denied one", async () => {
    const id = await searched();
    const taken = { ...part(id, "p-1", "ada"), resource: { type: "Procedure", id: "p-1", patient: "ada", labels: [] } };
    const first = await decide([part(id, "o-1", "ada"), part(id, "o-2", "ada"), part(id, "o-3", "bob"), taken]);
    assert.deepEqual(counted(first), ["ALLOW", "AGAIN", "ALLOW", "WITHHELD"]);
    assert.deepEqual(counted(await decide([part(id, "o-4", "bob"), part(id, "o-5", "cyd")])), ["AGAIN", "ALLOW"]);
    // What a label makes an access of its own is seen by who watches.
    const labelled = [
      part(id, "o-6", "ada", ["PSY"]),
      part(id, "o-7", "ada", ["PSY"]),
      part(id, "o-8", "bob", ["PSY"]),
    ];
    assert.deepEqual(counted(await decide(labelled)), ["ALLOW", "AGAIN", "ALLOW"]);

    assert.deepEqual(counted(await listed({ partOf: id })).sort(), [
      ...["AGAIN", "AGAIN", "AGAIN", "ALLOW", "ALLOW", "ALLOW", "ALLOW", "ALLOW", "WITHHELD"],
    ]);
    assert.deepEqual(counted(await listed({ partOf: id, outcome: "DENY" })), ["WITHHELD"]);
    for (const filter of [{}, { clientId: "guard-app" }, { subjectId: "nina" }])
      assert.deepEqual(counted(await listed(filter)), Array(6).fill("ALLOW"), JSON.stringify(filter));
    assert.deepEqual(await listed({ outcome: "DENY" }), []);
    // Who asks about one resource is told of each decision about it.
    assert.deepEqual(counted(await listed({ resourceId: "o-2" })), ["AGAIN"]);
    assert.deepEqual(counted(await listed({ resourceId: "p-1" })), ["WITHHELD"]);

    const history = async (patient: string) => {
      const { body } = await service.ask(
        "query($patient: ID!, $from: DateTime!, $to: DateTime!) { accessHistory(patient: $patient, from: $from, to: $to) { allowed denied } }",
        { key: auditor, variables: { patient, ...PERIOD } },
      );
      return body.data.accessHistory;
    };
    assert.deepEqual(await history("ada"), { allowed: 2, denied: 0 });
    assert.deepEqual(await history("cyd"), { allowed: 1, denied: 0 });
    const { body: accounting } = await service.ask(
      "query($patient: ID!, $from: DateTime!, $to: DateTime!) { accountingOfDisclosures(patient: $patient, from: $from, to: $to) { counts { count } } }",
      { key: auditor, variables: { patient: "ada", ...PERIOD } },
    );
    const counts = accounting.data.accountingOfDisclosures.counts.map(({ count }: { count: number }) => count);
    assert.equal(
      counts.reduce((sum: number, count: number) => sum + count, 0),
      2,
    );
    // What follows the record may be a moment behind; no count falls again.
    const totals = async () => {
      const { body } = await service.ask(
        "query($from: DateTime!) { decided: stats(measure: DECISIONS, from: $from) { total } explained: stats(measure: EXPLAINED, from: $from) { total } }",
        { key: auditor, variables: { from: new Date(Date.now() - 3 * 24 * HOUR).toISOString() } },
      );
      assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      return [body.data.decided.total, body.data.explained.total];
    };
    // The search itself names nobody.
    await eventually("all is counted", async () => JSON.stringify(await totals()) === "[6,5]");

    for (const format of ["OCSF", "FHIR"]) {
      const { body } = await service.ask(
        `query { exportPage(format: ${format}, kinds: [DECISION], first: 100) { lines } }`,
        { key: auditor },
      );
      assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      const parts = (body.data.exportPage.lines as readonly string[]).filter((line) => line.includes(id));
      const said = parts.flatMap((line) => /"(AGAIN|WITHHELD)"/.exec(line)?.[1] ?? []).sort();
      assert.deepEqual(said, ["AGAIN", "AGAIN", "AGAIN", "WITHHELD"], format);
    }
  });

  test("are no access of their own where the search names the patient", async () => {
    const id = await searched({ resource: { type: "Observation", patient: "dan" } });
    assert.deepEqual(counted(await decide([part(id, "o-9", "dan")])), ["AGAIN"]);
  });

  test("that are sent again are the same decisions", async () => {
    const id = await searched();
    const inputs = [{ ...part(id, "o-1", "eve"), requestId: `again-${id}` }];
    const [first] = await decide(inputs);
    assert.equal(first?.countedAs, "ALLOW");
    assert.deepEqual(await decide(inputs), [first]);
  });

  test("are refused where the search is not theirs", async () => {
    const id = await searched();
    const own = part(id, "o-1", "ada");
    const { id: read } = (await decide([own]))[0] as Decided;
    const [denied] = await decide([{ ...search, resource: { type: "Procedure" } }]);
    for (const [input, by, message] of [
      [{ ...own, partOf: "none" }, key, /search that this caller was allowed/],
      [{ ...own, partOf: read }, key, /search that this caller was allowed/],
      [{ ...own, partOf: denied?.id }, key, /search that this caller was allowed/],
      [{ ...own, clientId: "other-app" }, key, /search that this caller was allowed/],
      [{ ...own, subject: { id: "otto" } }, key, /search that this caller was allowed/],
      [{ ...own, subject: null }, key, /search that this caller was allowed/],
      [own, (await service.createKey("SERVICE")).key, /search that this caller was allowed/],
      [{ ...own, action: "update" }, key, /only what is read/],
      [{ ...search, partOf: id }, key, /only what is read/],
      [{ ...own, partOf: "" }, key, /./],
    ] as const) {
      const { body } = await ask([own, input], by);
      const [problem] = (body.errors?.[0]?.extensions?.problems ?? []) as { path: string; message: string }[];
      const at = by === key ? "inputs[1].partOf" : "inputs[0].partOf";
      assert.equal(problem?.path, at, JSON.stringify([input, body]));
      assert.match(problem?.message ?? "", message);
    }
  });
});
