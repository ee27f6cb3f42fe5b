import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import type { Caller } from "../../src/domain/callers/types.ts";
import type { AuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { type Authorizer, createAuthorizer } from "../../src/domain/decisions/authorize.ts";
import type { FactSource } from "../../src/domain/decisions/gather.ts";
import { canonicalJson, type Json } from "../../src/domain/kernel/canonical.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { consentOf } from "../support/consents.ts";
import { memoryFactSource } from "../support/facts.ts";
import { LABELLED } from "../support/labelled.ts";
import { memoryJournal } from "../support/memory.ts";
import { NOW } from "../support/policies.ts";

const caller: Caller = { id: "key:a", roles: new Set(["service"]), defaultClientId: null };
const at = (i: number): string => `inputs[${i}]`;
const read = (patient: string, more: Partial<AuthorizeInput> = {}): AuthorizeInput => ({
  clientId: "app",
  action: "read",
  resource: { type: "Observation", patient },
  ...more,
});
const POLICY: readonly PolicyOperation[] = [
  LABELLED,
  { putClient: { id: "app", name: "App" } },
  {
    putRule: {
      id: "anyone",
      effect: "ALLOW",
      justification: "This policy is for a test.",
      role: "*",
      scope: "*",
      action: "*",
      resourceType: "*",
    },
  },
  ...["psychotherapy", "notes"].flatMap((name): PolicyOperation[] => [
    { putScope: { name, atoms: [{ resourceType: "Observation", actions: ["read"] }], requiresConsent: true } },
    { activateScope: { name } },
    { grantScope: { clientId: "app", scope: name } },
  ]),
];
const ANNS = consentOf({ id: "consent-1", version: 3, scopes: ["psychotherapy", "notes"] });
const BOBS = consentOf({ id: "consent-2", patient: "bob", scopes: ["another"] });

let engine: Engine;
let snapshot: Snapshot;
let journal: ReturnType<typeof memoryJournal>;
let source: ReturnType<typeof memoryFactSource>;
let authorizer: Authorizer;

function authorizerWith(factSources?: readonly FactSource[]): Authorizer {
  let id = 0;
  const more = factSources === undefined ? {} : { factSources };
  return createAuthorizer({
    snapshot: () => snapshot,
    engine,
    journal,
    clock: () => NOW,
    newId: () => `d${++id}`,
    ...more,
  });
}

before(async () => {
  engine = await createEngine();
  const facts = {
    now: NOW,
    newId: () => "rule",
    checkCondition: engine.checkCondition,
    readCondition: engine.readCondition,
  };
  const applied = applyOperations(emptySnapshot(), POLICY, facts);
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  snapshot = applied.snapshot;
});
beforeEach(() => {
  journal = memoryJournal();
  source = memoryFactSource([ANNS, BOBS]);
  authorizer = authorizerWith([source]);
});

describe("what decisions need beside the policy", () => {
  test("is gathered for a batch of 50 with one call, against the snapshot that decides", async () => {
    const inputs = Array.from({ length: 50 }, (_, i) => read(i % 2 === 0 ? "ann" : "bob"));
    const records = await authorizer.authorize(caller, inputs, at);
    assert.equal(source.queries.length, 1);
    const [query] = source.queries;
    assert.equal(query?.kind, "ACCESS");
    assert.equal(query?.snapshot, snapshot);
    assert.deepEqual(
      query?.requests,
      records.map(({ request }) => request),
    );
    assert.deepEqual(
      records.map(({ outcome }) => outcome),
      inputs.map((_, i) => (i % 2 === 0 ? "ALLOW" : "DENY")),
    );
  });

  test("reaches the stage of consent, and stands in the record by name and version", async () => {
    const [ann, bob, eve] = await authorizer.authorize(caller, [read("ann"), read("bob"), read("eve")], at);
    assert.deepEqual([ann?.outcome, ann?.scope], ["ALLOW", "notes"]);
    assert.deepEqual(ann?.facts, [{ id: "consent-1", kind: "CONSENT", version: 3 }]);
    assert.deepEqual([...new Set(bob?.reasons.map(({ code }) => code))], ["CONSENT_REQUIRED"]);
    assert.deepEqual(bob?.facts, [{ id: "consent-2", kind: "CONSENT", version: 1 }]);
    assert.equal(eve?.outcome, "DENY");
    assert.ok(eve !== undefined && !("facts" in eve));
    assert.deepEqual(journal.records, [ann, bob, eve]);
    for (const record of journal.records)
      assert.equal(JSON.stringify(record), canonicalJson(record as unknown as Json));
  });

  test("is gathered for a token, whose scopes have the consent of the patient in context or do not", async () => {
    const ask = (patient: string) =>
      authorizer.decideGrant(
        caller,
        { clientId: "app", scopes: ["psychotherapy", "notes"], context: { patient } },
        "input",
      );
    const ann = await ask("ann");
    assert.equal(ann.scope, "psychotherapy notes");
    assert.deepEqual(ann.facts, [{ id: "consent-1", kind: "CONSENT", version: 3 }]);
    assert.equal(JSON.stringify(ann), canonicalJson(ann as unknown as Json));
    const bob = await ask("bob");
    assert.deepEqual(
      [bob.scope, bob.reasons.map(({ code, scope }) => `${code} ${scope}`)],
      [null, ["CONSENT_REQUIRED psychotherapy", "CONSENT_REQUIRED notes"]],
    );
    assert.deepEqual(
      source.queries.map(({ kind }) => kind),
      ["GRANT", "GRANT"],
    );
  });

  test("is not asked for a question that was denied before; one that was allowed must rest on the same still", async () => {
    const asked = [read("ann", { requestId: "r" }), read("bob", { requestId: "s" })];
    const [allowed, denied] = await authorizer.authorize(caller, asked, at);
    const again = await authorizer.authorize(caller, asked, at);
    assert.deepEqual([again[0], again[1]], [allowed, denied]);
    assert.deepEqual(
      source.queries.map(({ requests }) => requests.length),
      [2, 1],
    );
    await authorizer.authorize(caller, asked.slice(1), at);
    assert.equal(source.queries.length, 2);
    assert.equal(journal.records.length, 2);
  });

  test("comes from all sources together", async () => {
    const other = memoryFactSource([consentOf({ id: "consent-9" })]);
    const [record] = await authorizerWith([source, other]).authorize(caller, [read("ann")], at);
    assert.deepEqual(
      record?.facts?.map(({ id }) => id),
      ["consent-1", "consent-9"],
    );
  });

  for (const [what, failure, code] of [
    ["an error of its own", new ScopewardenError("JOURNAL_UNAVAILABLE", "down"), "JOURNAL_UNAVAILABLE"],
    ["anything else", new Error("connection refused"), "POLICY_UNAVAILABLE"],
  ] as const) {
    test(`when a source fails with ${what}, nothing is decided and nothing is recorded`, async () => {
      source.failure = failure;
      const failed = (error: unknown) => error instanceof ScopewardenError && error.code === code;
      await assert.rejects(authorizer.authorize(caller, [read("ann"), read("bob")], at), failed);
      await assert.rejects(authorizer.decideGrant(caller, { clientId: "app", scopes: ["notes"] }, "input"), failed);
      assert.deepEqual(journal.records, []);
    });
  }

  test("comes at once from a source that has nothing to read; one that throws at once leaves no other unheard", async () => {
    const ready: FactSource = { gather: ({ requests }) => requests.map(() => ({ consents: [ANNS] })) };
    const [record] = await authorizerWith([ready]).authorize(caller, [read("ann")], at);
    assert.deepEqual([record?.outcome, record?.facts?.length], ["ALLOW", 1]);
    journal.records.length = 0;
    const throwing: FactSource = {
      gather() {
        throw new Error("a mistake");
      },
    };
    source.failure = new Error("down");
    for (const sources of [
      [source, throwing],
      [throwing, source],
    ])
      await assert.rejects(authorizerWith(sources).authorize(caller, [read("ann")], at), {
        code: "POLICY_UNAVAILABLE",
      });
    assert.deepEqual(journal.records, []);
  });

  test("a source that leaves a question out is not relied on", async () => {
    const short: FactSource = { gather: async () => [{ consents: [ANNS] }] };
    const asked = authorizerWith([short]).authorize(caller, [read("ann"), read("ann")], at);
    await assert.rejects(asked, { code: "INTERNAL" });
    assert.deepEqual(journal.records, []);
  });

  test("without sources a record names no facts, and a scope that asks for consent allows nothing", async () => {
    const [record] = await authorizerWith().authorize(caller, [read("ann")], at);
    assert.ok(record !== undefined && !("facts" in record));
    assert.deepEqual([...new Set(record.reasons.map(({ code }) => code))], ["CONSENT_REQUIRED"]);
  });
});
