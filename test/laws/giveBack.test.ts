import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { sameRow } from "../../src/domain/policy/members.ts";
import { rowAt, withChange } from "../../src/domain/policy/snapshot.ts";
import type { RowChange } from "../../src/domain/policy/types.ts";
import { wideningsOf } from "../../src/domain/policy/widening.ts";
import { givingBack } from "../../src/domain/simulation/proposals/giveBack.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { changesBetween, NOW, policies, snapshotFrom } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

/** Lists of names are kept in order; generated rows have them in any. */
const inOrder = <Row extends object>(row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, isNames(value) ? value.toSorted() : value]),
  ) as Row;

test("what a change took away is given back as it was, by operations that anybody may send", () => {
  const [given, kept] = [new Map<string, number>(), { count: 0 }];
  fc.assert(
    fc.property(policies, policies, (rows, others) => {
      const was = snapshotFrom(rows);
      const facts = {
        now: NOW,
        newId: () => "never",
        checkCondition: engine.checkCondition,
        readCondition: engine.readCondition,
      };
      for (const change of changesBetween(was, snapshotFrom(others))) {
        const is = withChange(was, change);
        const operations = givingBack(is, [change]);
        const back = { ...change, before: change.after, after: change.before } as RowChange;
        const narrowed = wideningsOf(is, [back]).length > 0;
        assert.equal(operations.length, narrowed && change.noun !== "scope" ? 1 : 0, JSON.stringify(change));
        // Where somebody has changed it since, it is theirs.
        assert.deepEqual(givingBack(was, [change]), []);
        if (operations.length === 0) continue;
        const applied = applyOperations(is, operations, facts);
        // Refused for what the generated policy lacks elsewhere, as a role that is not there.
        if (!applied.ok) {
          kept.count++;
          continue;
        }
        const now = rowAt(applied.snapshot, change.noun, change.key);
        const same =
          now === null || change.before === null
            ? now === change.before
            : sameRow(inOrder(now), inOrder(change.before));
        assert.ok(same, JSON.stringify([change, operations, now]));
        given.set(change.noun, (given.get(change.noun) ?? 0) + 1);
      }
    }),
    { numRuns: runs(200) },
  );
  for (const noun of ["client", "grant", "role", "assignment", "rule", "organization"])
    assert.ok(
      (given.get(noun) ?? 0) > atLeast(5),
      `${noun}: ${given.get(noun)} were given back; ${kept.count} refused`,
    );
});
