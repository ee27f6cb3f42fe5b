import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import type { Caller } from "../../src/domain/callers/types.ts";
import { type Authorizer, createAuthorizer } from "../../src/domain/decisions/authorize.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { mergeFacts } from "../../src/domain/decisions/mergeFacts.ts";
import type { AccessRequest, DecisionRecord, EntityName } from "../../src/domain/decisions/types.ts";
import { type Directory, directoryOf, EMPTY_DIRECTORY } from "../../src/domain/directory/directory.ts";
import type { Entity, Properties } from "../../src/domain/directory/entity.ts";
import { canonicalJson, type Json } from "../../src/domain/kernel/canonical.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { partsOfDecision, wholeRecord } from "../../src/domain/record/personal.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { directories } from "../support/directories.ts";
import { memoryFactSource } from "../support/facts.ts";
import { LABELLED } from "../support/labelled.ts";
import { memoryJournal } from "../support/memory.ts";
import { NOW, policies, requests, snapshotFrom } from "../support/policies.ts";

const caller: Caller = { id: "key:a", roles: new Set(["service"]), defaultClientId: null };
const knowing = (...entities: readonly Omit<Entity, "version">[]): Directory =>
  directoryOf(
    entities.map((entity, i) => ({ ...entity, version: i + 7 })),
    99,
  );
const observation = (properties: Properties | null) => ({ type: "Observation", id: "o1", properties });

