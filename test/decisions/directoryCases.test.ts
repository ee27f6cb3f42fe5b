import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { parse } from "yaml";
import { parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { reasonText } from "../../src/domain/decisions/reasonText.ts";
import { type Directory, directoryOf } from "../../src/domain/directory/directory.ts";
import { type PutEntity, readEntities } from "../../src/domain/directory/readEntities.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { compareWithCase, readCases } from "../support/cases.ts";

const FILE = "test/cases/directory.yaml";
const { now, cases } = readCases(FILE);
const { operations, directory: entities } = parse(readFileSync(FILE, "utf8")) as {
  readonly operations: readonly PolicyOperation[];
  readonly directory: readonly PutEntity[];
};

let engine: Engine;
let snapshot: Snapshot;
let directory: Directory;
before(async () => {
  engine = await createEngine();
  const { checkCondition, readCondition } = engine;
  const applied = applyOperations(emptySnapshot(), operations, {
    now,
    newId: () => "r",
    checkCondition,
    readCondition,
  });
  assert.ok(applied.ok, JSON.stringify(applied));
  snapshot = applied.snapshot;
  directory = directoryOf(
    readEntities(entities).map((entity) => ({ ...entity, version: 1 })),
    1,
  );
});

describe("what the directory knows", () => {
  for (const each of cases) {
    test(each.name, () => {
      const parsed = parseAuthorizeInput(each.request, "input");
      assert.ok(parsed.ok, JSON.stringify(parsed));
      const verdict = decide({ snapshot, directory, engine, now: each.now }, parsed.request);
      const reasons = verdict.reasons.map((reason) => ({ ...reason, message: reasonText(reason) }));
      compareWithCase(each, { ...verdict, reasons });
    });
  }

  test("is told in at least 25 cases", () => assert.ok(cases.length >= 25, `${cases.length}`));
});
