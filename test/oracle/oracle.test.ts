import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import { filterAmong } from "../../src/domain/decisions/filter.ts";
import type { AccessRequest, Verdict } from "../../src/domain/decisions/types.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";
import type { NewEntity } from "../../src/domain/directory/entity.ts";
import type { FilterCondition } from "../../src/domain/scopes/confinement.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { directories } from "../support/directories.ts";
import { aimed, CONDITIONS, NOW, policies, type Rows, requests, snapshotFrom } from "../support/policies.ts";
import { lettingAlerts, restrictions } from "../support/restrictions.ts";
import { type Expected, oracle } from "./oracle.ts";
import { absorbed } from "./reach.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const conditionText = (condition: FilterCondition): string =>
  condition.type === "constraint"
    ? condition.constraint
    : `${condition.type} ${condition.type === "patient" ? condition.patient : condition.resourceType}`;

const at = (parameters: unknown, member: string): unknown =>
  (parameters as { readonly [name: string]: unknown })[member];

/** What is over all types, an export among them, is left to test/laws/filters.test.ts. */
const isOfOneType = ({ action, resource }: AccessRequest): boolean => resource.type !== "*" && action !== "$export";

/** A verdict in the oracle's terms. NO_MATCHING_RULE may name a near miss; which one is not compared. */
function comparable(verdict: Verdict): Expected {
  const reasons = verdict.reasons.map(
    (r) => `${r.code} ${r.scope ?? "-"} ${r.code === "NO_MATCHING_RULE" ? "*" : (r.ruleId ?? "-")}`,
  );
  return {
    outcome: verdict.outcome,
    scope: verdict.scope,
    reasons: [...new Set(reasons)].sort(),
    filters: absorbed(
      (filterAmong(verdict.obligations)?.allOf ?? []).map(({ anyOf }) =>
        anyOf.map((one) => conditionText(one as FilterCondition)),
      ),
    ),
    obligations: [
      ...new Set(
        verdict.obligations.flatMap((o) =>
          o.type === "filter"
            ? []
            : [o.type === "stepUp" ? `stepUp ${at(o.parameters, "id")}` : JSON.stringify([o.type, o.parameters])],
        ),
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
      fc.array(fc.tuple(requests.filter(isOfOneType), fc.option(fc.nat({ max: 999 }), { nil: null, freq: 2 })), {
        minLength: 4,
        maxLength: 12,
      }),
      directories,
      restrictions,
      (
        drawn: Rows,
        asked: readonly (readonly [AccessRequest, number | null])[],
        known: readonly NewEntity[],
        [lets, imposed],
      ) => {
        const rows = { ...drawn, organizations: lettingAlerts(drawn.organizations, lets) };
        const directory = directoryOf(
          known.map((entity) => ({ ...entity, version: 1 })),
          1,
        );
        const snapshot = snapshotFrom(rows);
        const gathered = { consents: [], restrictions: imposed };
        for (const [any, aim] of asked) {
          const request = aim === null ? any : aimed(rows, any, aim);
          const decided = decide({ snapshot, directory, engine, now: NOW, gathered }, request);
          const verdict = comparable(decided);
          const expected = oracle(rows, CONDITIONS, request, NOW, known, imposed);
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
          // A wide scope counts for the constrained part of it that is granted.
          const isPart = decided.reasons.some(
            (r) => r.code === "SCOPE_NARROWED" && r.parameters.to.join().includes("?"),
          );
          const constrained = verdict.scope?.includes("?") || isPart ? ["CONSTRAINT_MET"] : [];
          if (verdict.reasons.some((r) => /^SCOPE_DOES_NOT_COVER .*\?/.test(r))) constrained.push("CONSTRAINT_UNMET");
          const filters = ["patient", "category"].filter((type) => verdict.filters.join().includes(type));
          const steppedUp = verdict.obligations.some((each) => each.startsWith("stepUp")) ? ["stepUp"] : [];
          const allowed = verdict.outcome === "ALLOW" ? `${request.action} ${request.resource.type}` : "";
          for (const code of [verdict.outcome, ...constrained, ...codesOf(verdict), ...filters, ...steppedUp, allowed])
            seen.set(code, (seen.get(code) ?? 0) + 1);
        }
      },
    ),
    { numRuns: runs(10_000) },
  );
  // The generators must reach every branch often, or agreement means little.
  for (const code of [
    "ALLOW",
    "DENY",
    "UNKNOWN_CLIENT",
    "CLIENT_SUSPENDED",
    "SUSPENDED_FOR_REVIEW",
    "FACTS_DISAGREE",
    "FACTS_REPLACED",
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
    "CONSTRAINT_UNMET",
  ]) {
    assert.ok((seen.get(code) ?? 0) > atLeast(50), `${code} was reached ${seen.get(code) ?? 0} times`);
  }
  // What is rarer: other tests have many, of constraints test/scopes/compare, of filters test/laws/filters.test.ts.
  for (const kind of ["CONSTRAINT_MET", "category", "patient", "stepUp"])
    assert.ok((seen.get(kind) ?? 0) > atLeast(3), `${kind} was reached ${seen.get(kind) ?? 0} times`);
});
