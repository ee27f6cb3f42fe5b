import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { parse } from "yaml";
import { type AuthorizeInput, parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { printedReason } from "../../src/domain/decisions/reasonText.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { compareWithCase, readCases } from "../support/cases.ts";

const FILE = "test/cases/reach.yaml";
const { now, cases } = readCases(FILE);
const { policy, refused } = parse(readFileSync(FILE, "utf8"), { merge: true }) as {
  readonly policy: readonly PolicyOperation[];
  readonly refused: readonly {
    readonly name: string;
    readonly request: AuthorizeInput;
    readonly path: string;
    readonly message: string;
  }[];
};

let snapshot: Snapshot;
let engine: Engine;
before(async () => {
  engine = await createEngine();
  const facts = {
    now,
    newId: () => "rule",
    checkCondition: engine.checkCondition,
    readCondition: engine.readCondition,
  };
  const applied = applyOperations(emptySnapshot(), policy, facts);
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  snapshot = applied.snapshot;
});

describe("what a resource and a request mean", () => {
  for (const item of cases)
    test(item.name, () => {
      const parsed = parseAuthorizeInput(item.request, "request");
      assert.ok(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.problems));
      const verdict = decide({ snapshot, engine, now: item.now }, parsed.request);
      compareWithCase(item, { ...verdict, reasons: verdict.reasons.map(printedReason) });
    });

  test("has cases of both outcomes, with names of their own", () => {
    const names = [...cases, ...refused].map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const outcome of ["ALLOW", "DENY"])
      assert.ok(cases.filter(({ expect }) => expect.outcome === outcome).length > 20);
  });
});

describe("what is no question", () => {
  for (const { name, request, path, message } of refused)
    test(name, () => {
      const parsed = parseAuthorizeInput(request, "request");
      assert.ok(!parsed.ok);
      assert.deepEqual(
        parsed.problems.map((problem) => problem.path),
        [`request.${path}`],
      );
      assert.ok(parsed.problems[0]?.message.includes(message), parsed.problems[0]?.message);
    });
});
