import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { parse } from "yaml";
import { parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { parseGrantInput } from "../../src/domain/decisions/granting/grantInput.ts";
import { scopeWords } from "../../src/domain/decisions/granting/scopeWords.ts";
import { printedReason } from "../../src/domain/decisions/reasonText.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { compareWithCase, readCases } from "../support/cases.ts";
import { compareWithGrantCase, readGrantCases } from "../support/grantCases.ts";

const FILE = "test/cases/protocol.yaml";
const { now, cases } = readGrantCases(FILE);
const accesses = readCases(FILE).cases;
const TIMES = new Set(["validFrom", "validUntil", "sunsetAt"]);
const { policy } = parse(readFileSync(FILE, "utf8"), (name, value: unknown) =>
  TIMES.has(String(name)) && typeof value === "string" ? Date.parse(value) : value,
) as { readonly policy: readonly PolicyOperation[] };

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

describe("protocol scopes and tokens", () => {
  for (const item of cases)
    test(item.name, () => {
      const { request } = parseGrantInput(item.request, "request");
      const { details, ...verdict } = decideGrant({ snapshot, engine, now: item.now }, request);
      const scopes = details.scopes.map((each) => ({ ...each, ...scopeWords(snapshot, each, request.languages) }));
      compareWithGrantCase(item, { ...verdict, ...details, scopes, reasons: verdict.reasons.map(printedReason) });
    });
});

describe("tokens that are presented", () => {
  for (const item of accesses)
    test(item.name, () => {
      const parsed = parseAuthorizeInput(item.request, "request");
      assert.ok(parsed.ok);
      const verdict = decide({ snapshot, engine, now: item.now }, parsed.request);
      compareWithCase(item, { ...verdict, reasons: verdict.reasons.map(printedReason) });
    });
});

test("there are 45 cases or more, with names of their own", () => {
  const names = [...cases, ...accesses].map(({ name }) => name);
  assert.ok(names.length >= 45, `${names.length}`);
  assert.equal(new Set(names).size, names.length);
});
