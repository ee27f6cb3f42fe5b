import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import type { Caller } from "../../src/domain/callers/types.ts";
import type { Consent } from "../../src/domain/consent/types.ts";
import type { AuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { type Authorizer, createAuthorizer } from "../../src/domain/decisions/authorize.ts";
import type { FactSource } from "../../src/domain/decisions/gather.ts";
import { appendDecisions, mayRepeat } from "../../src/domain/decisions/requestIds.ts";
import type { AccessRecord, DecisionRecord } from "../../src/domain/decisions/types.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { consentOf } from "../support/consents.ts";
import { LABELLED } from "../support/labelled.ts";
import { memoryJournal } from "../support/memory.ts";
import { NOW } from "../support/policies.ts";

const MINUTE = 60_000;
const caller: Caller = { id: "key:a", roles: new Set(["service"]), defaultClientId: null };
const at = (i: number): string => `inputs[${i}]`;
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
  { putScope: { name: "notes", atoms: [{ resourceType: "Observation", actions: ["read"] }], requiresConsent: true } },
  { activateScope: { name: "notes" } },
  { grantScope: { clientId: "app", scope: "notes", validUntil: NOW + 2 * MINUTE } },
];

let engine: Engine;
let policy: Snapshot;
let snapshot: Snapshot;
let now: number;
let consents: readonly Consent[];
let journal: ReturnType<typeof memoryJournal>;
let authorizer: Authorizer;

function changed(from: Snapshot, operations: readonly PolicyOperation[]): Snapshot {
  const facts = {
    now: NOW,
    newId: () => "rule",
    checkCondition: engine.checkCondition,
    readCondition: engine.readCondition,
  };
  const applied = applyOperations(from, operations, facts);
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  return applied.snapshot;
}
before(async () => {
  engine = await createEngine();
  policy = changed(emptySnapshot(), POLICY);
});
beforeEach(() => {
  snapshot = policy;
  now = NOW;
  consents = [consentOf({ id: "anns", version: 1, scopes: ["notes"] })];
  journal = memoryJournal();
  let id = 0;
  const source: FactSource = {
    gather: async ({ requests }) => requests.map(() => ({ consents })),
  };
  authorizer = createAuthorizer({
    snapshot: () => snapshot,
    engine,
    journal,
    clock: () => now,
    newId: () => `d${++id}`,
    factSources: [source],
  });
});

const asked: AuthorizeInput = {
  clientId: "app",
  action: "read",
  resource: { type: "Observation", patient: "ann" },
  requestId: "r",
};
async function ask(input: AuthorizeInput = asked): Promise<AccessRecord> {
  const [record] = await authorizer.authorize(caller, [input], at);
  assert.ok(record !== undefined);
  return record;
}
const another = (revision: Snapshot): Snapshot =>
  changed(revision, [{ putRole: { name: `role-${revision.revision}` } }]);
const outcomes = () => journal.records.map(({ id, outcome }) => `${id} ${outcome}`);

