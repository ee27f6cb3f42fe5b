import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import type { AccessRequest, Verdict } from "../../src/domain/decisions/types.ts";
import { sameIn } from "../../src/domain/policy/members.ts";
import { changeOf, type Snapshot, withChange } from "../../src/domain/policy/snapshot.ts";
import type { Obligation, RowChange, Rule } from "../../src/domain/policy/types.ts";
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

const isRules = ({ type }: Obligation): boolean => type === "log" || type === "mask";
const lacking = (was: Verdict, is: Verdict): readonly Obligation[] =>
  was.obligations.filter(
    (asked) => isRules(asked) && !is.obligations.some((still) => JSON.stringify(still) === JSON.stringify(asked)),
  );
/** The scopes, or the narrower ones, that an answer rests on: who presents these alone is asked for what it asks. */
const restsOn = (is: Verdict): readonly string[] => {
  const narrowed = countedFor(is);
  return narrowed.length > 0
    ? narrowed
    : is.reasons.flatMap(({ code, scope }) => (code === "ALLOWED_BY_RULE" && scope !== null ? [scope] : []));
};

/** Every other rule reaches all that its role may have. */
const mostlyAllowing = (rule: Rule, i: number): Rule =>
  i % 2 === 0 ? { ...rule, scope: "*", action: "*", resourceType: "*", effect: "ALLOW" } : rule;

/** Each rule and assignment gone, each assignment over for some time, and each role without what it inherits. */
function* takingAway({ assignments, roles, rules }: Snapshot): Generator<RowChange> {
  for (const rule of rules.values()) yield changeOf("rule", rule, null);
  for (const role of roles.values())
    if (role.inherits.length > 0) yield changeOf("role", role, { ...role, inherits: [] });
  for (const held of assignments.values())
    for (const row of held.values()) {
      yield changeOf("assignment", row, null);
      yield changeOf("assignment", row, { ...row, validUntil: NOW });
    }
}

test("a change that is told to widen nothing ends no obligation of an access that stays", () => {
  const counted = { ended: 0, silent: 0 };
  fc.assert(
    fc.property(policies, fc.array(requests, { minLength: 3, maxLength: 3 }), (rows, asked) => {
      const snapshot = snapshotFrom({ ...rows, rules: rows.rules.map(mostlyAllowing) });
      const assertable = asked.flatMap(({ subject }) => subject?.roles ?? []);
      const at = (at: Snapshot, request: AccessRequest) => decide({ snapshot: at, engine, now: NOW }, request);
      const verdicts = asked.map((request) => at(snapshot, request));
      for (const change of takingAway(snapshot)) {
        const told = wideningsOf(snapshot, [change], { assertable });
        if (told.length === 0) counted.silent++;
        const after = withChange(snapshot, change);
        for (const [i, request] of asked.entries()) {
          const [was, is] = [verdicts[i], at(after, request)];
          if (is.outcome !== "ALLOW" || was?.outcome !== "ALLOW" || lacking(was, is).length === 0) continue;
          const alone = at(snapshot, { ...request, scopes: restsOn(is) });
          if (alone.outcome === "ALLOW" && lacking(alone, is).length === 0) continue;
          counted.ended++;
          assert.notDeepEqual(told, [], `${JSON.stringify(change)} ends an obligation of ${JSON.stringify(request)}`);
        }
      }
    }),
    { numRuns: runs(1200) },
  );
  assert.ok(counted.ended > atLeast(20), `only ${counted.ended} obligations ended`);
  assert.ok(counted.silent > atLeast(100), `only ${counted.silent} changes were told to widen nothing`);
});

test("a change that is told to widen nothing turns no denial into an allow", () => {
  const [seen, quiet, flips] = [new Map<string, number>(), new Map<string, number>(), { count: 0 }];
  const count = (in_: Map<string, number>, noun: string): void => void in_.set(noun, (in_.get(noun) ?? 0) + 1);
  fc.assert(
    fc.property(policies, policies, fc.array(requests, { minLength: 3, maxLength: 3 }), (rows, others, asked) => {
      const snapshot = snapshotFrom(rows);
      const verdicts = asked.map((request) => decide({ snapshot, engine, now: NOW }, request));
      for (const change of changesBetween(snapshot, snapshotFrom(others)).filter(happens)) {
        const told = wideningsOf(snapshot, [change], engine);
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
          if (wideningsOf(last, [step], engine).length > 0) break;
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
    { numRuns: runs(1500) },
  );
  assert.ok(quiet.changes > atLeast(500) && quiet.conditions > atLeast(50), JSON.stringify(quiet));
});
