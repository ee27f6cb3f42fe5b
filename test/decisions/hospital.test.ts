import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { readPolicyFiles } from "../../src/cli/policyFiles.ts";
import { parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { printedReason } from "../../src/domain/decisions/reasonText.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { type Case, compareWithCase, readCases } from "../support/cases.ts";
import { demoConsents } from "../support/demoConsents.ts";

const { now, cases } = readCases("seeds/requests.yaml");
let snapshot: Snapshot;
let engine: Engine;
before(async () => {
  engine = await createEngine();
  let id = 0;
  const facts = {
    now,
    newId: () => `rule-${++id}`,
    checkCondition: engine.checkCondition,
    readCondition: engine.readCondition,
    canGiveConsent: true,
  };
  const applied = applyOperations(emptySnapshot(), await readPolicyFiles("seeds/hospital"), facts);
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  snapshot = applied.snapshot;
});

describe("the demo hospital, decided in process", () => {
  for (const item of cases) {
    test(item.name, () => {
      const parsed = parseAuthorizeInput(item.request, "request");
      assert.ok(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.problems));
      const consents = demoConsents(snapshot);
      const verdict = decide({ snapshot, engine, now: item.now, gathered: { consents } }, parsed.request);
      compareWithCase(item, { ...verdict, reasons: verdict.reasons.map(printedReason) });
    });
  }

  test("has at least 150 cases, of both outcomes, with names of their own", () => {
    assert.ok(cases.length >= 150);
    assert.equal(new Set(cases.map((item: Case) => item.name)).size, cases.length);
    for (const outcome of ["ALLOW", "DENY"])
      assert.ok(cases.filter((item) => item.expect.outcome === outcome).length >= 50);
  });
});
