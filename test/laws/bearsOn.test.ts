import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import type { AccessRequest, DecisionRecord } from "../../src/domain/decisions/types.ts";
import { bearsOn } from "../../src/domain/simulation/replay/bearsOn.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { aimed, NOW, policies, type Rows, requests, snapshotFrom } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const recordOf = (request: AccessRequest) => ({ kind: "ACCESS", request }) as DecisionRecord;

/** One policy, and the same with some rules, grants and clients of another. */
const changes = fc.tuple(policies, policies, fc.nat(), fc.constantFrom("rules", "grants", "clients", "scopes"));
function changed([one, other, at, noun]: readonly [
  Rows,
  Rows,
  number,
  "rules" | "grants" | "clients" | "scopes",
]): Rows {
  const [rows, others] = [one[noun], other[noun]] as [readonly unknown[], readonly unknown[]];
  const left = rows.filter((_, i) => i !== at % Math.max(1, rows.length));
  const more = noun === "rules" ? others.slice(0, 1).map((rule) => ({ ...(rule as object), id: "another" })) : [];
  return { ...one, [noun]: [...left, ...more] } as Rows;
}

test("what a change does not bear on is answered as before: outcome, scope, obligations", () => {
  let [untouched, flipped] = [0, 0];
  fc.assert(
    fc.property(changes, fc.array(requests, { minLength: 8, maxLength: 8 }), (change, asked) => {
      const [from, to] = [snapshotFrom(change[0]), snapshotFrom(changed(change))];
      const bears = bearsOn(from, to);
      for (const [n, one] of asked.entries()) {
        const request = aimed(change[0], one, change[2] + n);
        const [was, is] = [from, to].map((snapshot) => {
          const { obligations, outcome, scope } = decide({ snapshot, engine, now: NOW }, request);
          return { obligations, outcome, scope };
        });
        if (was?.outcome !== is?.outcome) flipped++;
        if (bears(recordOf(request))) continue;
        untouched++;
        assert.deepEqual(is, was, JSON.stringify(request));
      }
    }),
    { numRuns: runs(600) },
  );
  assert.ok(
    untouched > atLeast(500) && flipped > atLeast(3),
    `${untouched} were untouched, ${flipped} flipped: the law was hardly tried`,
  );
});

test("a token is made again for every change of rules, and for its client's", () => {
  const token = { kind: "GRANT", request: { clientId: "c1" } } as unknown as DecisionRecord;
  fc.assert(
    fc.property(changes, (change) => {
      const [from, to] = [snapshotFrom(change[0]), snapshotFrom(changed(change))];
      const request = { clientId: "c1", subject: null, scopes: ["s1", "user/*.rs"], heldScopes: [], languages: null };
      const asked = { ...request, purposeOfUse: null, context: null, requestId: null };
      const [was, is] = [from, to].map((snapshot) => decideGrant({ snapshot, engine, now: NOW }, asked).scope);
      if (!bearsOn(from, to)(token)) assert.equal(is, was);
    }),
    { numRuns: runs(300) },
  );
});