let engine: Engine;
let snapshot: Snapshot;
let directory: Directory;
let journal: ReturnType<typeof memoryJournal>;
let source: ReturnType<typeof memoryFactSource>;
let authorizer: Authorizer;
before(async () => {
  engine = await createEngine();
  const { checkCondition, readCondition } = engine;
  const applied = applyOperations(
    emptySnapshot(),
    [
      LABELLED,
      { putClient: { id: "app", name: "App" } },
      { putScope: { name: "read_it", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
      { activateScope: { name: "read_it" } },
      { grantScope: { clientId: "app", scope: "read_it" } },
      {
        putRule: {
          ...{ id: "ward", role: "*", scope: "read_it", action: "*", resourceType: "Observation", effect: "ALLOW" },
          ...{ when: 'subject.attributes.unit == "w1"', justification: "This policy is for a test." },
        },
      },
    ],
    { now: NOW, newId: () => "r", checkCondition, readCondition },
  );
  assert.ok(applied.ok, JSON.stringify(applied));
  snapshot = applied.snapshot;
});
beforeEach(() => {
  directory = EMPTY_DIRECTORY;
  journal = memoryJournal();
  source = memoryFactSource([]);
  let id = 0;
  authorizer = createAuthorizer({
    snapshot: () => snapshot,
    directory: () => directory,
    engine,
    factSources: [source],
    journal,
    clock: () => NOW,
    newId: () => `d${++id}`,
  });
});
const ask = async (resource: object, subject: object = { id: "u" }): Promise<DecisionRecord> => {
  const input = { clientId: "app", subject, action: "read", resource: { type: "Observation", ...resource } };
  const [record] = await authorizer.authorize(caller, [input as never], () => "input");
  assert.ok(record);
  return record;
};

test("of whom nothing is known, the request itself is decided", () => {
  fc.assert(
    fc.property(requests, (request) => {
      const others = knowing({ type: "Observation", id: "nobody", properties: { level: 5 } });
      for (const known of [undefined, EMPTY_DIRECTORY, others]) {
        const merged = mergeFacts(known, request);
        assert.equal(merged.request, request);
        assert.equal(merged.known, null);
      }
    }),
    { numRuns: 200 },
  );
});

describe("the record of a decision on what is known", () => {
  test("has the request as it was asked, and names what it rests on with what that said", async () => {
    directory = knowing({ type: "user", id: "u", properties: { unit: "w1" } }, observation({ patient: "ada" }));
    const record = await ask({ id: "o1" });
    assert.equal(record.outcome, "ALLOW");
    assert.deepEqual(record.request, (await ask({ id: "o1" })).request);
    assert.equal((record.request as AccessRequest).resource.patient, null);
    assert.equal((record.request as AccessRequest).subject?.attributes, null);
    assert.deepEqual(record.facts, [
      { id: "u", kind: "ENTITY", properties: { unit: "w1" }, type: "user", version: 7 },
      { id: "o1", kind: "ENTITY", properties: { patient: "ada" }, type: "Observation", version: 8 },
    ]);
    assert.deepEqual(record.patients, ["ada"]);
    assert.equal((await ask({ id: "o1", patient: "ada" })).patients, undefined);
  });

  test("keeps who that was, and what it said, among what can be erased", async () => {
    directory = knowing({ type: "user", id: "u", properties: { unit: "w1" } }, observation({ patient: "ada" }));
    const record = await ask({ id: "o1" });
    const { record: open, personal } = partsOfDecision(record);
    for (const text of [open, personal]) assert.equal(text, canonicalJson(JSON.parse(text)));
    for (const secret of ["ada", "w1", "o1"]) assert.ok(!open.includes(`"${secret}"`), secret);
    assert.deepEqual(JSON.parse(open).facts, [
      { kind: "ENTITY", type: "user", version: 7 },
      { kind: "ENTITY", type: "Observation", version: 8 },
    ]);
    assert.deepEqual(wholeRecord(open, personal), JSON.parse(JSON.stringify(record)));
  });

  test("repeats what was said as far as there is room, and always its version", async () => {
    const long = { text: "ö".repeat(14_000), unit: "w1" };
    directory = knowing({ type: "user", id: "u", properties: long }, observation(long));
    const names = (await ask({ id: "o1" })).facts as readonly EntityName[];
    assert.deepEqual(
      names.map(({ properties, version }) => [properties !== undefined, version]),
      [
        [true, 7],
        [false, 8],
      ],
    );
    const many = { attributes: { more: "x".repeat(16_000) } };
    const full = await ask({ id: "o1", ...many }, { id: "u", ...many });
    assert.ok(Buffer.byteLength(canonicalJson(full as unknown as Json)) < 65_536);
  });

  test("is made again, to the byte, from what it names, whatever is known by then", () => {
    let known = 0;
    fc.assert(
      fc.property(policies, requests, directories, (rows, request, entities) => {
        const then = knowing(...entities);
        const policy = snapshotFrom(rows);
        const { known: merged } = mergeFacts(then, request);
        if (merged === null) return;
        known++;
        const { subject, resource } = merged.entities;
        const named = directoryOf(
          [subject, resource].filter((entity) => entity !== undefined),
          1,
        );
        const facts = { snapshot: policy, engine, now: NOW };
        assert.equal(
          canonicalJson(decide({ ...facts, directory: named }, request) as unknown as Json),
          canonicalJson(decide({ ...facts, directory: then }, request) as unknown as Json),
        );
      }),
      { numRuns: 500 },
    );
    assert.ok(known > 50, `${known}`);
  });
});

test("consents are looked for with the patient that the directory knows", async () => {
  directory = knowing(observation({ patient: "ada" }));
  await ask({ id: "o1" });
  const [asked] = source.queries[0]?.requests ?? [];
  assert.equal((asked as AccessRequest).resource.patient, "ada");
});

describe("a token", () => {
  const grant = (subject: object) =>
    authorizer.decideGrant(caller, { clientId: "app", subject: subject as never, scopes: ["read_it"] }, "input");

  test("can be used where what is known meets the condition, or may still be sent", async () => {
    directory = knowing(
      { type: "user", id: "here", properties: { unit: "w1" } },
      { type: "user", id: "there", properties: { unit: "w2" } },
    );
    assert.equal((await grant({ id: "here" })).outcome, "ALLOW");
    assert.equal((await grant({ id: "nobody" })).outcome, "ALLOW");
    const refused = await grant({ id: "there" });
    assert.deepEqual([refused.outcome, refused.reasons.map(({ code }) => code)], ["DENY", ["NO_MATCHING_RULE"]]);
    assert.deepEqual(
      refused.facts?.map(({ version }) => version),
      [8],
    );
    // What is known can't be said otherwise later: the same as when it is said now.
    const replaced = await grant({ id: "there", attributes: { unit: "w1" } });
    assert.deepEqual(
      [replaced.outcome, replaced.reasons.map(({ code }) => code)],
      ["DENY", ["NO_MATCHING_RULE", "FACTS_REPLACED"]],
    );
  });

  test("can be used where other attributes are known, and the one that counts may still be sent", async () => {
    directory = knowing({ type: "user", id: "u", properties: { shift: "night" } });
    assert.equal((await grant({ id: "u" })).outcome, "ALLOW");
    assert.equal((await grant({ id: "u", attributes: {} })).outcome, "DENY");
  });

  test("is refused, scope by scope, where the facts disagree", async () => {
    directory = knowing({ type: "user", id: "u", properties: { organization: "o1", unit: "w1" } });
    assert.equal((await grant({ id: "u", organization: "o1" })).outcome, "ALLOW");
    const refused = await grant({ id: "u", organization: "o2" });
    assert.equal(refused.outcome, "DENY");
    assert.deepEqual(
      refused.details.scopes.map(({ reasons }) => reasons.map(({ code }) => code)),
      [["FACTS_DISAGREE"]],
    );
  });
});
