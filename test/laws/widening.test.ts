import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import type { Verdict } from "../../src/domain/decisions/types.ts";
import { sameIn } from "../../src/domain/policy/members.ts";
import { withChange } from "../../src/domain/policy/snapshot.ts";
import type { RowChange } from "../../src/domain/policy/types.ts";
import { wideningsOf } from "../../src/domain/policy/widening.ts";
import { canMove, type LifecycleStep, stepsFrom } from "../../src/domain/scopes/lifecycle.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, LONG, runs } from "../support/budget.ts";
import { changesBetween, NOW, policies, requests, snapshotFrom } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

/** Whether an operation makes such a change: a scope has a life, and a new client has no grants yet. */
function happens({ noun, before: was, after: is }: RowChange): boolean {
  if (noun === "client") return was !== null;
  if (noun !== "scope") return true;
  if (was === null) return is?.state === "DRAFT";
  if (is === null) return was.state === "DRAFT" || was.state === "RETIRED";
  const leads = (step: LifecycleStep): boolean => {
    const moved = canMove(was.state, step);
    return moved.ok && moved.value === is.state;
  };
  return was.state === "DRAFT" && is.state === "DRAFT"
    ? true
    : stepsFrom(was.state).some(leads) && sameIn("scope", ["content"], [was, is]);
}

/**
 * The narrower scopes that the presented ones counted for. A client could have presented these before: that a grant which ends
 * narrows a token to what a rule allows reaches nothing new.
 */
const countedFor = ({ reasons }: Verdict): readonly string[] =>
  reasons.flatMap((each) => (each.code === "SCOPE_NARROWED" ? each.parameters.to : []));

test("a change that is told to widen nothing turns no denial into an allow", () => {
  const [seen, quiet, flips] = [new Map<string, number>(), new Map<string, number>(), { count: 0 }];
  const count = (in_: Map<string, number>, noun: string): void => void in_.set(noun, (in_.get(noun) ?? 0) + 1);
  fc.assert(
    fc.property(policies, policies, fc.array(requests, { minLength: 3, maxLength: 3 }), (rows, others, asked) => {
      const snapshot = snapshotFrom(rows);
      const verdicts = asked.map((request) => decide({ snapshot, engine, now: NOW }, request));
      for (const change of changesBetween(snapshot, snapshotFrom(others)).filter(happens)) {
        const told = wideningsOf(snapshot, [change], engine.isNarrower);
        count(seen, change.noun);
        if (told.length === 0) count(quiet, change.noun);
        const after = withChange(snapshot, change);
        for (const [i, request] of asked.entries()) {
          const [was, is] = [verdicts[i], decide({ snapshot: after, engine, now: NOW }, request)];
          if (is.outcome !== "ALLOW" || was?.outcome !== "DENY") continue;
          const narrowed = { ...request, scopes: countedFor(is) };
          if (decide({ snapshot, engine, now: NOW }, narrowed).outcome === "ALLOW") continue;
          flips.count++;
          assert.notDeepEqual(told, [], `${JSON.stringify(change)} widens ${JSON.stringify(request)}`);
        }
      }
    }),
    { numRuns: runs(1500) },
  );
  assert.ok(flips.count > atLeast(8), `only ${flips.count} answers were widened`);
  for (const [noun, changes] of seen) {
    const silent = quiet.get(noun) ?? 0;
    assert.ok(
      silent > atLeast(20) && (!LONG || silent < changes),
      `${noun}: ${silent} of ${changes} were told to widen nothing`,
    );
  }
});

test("nor do several of them, one after the other", () => {
  const quiet = { changes: 0, conditions: 0 };
  fc.assert(
    fc.property(policies, policies, fc.array(requests, { minLength: 3, maxLength: 3 }), (rows, others, asked) => {
      const first = snapshotFrom(rows);
      let last = first;
      for (const change of changesBetween(first, snapshotFrom(others)).filter(happens)) {
        // Each rule is tightened before it becomes another.
        const { after: is, before: was, noun } = change;
        const narrower =
          was !== null && noun === "rule" ? { ...was, when: `(${was.when}) && has(resource.labels)` } : null;
        const steps: RowChange[] =
          noun === "rule" && was !== null && narrower !== null && was.when !== null && was.obligations.length === 0
            ? [
                { ...change, noun, before: was, after: narrower },
                { ...change, noun, before: narrower, after: is },
              ]
            : [change];
        for (const step of steps) {
          if (wideningsOf(last, [step], engine.isNarrower).length > 0) break;
          last = withChange(last, step);
          quiet.changes++;
          if (step.after === narrower && narrower?.effect === "ALLOW") quiet.conditions++;
        }
      }
      for (const request of asked) {
        const is = decide({ snapshot: last, engine, now: NOW }, request);
        if (is.outcome !== "ALLOW") continue;
        const outcomes = [request, { ...request, scopes: countedFor(is) }].map(
          (each) => decide({ snapshot: first, engine, now: NOW }, each).outcome,
        );
        assert.ok(outcomes.includes("ALLOW"), JSON.stringify(request));
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(quiet.changes > 500 && quiet.conditions > 50, JSON.stringify(quiet));
});
