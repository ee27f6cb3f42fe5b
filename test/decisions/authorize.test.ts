import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import type { Caller } from "../../src/domain/callers/types.ts";
import type { AuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { type Authorizer, createAuthorizer } from "../../src/domain/decisions/authorize.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { SEMANTICS_VERSION } from "../../src/domain/decisions/semantics.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { memoryJournal } from "../support/memory.ts";
import { anyRole, inputOf, NOW, policies, requests, snapshotFrom } from "../support/policies.ts";

const caller: Caller = { id: "key:a", roles: new Set(["service"]), defaultClientId: null };
const asserting: Caller = { ...caller, assertRoles: anyRole };
const other: Caller = { id: "key:b", roles: new Set(["service"]), defaultClientId: null };
const input: AuthorizeInput = { clientId: "c1", action: "read", resource: { type: "Observation" } };
const counter = () => {
  let id = 0;
  return (): string => `d${++id}`;
};
const at = (i: number): string => `inputs[${i}]`;
let engine: Engine;
let journal: ReturnType<typeof memoryJournal>;
let authorizer: Authorizer;
let decided = 0;

beforeEach(async () => {
  engine ??= await createEngine();
  journal = memoryJournal();
  authorizer = createAuthorizer({
    snapshot: () => {
      decided++;
      return emptySnapshot(7);
    },
    engine,
    journal,
    clock: () => NOW,
    newId: counter(),
  });
});

const code = (expected: string) => (error: unknown) => error instanceof ScopewardenError && error.code === expected;

describe("authorize", () => {
  test("answers what the journal holds, with revision, time and caller", async () => {
    const [decision] = await authorizer.authorize(caller, [input], at);
    assert.deepEqual(journal.records, [decision]);
    assert.deepEqual(
      [decision?.policyRevision, decision?.decidedAt, decision?.callerId, decision?.outcome],
      [7, NOW, "key:a", "DENY"],
    );
    assert.equal(decision?.semantics, SEMANTICS_VERSION);
  });

  test("refuses bad input as a whole, with every problem, before anything is decided", async () => {
    decided = 0;
    const bad: AuthorizeInput = { clientId: "", action: "", resource: { type: "" } };
    await assert.rejects(authorizer.authorize(caller, [input, bad], at), (error) => {
      assert.ok(error instanceof ScopewardenError);
      assert.deepEqual(
        error.problems.map((p) => p.path),
        ["inputs[1].clientId", "inputs[1].action", "inputs[1].resource.type"],
      );
      return error.code === "BAD_USER_INPUT";
    });
    assert.equal(decided, 0);
    assert.equal(journal.records.length, 0);
  });

  test("makes no decision when it can't be recorded", async () => {
    decided = 0;
    journal.ready = false;
    await assert.rejects(authorizer.authorize(caller, [input], at), code("JOURNAL_UNAVAILABLE"));
    assert.equal(decided, 0);
  });

  test("the same request id and input give the same decision, recorded once", async () => {
    const asked = { ...input, requestId: "r1" };
    const [first] = await authorizer.authorize(caller, [asked], at);
    const [second] = await authorizer.authorize(caller, [asked], at);
    assert.deepEqual(second, first);
    assert.equal(journal.records.length, 1);
  });

  test("a request id with another input is refused, and the record stays", async () => {
    await authorizer.authorize(caller, [{ ...input, requestId: "r1" }], at);
    const changed = { ...input, action: "delete", requestId: "r1" };
    await assert.rejects(authorizer.authorize(caller, [changed], at), code("BAD_USER_INPUT"));
    await assert.rejects(
      authorizer.authorize(
        caller,
        [
          { ...input, requestId: "r2" },
          { ...changed, requestId: "r2" },
        ],
        at,
      ),
      code("BAD_USER_INPUT"),
    );
    assert.equal(journal.records.length, 1);
  });

  test("a request id belongs to its caller", async () => {
    const [mine] = await authorizer.authorize(caller, [{ ...input, requestId: "r1" }], at);
    const [theirs] = await authorizer.authorize(other, [{ ...input, action: "delete", requestId: "r1" }], at);
    assert.notEqual(mine?.id, theirs?.id);
  });

  test("twins in one batch share one decision, and keep their places", async () => {
    const twin = { ...input, requestId: "t" };
    const answers = await authorizer.authorize(caller, [twin, input, twin], at);
    assert.equal(answers.length, 3);
    assert.equal(answers[0]?.id, answers[2]?.id);
    assert.notEqual(answers[0]?.id, answers[1]?.id);
    assert.equal(journal.records.length, 2);
  });

  test("two at once with one request id get one decision", async () => {
    const asked = { ...input, requestId: "r" };
    const [[a], [b]] = (await Promise.all([
      authorizer.authorize(caller, [asked], at),
      authorizer.authorize(caller, [asked], at),
    ])) as [[DecisionRecord], [DecisionRecord]];
    assert.equal(a.id, b.id);
    assert.equal(journal.records.length, 1);
  });
});

test("a batch is what its requests are one by one", async () => {
  await fc.assert(
    fc.asyncProperty(policies, fc.array(requests, { minLength: 1, maxLength: 5 }), async (rows, asked) => {
      const snapshot = snapshotFrom(rows);
      const make = () =>
        createAuthorizer({
          snapshot: () => snapshot,
          engine,
          journal: memoryJournal(),
          clock: () => NOW,
          newId: counter(),
        });
      const batch = await make().authorize(asserting, asked.map(inputOf), at);
      const single = (
        await Promise.all(asked.map((request) => make().authorize(asserting, [inputOf(request)], at)))
      ).flat();
      const apart = (list: readonly DecisionRecord[]) => list.map((record) => ({ ...record, id: "" }));
      assert.deepEqual(apart(batch), apart(single));
      for (const [i, answer] of batch.entries()) {
        const request = asked[i];
        assert.ok(request !== undefined);
        const { outcome, reasons } = decide({ snapshot, engine, now: NOW }, request);
        assert.deepEqual({ outcome: answer.outcome, reasons: answer.reasons }, { outcome, reasons });
      }
    }),
    { numRuns: 300 },
  );
});
