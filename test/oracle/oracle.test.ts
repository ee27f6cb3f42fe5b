import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import { type Filter, filterAmong } from "../../src/domain/decisions/filter.ts";
import type { AccessRequest, Verdict } from "../../src/domain/decisions/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { CONDITIONS, NOW, policies, type Rows, requests, snapshotFrom } from "../support/policies.ts";
import { type Expected, oracle, SAMPLES } from "./oracle.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

/** Whether a resource is one that a search may return. */
function meets(filter: Filter | null, { category, patient }: (typeof SAMPLES)[number]): boolean {
  return (filter?.allOf ?? []).every(({ anyOf }) =>
    anyOf.some((condition) => {
      if (condition.type === "patient") return condition.patient === patient;
      const values = condition.type === "constraint" ? condition.constraint.replace("category=", "").split(",") : [];
      return values.some((value) => category.includes(value));
    }),
  );
}

/** A verdict in the oracle's terms. NO_MATCHING_RULE may name a near miss; which one is not compared. */
function comparable(verdict: Verdict): Expected {
  const reasons = verdict.reasons.map(
    (r) => `${r.code} ${r.scope ?? "-"} ${r.code === "NO_MATCHING_RULE" ? "*" : (r.ruleId ?? "-")}`,
  );
  return {
    outcome: verdict.outcome,
    scope: verdict.scope,
    reasons: [...new Set(reasons)].sort(),
    found:
      verdict.outcome === "ALLOW"
        ? SAMPLES.filter((one) => meets(filterAmong(verdict.obligations), one)).map((one) => JSON.stringify(one))
        : [],
    obligations: [
      ...new Set(
        verdict.obligations.flatMap((o) => (o.type === "filter" ? [] : [JSON.stringify([o.type, o.parameters])])),
      ),
    ].sort(),
  };
}

/** The codes of an answer's reasons, each once. */
const codesOf = ({ reasons }: Expected): readonly string[] => [...new Set(reasons.map((r) => r.split(" ")[0] ?? ""))];

test("decide answers as the naive oracle does: outcome, scope, every reason, obligations", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(
      policies,
      fc.array(requests, { minLength: 4, maxLength: 12 }),
      (rows: Rows, asked: readonly AccessRequest[]) => {
        const snapshot = snapshotFrom(rows);
        for (const request of asked) {
          const decided = decide({ snapshot, engine, now: NOW }, request);
          const verdict = comparable(decided);
          const expected = oracle(rows, CONDITIONS, request, NOW);
          if (decided.reasonCount === undefined) assert.deepEqual(verdict, expected);
          else {
            // A decision keeps sixteen reasons or so, some of every kind, and tells how many there were.
            assert.deepEqual({ ...verdict, reasons: codesOf(verdict) }, { ...expected, reasons: codesOf(expected) });
            assert.deepEqual(
              verdict.reasons.filter((each) => !expected.reasons.includes(each)),
              [],
            );
            assert.ok(decided.reasonCount >= expected.reasons.length && decided.reasonCount > decided.reasons.length);
            seen.set("CAPPED", (seen.get("CAPPED") ?? 0) + 1);
          }
          const constrained = verdict.scope?.includes("?") ? ["CONSTRAINT_MET"] : [];
          if (verdict.reasons.some((r) => /^SCOPE_DOES_NOT_COVER .*\?/.test(r))) constrained.push("CONSTRAINT_UNMET");
          for (const code of [verdict.outcome, ...constrained, ...codesOf(verdict)])
            seen.set(code, (seen.get(code) ?? 0) + 1);
        }
      },
    ),
    { numRuns: 8000 },
  );
  // The generators must reach every branch often, or agreement means little.
  for (const code of [
    "ALLOW",
    "DENY",
    "UNKNOWN_CLIENT",
    "CLIENT_SUSPENDED",
    "NO_SCOPES",
    "UNKNOWN_SCOPE",
    "SCOPE_NOT_ACTIVE",
    "SCOPE_RETIRED",
    "SCOPE_DEPRECATED",
    "SCOPE_NOT_GRANTED",
    "SCOPE_NARROWED",
    "SCOPE_DOES_NOT_COVER",
    "NO_MATCHING_RULE",
    "ALLOWED_BY_RULE",
    "DENIED_BY_RULE",
    "CONSENT_REQUIRED",
    "CONDITION_ERROR",
    "CONSTRAINT_MET",
    "CONSTRAINT_UNMET",
  ]) {
    assert.ok((seen.get(code) ?? 0) > 50, `${code} was reached ${seen.get(code) ?? 0} times`);
  }
});
