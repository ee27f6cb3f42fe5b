import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { readPolicyFiles } from "../../src/cli/policyFiles.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { parseGrantInput } from "../../src/domain/decisions/granting/grantInput.ts";
import { printedReason } from "../../src/domain/decisions/reasonText.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { compareWithGrantCase, readGrantCases } from "../support/grantCases.ts";

const { now, cases } = readGrantCases("seeds/grants.yaml");
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

describe("tokens for the demo hospital, decided in process", () => {
  for (const item of cases) {
    test(item.name, () => {
      const { details, ...verdict } = decideGrant(
        { snapshot, engine, now: item.now },
        parseGrantInput(item.request, "request").request,
      );
      compareWithGrantCase(item, { ...verdict, ...details, reasons: verdict.reasons.map(printedReason) });
    });
  }

  test("has at least 40 cases, with every outcome and names of their own", () => {
    assert.ok(cases.length >= 40);
    assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
    for (const outcome of ["GRANTED", "NARROWED", "DEPRECATED", "DENIED", "UNKNOWN"])
      assert.ok(cases.some(({ expect }) => expect.outcomes.includes(outcome)));
  });
});
