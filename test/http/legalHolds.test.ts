import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openStorage } from "../../src/storage/storage.ts";
import { sqliteRaw } from "../storage/backends.ts";
import { eventually } from "../support/eventually.ts";
import { untilFollowed } from "../support/untilFollowed.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { ADMIN_KEY, startService } from "./support.ts";

const DAY = 86_400_000;
const YEAR = 366 * DAY;
const HOLD = "id patient clientId from to reason at by { name } liftedAt liftedBy { name } liftReason policyRevision";
const PLACE = `mutation($input: PlaceLegalHoldInput!) { placeLegalHold(input: $input) { ${HOLD} } }`;
const LIFT = `mutation($id: ID!, $reason: String!) { liftLegalHold(id: $id, reason: $reason) { ${HOLD} } }`;
const LIST = `query($filter: LegalHoldFilter) { legalHolds(filter: $filter) { edges { node { ${HOLD} } } } }`;
const DECISION =
  "query($id: ID!) { decision(id: $id) { id outcome summary erased clientId subjectId subjectType patient patients resourceId request } }";

describe("legal holds, and what they keep", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  const nodes = async (filter: object) =>
    (await world.data("otto", LIST, { filter })).edges.map(({ node }: { readonly node: unknown }) => node);
  const read = (id: string) => world.data("otto", DECISION, { id });
  const ids: string[] = [];

  before(async () => {
    world = await openAlertWorld({ SCOPEWARDEN_RETENTION_MS: "50" });
    for (const n of [1, 2]) {
      const resource = { type: "Observation", id: `observation-${n}`, patient: `patient-${n}` };
      ids.push((await world.decide({ subject: { id: "nora" }, resource })).id);
    }
    await untilFollowed(world.url);
  });
  after(() => world.stop());

  test("one that says nothing, or what can't be, is refused, names the member and changes nothing", async () => {
    for (const [input, paths] of [
      [{ reason: "r" }, ["input"]],
      [{ patient: "a", reason: "  " }, ["input.reason"]],
      [{ patient: "a", reason: "x".repeat(2001) }, ["input.reason"]],
      [{ patient: "", clientId: "*", reason: "r" }, ["input.patient", "input.clientId"]],
      [{ patient: "Patient/Patient/x", reason: "r" }, ["input.patient"]],
      [{ from: "2026-01-02T00:00:00Z", to: "2026-01-02T00:00:00Z", reason: "r" }, ["input.to"]],
      [{ patient: "a\u0000", reason: "r" }, ["input.patient"]],
    ] as const)
      assert.deepEqual(await world.refused("BAD_USER_INPUT", "otto", PLACE, { input }), paths, JSON.stringify(input));
    for (const by of ["ada", "rita", "gateway"]) {
      await world.refused("FORBIDDEN", by, PLACE, { input: { patient: "a", reason: "r" } });
      await world.refused("FORBIDDEN", by, LIFT, { id: "x", reason: "r" });
      await world.refused("FORBIDDEN", by, LIST);
    }
    await world.refused("NOT_FOUND", "otto", LIFT, { id: "absent", reason: "r" });
    assert.deepEqual(await nodes({}), []);
    assert.deepEqual(await sqliteRaw(world.url, "SELECT id FROM journal WHERE kind = 'LEGAL_HOLD'"), []);
  });

  test("what is over is erased by the running service, but for what is held; lifted, that goes, too", async () => {
    const placed = await world.data("otto", PLACE, { input: { patient: "Patient/patient-1", reason: "Case 17" } });
    assert.deepEqual(
      [placed.patient, placed.clientId, placed.from, placed.reason, placed.by.name, placed.liftedAt],
      ["patient-1", null, null, "Case 17", "otto", null],
    );
    const other = await world.data("otto", PLACE, {
      input: { clientId: "no-client", to: "2020-01-01T00:00:00Z", reason: "r" },
    });
    assert.deepEqual(await nodes({ states: ["IN_FORCE"] }), [other, placed]);
    assert.deepEqual(await nodes({ patient: "patient-1" }), [placed]);
    assert.deepEqual(await nodes({ clientId: "no-client" }), [other]);

    const [held = "", erased = ""] = ids;
    world.time.now += 7 * YEAR;
    // A clock that leaps is not believed: somebody says that it is right.
    const clockAhead = async () => {
      const { text } = await world.service.get("/metrics", { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
      return Number(/^scopewarden_retention_clock_ahead_seconds (.*)$/m.exec(text)?.[1]);
    };
    await eventually("the clock is not believed", async () => (await clockAhead()) > 6 * 366 * 86_400);
    assert.deepEqual((await read(erased)).erased, []);
    const beside = await openStorage({ url: world.url, clock: Date.now, beside: true });
    await beside.retention.trustClock(world.time.now);
    await beside.close();
    await eventually("what is over is erased", async () => (await read(erased)).erased.length > 0);
    const gone = await read(erased);
    assert.deepEqual(
      gone.erased,
      ["request.resource.id", "request.resource.patient", "request.resource.patients", "request.subject.id"].filter(
        (path) => gone.erased.includes(path),
      ),
    );
    assert.ok(gone.erased.includes("request.subject.id") && gone.erased.includes("request.resource.patient"));
    assert.deepEqual(
      [gone.subjectId, gone.subjectType, gone.patient, gone.patients, gone.resourceId, gone.clientId, gone.outcome],
      [null, "user", null, [], null, "reader-app", "ALLOW"],
    );
    assert.equal(gone.request.subject.id, null);
    assert.doesNotMatch(JSON.stringify(gone), /patient-2|nora|observation-2/);
    const kept = await read(held);
    assert.deepEqual([kept.erased, kept.patient, kept.subjectId], [[], "patient-1", "nora"]);

    // What reads it otherwise.
    const explained = await world.data(
      "otto",
      "query($id: ID!) { explanation(decisionId: $id) { reproduced difference rules { id } decision { erased } } }",
      { id: erased },
    );
    assert.deepEqual([explained.reproduced, explained.rules.length], [false, 1]);
    assert.match(explained.difference, /^It can't be decided again: what identified people was erased/);
    const why = await world.data("otto", "query($id: ID!) { explanation(decisionId: $id) { explained } }", {
      id: erased,
    });
    assert.equal(why.explained, null);
    const replay = await world.data(
      "otto",
      "{ replay(input: { operations: [] }) { replayed notReplayable same causes { path message decisions } } }",
    );
    assert.deepEqual([replay.replayed, replay.notReplayable, replay.same], [1, 1, 1]);
    assert.ok(
      replay.causes.every(({ message }: { readonly message: string }) => message === "was erased after its time"),
    );
    const period = {
      from: new Date(world.time.now - 8 * YEAR).toISOString(),
      to: new Date(world.time.now - 6.5 * YEAR).toISOString(),
    };
    const accounting =
      "query($p: ID!, $from: DateTime!, $to: DateTime!) { accountingOfDisclosures(patient: $p, from: $from, to: $to, kinds: [TREATMENT, OPERATIONS, OTHER]) { erased namingNobody edges { node { decisionId } } } }";
    const history =
      "query($p: ID!, $from: DateTime!, $to: DateTime!) { accessHistory(patient: $p, from: $from, to: $to) { erased allowed edges { node { decisionId } } } }";
    for (const query of [accounting, history]) {
      const told = await world.data("otto", query, { p: "patient-2", ...period });
      assert.deepEqual([told.erased, told.edges, told.namingNobody ?? 0], [1, [], 0]);
    }
    const lines = async (format: string) =>
      (await world.data("otto", `{ exportPage(format: ${format}, kinds: [DECISION]) { lines } }`))
        .lines as readonly string[];
    for (const format of ["NDJSON", "OCSF", "FHIR"]) {
      const line = (await lines(format)).find((each) => each.includes(erased)) ?? "";
      assert.match(line, format === "NDJSON" ? /"commitment".*"salt":null/ : /erased/);
      assert.doesNotMatch(line, /patient-2|nora|observation-2/);
    }
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const { text } = await world.service.get("/metrics", { headers });
    assert.match(text, /^scopewarden_retention_erased_acts [1-9]/m);
    assert.match(text, /^scopewarden_retention_age_seconds [0-9.]+$/m);

    const lifted = await world.data("otto", LIFT, { id: placed.id, reason: "The case is over" });
    assert.deepEqual([lifted.liftedBy.name, lifted.liftReason], ["otto", "The case is over"]);
    await world.refused("CONFLICT", "otto", LIFT, { id: placed.id, reason: "again" });
    await world.refused("BAD_USER_INPUT", "otto", LIFT, { id: other.id, reason: "" });
    await eventually("what was held is erased", async () => (await read(held)).erased.length > 0);
    assert.deepEqual(await nodes({ states: ["OVER"] }), [lifted]);
    const acts = await sqliteRaw(world.url, "SELECT id, record FROM journal WHERE kind = 'LEGAL_HOLD' ORDER BY seq");
    assert.deepEqual(
      acts.map(({ id }) => id),
      [`legal-hold:${placed.id}:placed`, `legal-hold:${other.id}:placed`, `legal-hold:${placed.id}:lifted`],
    );
    assert.ok(
      acts.every(({ record }) => !String(record).includes("patient-1")),
      "whose data it is, is personal",
    );
    const reads = await sqliteRaw(
      world.url,
      "SELECT record FROM journal WHERE kind = 'AUDIT' AND record LIKE '%legalHolds%'",
    );
    assert.ok(reads.length >= 4);
  });
});

test("under four eyes who placed a hold does not lift it, by whatever key; somebody else does", {
  timeout: 300_000,
}, async () => {
  const world = await openAlertWorld();
  const KEY =
    'mutation($subject: ApiKeySubjectInput) { createApiKey(input: { name: "k", roles: [AUDITOR], subject: $subject }, reason: "t") { key } }';
  const keyOf = async (id: string) =>
    (await world.service.ask(KEY, { variables: { subject: { id } } })).body.data.createApiKey.key as string;
  const keys = [await keyOf("otto"), await keyOf("olga")];
  await world.service.stop();
  const service = await startService({ DATABASE_URL: world.url, SCOPEWARDEN_FOUR_EYES: "on" });
  try {
    const placed = await service.ask(PLACE, {
      key: world.keys.otto ?? "",
      variables: { input: { patient: "p", reason: "r" } },
    });
    const { id } = placed.body.data.placeLegalHold;
    const may = async (key: string) =>
      (await service.ask("{ legalHolds { edges { node { viewerMay { action because } } } } }", { key })).body.data
        .legalHolds.edges[0].node.viewerMay;
    const lift = async (key: string) => (await service.ask(LIFT, { key, variables: { id, reason: "r" } })).body;
    const [otto = "", olga = ""] = keys;
    for (const key of [world.keys.otto ?? "", otto]) {
      const { errors } = await lift(key);
      assert.equal(errors?.[0]?.extensions.code, "FORBIDDEN", JSON.stringify(errors));
      assert.deepEqual(await may(key), [{ action: "liftLegalHold", because: errors?.[0]?.message }]);
    }
    assert.deepEqual(await may(olga), [{ action: "liftLegalHold", because: null }]);
    assert.equal((await lift(olga)).data.liftLegalHold.liftReason, "r");
  } finally {
    await service.stop();
    await world.stop();
  }
});
