import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { parse } from "yaml";
import { type AuthorizeInput, parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { printedReason } from "../../src/domain/decisions/reasonText.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation, PutScope } from "../../src/domain/policy/operations.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import type { FhirVersion } from "../../src/domain/scopes/fhir.ts";
import { looksLikeSmart } from "../../src/domain/scopes/smart.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { compareWithCase } from "../support/cases.ts";
import { LABELLED } from "../support/labelled.ts";

interface FhirCase {
  readonly name: string;
  readonly fhir?: FhirVersion;
  readonly scopes: readonly string[];
  /** False: they are presented only, as what no policy would take. */
  readonly granted?: boolean;
  readonly action: string;
  readonly resource: AuthorizeInput["resource"];
  readonly expect: "ALLOW" | "DENY";
  readonly reasons?: readonly string[];
  readonly message?: string;
}
const { policy, cases } = parse(readFileSync("test/cases/fhir.yaml", "utf8")) as {
  readonly policy: { readonly custom: readonly PutScope[] };
  readonly cases: readonly FhirCase[];
};
const NOW = Date.parse("2026-11-24T12:00:00Z");

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

/** A client that is granted the scopes, whoever uses it being allowed all of them; null where that is no policy. */
function snapshotFor({ scopes, granted = true }: FhirCase, fhirVersion: FhirVersion) {
  const operations: PolicyOperation[] = [
    LABELLED,
    { putClient: { id: "app", name: "App" } },
    { putRole: { name: "user" } },
    { assignRole: { subjectId: "ada", role: "user", organization: "*" } },
    {
      putRule: {
        id: "all",
        role: "user",
        scope: "*",
        action: "*",
        resourceType: "*",
        effect: "ALLOW",
        justification: "for the cases",
      },
    },
    ...policy.custom.flatMap((scope): PolicyOperation[] => [
      { putScope: scope },
      { activateScope: { name: scope.name } },
    ]),
    ...(granted ? scopes : []).map((scope): PolicyOperation => ({ grantScope: { clientId: "app", scope } })),
  ];
  const { checkCondition, readCondition } = engine;
  return applyOperations(emptySnapshot(), operations, {
    now: NOW,
    newId: () => "id",
    checkCondition,
    readCondition,
    fhirVersion,
  });
}

for (const item of cases) {
  test(item.name, () => {
    const {
      expect: outcome,
      fhir: fhirVersion = "R4",
      message,
      reasons = ["ALLOWED_BY_RULE"],
      scopes,
      action,
      resource,
    } = item;
    const request = { clientId: "app", subject: { id: "ada" }, scopes, action, resource };
    const parsed = parseAuthorizeInput(request, "input");
    assert.ok(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.problems));
    const applied = snapshotFor(item, fhirVersion);
    // What is no scope is not granted either: the same words say so.
    const isUnknown = reasons.includes("UNKNOWN_SCOPE");
    assert.equal(applied.ok, !isUnknown || item.granted === false, applied.ok ? "" : JSON.stringify(applied.problems));
    const [problem] = applied.ok ? [] : applied.problems;
    if (problem !== undefined && message !== undefined) assert.ok(problem.message.includes(message), problem.message);
    const held = applied.ok ? applied : snapshotFor({ ...item, granted: false }, fhirVersion);
    assert.ok(held.ok);
    const verdict = decide({ snapshot: held.snapshot, engine, now: NOW, fhirVersion }, parsed.request);
    // Of a search that names no patient each patient is asked for.
    const obligations = verdict.obligations.filter(({ type }) => type !== "askEachPatient");
    const expect = { outcome, reasons, ...(message === undefined ? {} : { message }) };
    const printed = verdict.reasons.map(printedReason);
    compareWithCase({ name: item.name, now: NOW, request, expect }, { ...verdict, obligations, reasons: printed });
  });
}

test("has at least 60 cases, each of a name of its own, on every version and both kinds of scope", () => {
  assert.ok(cases.length >= 60);
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
  assert.equal(new Set(cases.map(({ fhir }) => fhir ?? "R4")).size, 5);
  assert.ok(cases.some(({ scopes }) => scopes.some((scope) => !looksLikeSmart(scope))));
});
