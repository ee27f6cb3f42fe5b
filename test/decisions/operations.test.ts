import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { LABELLED } from "../support/labelled.ts";
import { NOW } from "../support/policies.ts";

const BROAD = ["user/*.cruds", "user/*.*"];
let engine: Engine;
let snapshot: Snapshot;
before(async () => {
  engine = await createEngine();
  const facts = {
    now: NOW,
    newId: () => "rule",
    checkCondition: engine.checkCondition,
    readCondition: engine.readCondition,
  };
  const applied = applyOperations(
    emptySnapshot(),
    [
      LABELLED,
      { putClient: { id: "app", name: "App" } },
      ...BROAD.map((scope) => ({ grantScope: { clientId: "app", scope } })),
      { putScope: { name: "export_group", atoms: [{ resourceType: "Group", actions: ["$export"] }] } },
      { activateScope: { name: "export_group" } },
      { grantScope: { clientId: "app", scope: "export_group" } },
      {
        putRule: {
          id: "everything-goes",
          effect: "ALLOW",
          justification: "This policy is for a test.",
          role: "*",
          scope: "*",
          action: "*",
          resourceType: "*",
        },
      },
    ],
    facts,
  );
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  snapshot = applied.snapshot;
});

function ask(action: string, type: string, scopes: readonly string[]) {
  const parsed = parseAuthorizeInput(
    { clientId: "app", subject: { id: "ann" }, scopes, action, resource: { type } },
    "r",
  );
  assert.ok(parsed.ok);
  return decide({ snapshot, engine, now: NOW }, parsed.request);
}

describe("operations and batches", () => {
  for (const [action, type] of [
    ["$everything", "Patient"],
    ["$export", "Group"],
    ["$docref", "DocumentReference"],
    ["batch", "Bundle"],
    ["transaction", "Bundle"],
    ["search-system", "Patient"],
    ["history-system", "Patient"],
  ] as const) {
    test(`${action} is granted by no letter`, () => {
      const { outcome, reasons } = ask(action, type, BROAD);
      assert.equal(outcome, "DENY");
      assert.deepEqual([...new Set(reasons.map(({ code }) => code))], ["SCOPE_DOES_NOT_COVER"]);
    });
  }

  test("an operation is granted by a custom scope that names it, on the type that it names", () => {
    assert.equal(ask("$export", "Group", ["export_group"]).outcome, "ALLOW");
    assert.equal(ask("$export", "Patient", ["export_group"]).outcome, "DENY");
    assert.equal(ask("read", "Group", ["export_group"]).outcome, "DENY");
  });

  test("FHIR's interactions fall under their letters", () => {
    for (const action of ["vread", "history-instance", "patch", "search-type", "history-type", "create", "delete"])
      assert.equal(ask(action, "Patient", BROAD).outcome, "ALLOW", action);
  });
});
