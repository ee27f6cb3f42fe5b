import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { readActs } from "../../src/storage/journal/acts.ts";
import { apply, at, callerOf, NOW, openWorld, pathsOf, ROOT } from "./world.ts";

const world = await openWorld();
const reviewer = callerOf("key:reviewer", "reviewer");
const auditor = callerOf("key:auditor", "auditor");
const RULE = { role: "nurse", scope: "view_labs", action: "read", resourceType: "Observation", effect: "ALLOW" };
const REQUEST = {
  clientId: "ehr",
  subject: { id: "nina", attributes: { secret: "s-attribute" } },
  scopes: ["view_labs"],
  action: "read",
  resource: {
    type: "Observation",
    id: "obs-17",
    patient: "paula",
    organization: "north",
    attributes: { code: "r-attribute" },
  },
  context: { ipAddress: "10.1.2.3", tokenId: "a-token", userAgent: "an-agent", attributes: { note: "c-attribute" } },
  requestId: "ask-paula",
};
/** What identifies patients in it. */
const HIDDEN = ["obs-17", "paula", "10.1.2.3", "a-token", "an-agent", "ask-paula", "-attribute"];

let decisionId: string;
before(async () => {
  await apply(world, [
    { putClient: { id: "ehr", name: "The EHR" } },
    { putRole: { name: "nurse" } },
    { assignRole: { subjectId: "nina", role: "nurse", organization: "north" } },
    { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
    { activateScope: { name: "view_labs" } },
    { grantScope: { clientId: "ehr", scope: "view_labs" } },
    { putRule: { id: "nurse-labs", ...RULE } },
  ]);
  const data = await world.data("query ($input: AuthorizeInput!) { authorize(input: $input) { id outcome } }", {
    input: REQUEST,
  });
  assert.equal(at(data, "authorize", "outcome"), "ALLOW");
  decisionId = String(at(data, "authorize", "id"));
});

const SIMULATE = `query ($input: SimulateInput!) { simulate(input: $input) { baseRevision changed results { changed
  before { outcome scope reasons { code ruleId message } obligations { type } } after { outcome scope reasons { code ruleId message } obligations { type } } } } }`;
const simulate = (input: object, as = reviewer) => world.data(SIMULATE, { input }, as);

async function simulationActs() {
  const dialect = dialectOf(world.url);
  const { run, close } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
  try {
    return (await readActs({ run, dialect }, { after: 0, first: 1000 })).filter(({ kind }) => kind === "SIMULATION");
  } finally {
    await close();
  }
}
const decisionCount = async () =>
  (await world.storage.decisions.decisions({ filter: {}, page: { first: 1000, after: null } })).items.length;

describe("simulate", () => {
  const operations = [{ deleteRule: { id: "nurse-labs" } }];

  test("answers before and after; commits and decides nothing, and stands on record itself", async () => {
    const [revision, decisions, acts] = [
      world.domain.policy.current().revision,
      await decisionCount(),
      (await simulationActs()).length,
    ];
    const other = { ...REQUEST, action: "update", requestId: null };
    const data = at(await simulate({ operations, requests: [REQUEST, other] }), "simulate");
    assert.deepEqual([at(data, "baseRevision"), at(data, "changed")], [revision, 1]);
    assert.deepEqual(
      [0, 1].map((i) => [
        at(data, "results", i, "before", "outcome"),
        at(data, "results", i, "after", "outcome"),
        at(data, "results", i, "changed"),
      ]),
      [
        ["ALLOW", "DENY", true],
        ["DENY", "DENY", false],
      ],
    );
    assert.equal(at(data, "results", 0, "before", "reasons", 0, "ruleId"), "nurse-labs");
    assert.equal(at(data, "results", 0, "after", "reasons", 0, "code"), "NO_MATCHING_RULE");
    assert.deepEqual([world.domain.policy.current().revision, await decisionCount()], [revision, decisions]);
    const added = (await simulationActs()).slice(acts);
    assert.equal(added.length, 1);
    const { operationsSha256, ...record } = (added[0] as (typeof added)[number]).record as unknown as Record<
      string,
      unknown
    >;
    assert.match(String(operationsSha256), /^[0-9a-f]{64}$/);
    assert.deepEqual(record, {
      at: NOW,
      baseRevision: revision,
      callerId: "key:reviewer",
      field: "simulate",
      operations: 1,
      questions: 2,
    });
  });

  test("a change of nothing changes no answer, at any revision", async () => {
    const head = world.domain.policy.current().revision;
    for (let asOfRevision = 0; asOfRevision <= head; asOfRevision++) {
      const data = at(await simulate({ operations: [], requests: [REQUEST], asOfRevision }), "simulate");
      assert.deepEqual([at(data, "baseRevision"), at(data, "changed")], [asOfRevision, 0]);
    }
  });

  test("begins with the policy of an older revision", async () => {
    const data = at(await simulate({ operations: [], requests: [REQUEST], asOfRevision: 0 }), "simulate");
    assert.equal(at(data, "results", 0, "before", "reasons", 0, "code"), "UNKNOWN_CLIENT");
  });

  test("what is wrong is named by its path, and leaves no act", async () => {
    const acts = (await simulationActs()).length;
    const refused = async (input: object) =>
      pathsOf(await world.error("BAD_USER_INPUT", SIMULATE, { input }, reviewer));
    assert.deepEqual(await refused({ operations, requests: Array(101).fill(REQUEST) }), ["input.requests"]);
    assert.deepEqual(await refused({ operations, requests: [REQUEST], asOfRevision: 99 }), ["input.asOfRevision"]);
    assert.deepEqual(await refused({ operations, requests: [REQUEST, { ...REQUEST, clientId: "" }] }), [
      "input.requests[1].clientId",
    ]);
    assert.deepEqual(await refused({ operations: [{ deleteRule: { id: "none" } }], requests: [REQUEST] }), [
      "input.operations[0].deleteRule.id",
    ]);
    assert.equal((await simulationActs()).length, acts);
  });

  test("a service may not ask", async () => {
    await world.error(
      "FORBIDDEN",
      SIMULATE,
      { input: { operations, requests: [REQUEST] } },
      callerOf("key:s", "service"),
    );
  });
});

describe("explanation", () => {
  const EXPLAIN = `query ($id: ID!) { explanation(decisionId: $id) { reproduced difference rules { id policyRevision when } grants { scope }
    assignments { subjectId role organization } decision { id outcome summary subjectId patient patients resourceId request reasons { code message } } } }`;
  const explain = async (as = auditor) => at(await world.data(EXPLAIN, { id: decisionId }, as), "explanation");

  test("tells the policy as it was, and that deciding again gives the same, whatever has changed since", async () => {
    const revision = world.domain.policy.current().revision;
    await apply(world, [
      { updateRule: { id: "nurse-labs", when: "resource.patient == subject.id" } },
      { unassignRole: { subjectId: "nina", role: "nurse", organization: "north" } },
      { revokeScope: { clientId: "ehr", scope: "view_labs" } },
    ]);
    world.clock.now = NOW + 1000;
    const told = await explain();
    assert.deepEqual([at(told, "reproduced"), at(told, "difference")], [true, null]);
    assert.deepEqual(at(told, "rules"), [{ id: "nurse-labs", policyRevision: revision, when: null }]);
    assert.deepEqual(at(told, "grants"), [{ scope: "view_labs" }]);
    assert.deepEqual(at(told, "assignments"), [{ subjectId: "nina", role: "nurse", organization: "north" }]);
    assert.equal(at(told, "decision", "patient"), "paula");
  });

  test("a reviewer sees stable pseudonyms of patients, and no attributes; an auditor sees what is on record", async () => {
    const told = JSON.stringify(await explain(reviewer));
    for (const text of HIDDEN) assert.ok(!told.includes(text), text);
    assert.equal(told, JSON.stringify(await explain(reviewer)));
    const [a, b] = [await explain(reviewer), await explain(auditor)];
    assert.match(String(at(a, "decision", "patient")), /^~[\w-]{12}$/);
    assert.deepEqual(at(a, "decision", "patients"), [at(a, "decision", "patient")]);
    assert.equal(at(a, "decision", "subjectId"), "nina");
    for (const text of HIDDEN) assert.ok(JSON.stringify(b).includes(text), text);
  });

  test("that it was asked is on record", async () => {
    const before = (await simulationActs()).length;
    await explain(reviewer);
    const [act, ...more] = (await simulationActs()).slice(before);
    assert.deepEqual([act?.kind, more], ["SIMULATION", []]);
    assert.match(JSON.stringify(act), /"callerId":"key:reviewer".*"field":"explanation"/);
  });

  test("a patient who asks for what is their own is a pseudonym to a reviewer, in reasons and roles too", async () => {
    await apply(world, [
      { putRole: { name: "portal-user" } },
      { assignRole: { subjectId: "paula", role: "portal-user", organization: "north" } },
      { grantScope: { clientId: "ehr", scope: "view_labs" } },
    ]);
    const own = await world.data(
      `query { authorize(input: { clientId: "ehr", subject: { id: "paula" }, action: "read",
        resource: { type: "Observation", patient: "paula" } }) { id reasons { message } } }`,
      {},
      ROOT,
    );
    const id = at(own, "authorize", "id");
    assert.match(JSON.stringify(own), /paula/, "a reason names the subject");
    const told = at(await world.data(EXPLAIN, { id }, reviewer), "explanation");
    assert.ok(!JSON.stringify(told).includes("paula"), JSON.stringify(told));
    assert.equal(at(told, "decision", "subjectId"), at(told, "decision", "patient"));
    assert.deepEqual(at(told, "assignments"), [], "who else holds none of them would tell whose the pseudonym is");
  });

  test("a token that was granted is explained as well", async () => {
    const data = await world.data(
      `query { decideGrant(input: { clientId: "ehr", subject: { id: "nina" }, scopes: ["view_labs", "patient/Observation.rs"] }) { id } }`,
      {},
      ROOT,
    );
    const id = at(data, "decideGrant", "id");
    await apply(world, [{ grantScope: { clientId: "ehr", scope: "patient/Observation.rs" } }]);
    for (const caller of [auditor, reviewer])
      assert.equal(at(await world.data(EXPLAIN, { id }, caller), "explanation", "reproduced"), true);
  });

  test("no such decision: null; what is no id, and a service, are refused", async () => {
    assert.deepEqual(await world.data(EXPLAIN, { id: "none" }, auditor), { explanation: null });
    assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", EXPLAIN, { id: "" }, auditor)), ["decisionId"]);
    await world.error("FORBIDDEN", EXPLAIN, { id: decisionId }, callerOf("key:s", "service"));
  });
});