describe("a request id", () => {
  test("repeats its answer for five minutes, and then asks anew, under a record of its own", async () => {
    const denied = { ...asked, action: "delete" };
    const first = await ask(denied);
    now += 5 * MINUTE - 1;
    snapshot = another(snapshot);
    consents = [];
    assert.equal(await ask(denied), first);
    now += 1;
    const second = await ask(denied);
    assert.notEqual(second.id, first.id);
    assert.deepEqual([second.request.requestId, second.decidedAt], ["r", now]);
    assert.equal(await ask(denied), second);
    assert.deepEqual(outcomes(), ["d1 DENY", "d2 DENY"]);
    now += 10 * MINUTE;
    assert.notEqual((await ask({ ...asked, action: "update" })).id, second.id, "it is free for another question");
  });

  test("repeats an ALLOW while nothing has changed", async () => {
    const first = await ask();
    assert.equal(first.outcome, "ALLOW");
    now += MINUTE;
    assert.equal(await ask(), first);
    assert.deepEqual(outcomes(), ["d1 ALLOW"]);
  });

  const CHANGES: readonly (readonly [what: string, change: () => void, outcome: string])[] = [
    ["a newer revision", () => (snapshot = another(snapshot)), "ALLOW"],
    ["a consent that was withdrawn", () => (consents = []), "DENY"],
    [
      "a newer version of a consent",
      () => (consents = [consentOf({ id: "anns", version: 2, scopes: ["notes"] })]),
      "ALLOW",
    ],
    ["another consent", () => (consents = [consentOf({ id: "more", scopes: ["notes"] }), ...consents]), "ALLOW"],
    ["the end of a grant", () => (now += 2 * MINUTE), "DENY"],
  ];
  for (const [what, change, outcome] of CHANGES)
    test(`repeats no ALLOW after ${what}`, async () => {
      const first = await ask();
      change();
      const second = await ask();
      assert.deepEqual([first.outcome, second.outcome, first.id === second.id], ["ALLOW", outcome, false]);
      assert.equal(await ask(), second);
      assert.equal(journal.records.length, 2);
    });

  test("with another input is refused for five minutes, also where its ALLOW would not be repeated", async () => {
    await ask();
    consents = [];
    const other = { ...asked, action: "search" };
    now += 5 * MINUTE - 1;
    await assert.rejects(ask(other), { code: "BAD_USER_INPUT" });
    assert.equal(journal.records.length, 1);
    now += 1;
    assert.equal((await ask(other)).outcome, "DENY");
  });

  test("a token is asked for alike", async () => {
    const input = { clientId: "app", scopes: ["notes"], context: { patient: "ann" }, requestId: "t" };
    const grant = () => authorizer.decideGrant(caller, input, "input");
    const first = await grant();
    assert.equal(first.outcome, "ALLOW");
    assert.equal(await grant(), first);
    consents = [];
    const second = await grant();
    assert.deepEqual([second.outcome, second.id === first.id], ["DENY", false]);
    now += 5 * MINUTE;
    assert.notEqual((await grant()).id, second.id);
  });

  test("a clock that was ahead does not repeat an answer for long", async () => {
    const first = await ask({ ...asked, action: "delete" });
    now -= 4 * MINUTE;
    assert.equal((await ask({ ...asked, action: "delete" })).id, first.id);
    now -= MINUTE;
    assert.notEqual((await ask({ ...asked, action: "delete" })).id, first.id);
  });

  test("two that come at once have one answer, also after five minutes and after a change", async () => {
    for (const [minutes, revisions] of [
      [0, 0],
      [0, 1],
      [5, 0],
    ] as const) {
      now += minutes * MINUTE;
      if (revisions > 0) snapshot = another(snapshot);
      const before = journal.records.length;
      const answers = await Promise.all([ask(), ask(), ask()]);
      assert.equal(new Set(answers.map(({ id }) => id)).size, 1);
      assert.equal(journal.records.length, before + 1);
    }
  });

  test("what another was first with is not the answer where it rests on an older policy", async () => {
    const held = await ask();
    snapshot = another(snapshot);
    const record = { ...held, id: "mine", policyRevision: snapshot.revision };
    const instead = await appendDecisions<"ACCESS">(journal, [record], new Map([["mine", 0]]));
    assert.equal(instead.size, 0);
    assert.deepEqual(await journal.findByRequestId("key:a", "r"), { record, turn: 1 });
  });

  test("law: what is repeated as an ALLOW is what would be decided now, whatever has changed", async () => {
    const steps = fc.array(
      fc.constantFrom<() => void>(
        () => (now += MINUTE),
        () => (snapshot = another(snapshot)),
        () => (consents = []),
        () => (consents = [consentOf({ id: "anns", version: now % 7, scopes: ["notes"] })]),
        () => (snapshot = changed(snapshot, [{ deleteRule: { id: "anyone" } }])),
        () => (snapshot = policy),
      ),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (changes) => {
        snapshot = policy;
        now = NOW;
        consents = [consentOf({ id: "anns", version: 1, scopes: ["notes"] })];
        journal.records.length = 0;
        for (const change of [() => undefined, ...changes]) {
          try {
            change();
          } catch {
            continue; // The rule is gone already.
          }
          const answer = await ask();
          const { requestId: _, ...once } = asked;
          const fresh = await ask(once);
          if (answer.outcome === "ALLOW") {
            assert.equal(fresh.outcome, "ALLOW");
            assert.deepEqual([answer.facts, answer.scope], [fresh.facts, fresh.scope]);
          }
          assert.ok(now - answer.decidedAt < 5 * MINUTE);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("a DENY may be repeated whatever is known by now, an ALLOW only by its like", async () => {
    const allow: DecisionRecord = await ask();
    const deny: DecisionRecord = { ...allow, outcome: "DENY" };
    assert.ok(mayRepeat(deny, allow));
    assert.ok(!mayRepeat(allow, deny));
    assert.ok(mayRepeat(allow, { ...allow, id: "other", decidedAt: 1 }));
    assert.ok(!mayRepeat(allow, { ...allow, obligations: [{ type: "redact" }] } as unknown as DecisionRecord));
    // An instance that has not heard of a revision yet is behind.
    assert.ok(mayRepeat(allow, { ...allow, policyRevision: allow.policyRevision - 1 }));
  });
});
