import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import type { AccessRequest, GrantRequest, Verdict } from "../../src/domain/decisions/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { NOW, policies, type Rows, requests, snapshotFrom } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const tokenOf = ({ clientId, subject, scopes, purposeOfUse, context }: AccessRequest): GrantRequest => ({
  clientId,
  subject,
  scopes: scopes ?? ["s1", "patient/*.rs", "user/*.rs"],
  heldScopes: [],
  languages: null,
  purposeOfUse,
  context,
  requestId: null,
});

/** A verdict without what it says of other types; those are added to `told`. */
const withoutTypes = (verdict: Verdict, told = new Set<string>()): unknown =>
  JSON.parse(
    JSON.stringify(verdict, (name, value) => {
      if (name !== "holdsAs") return value;
      for (const type of value) told.add(type);
    }),
  );

test("a decision for a subject depends on no assignment of another type, nor of a client, but may say that there are some", () => {
  let mattered = 0;
  let said = 0;
  fc.assert(
    fc.property(policies, fc.array(requests, { minLength: 4, maxLength: 8 }), (rows: Rows, asked) => {
      const snapshot = snapshotFrom(rows);
      for (const request of asked) {
        const type = request.subject?.type ?? null;
        const others = rows.assignments.filter(({ subjectType }) => subjectType !== type);
        const without = snapshotFrom({ ...rows, assignments: rows.assignments.filter((row) => !others.includes(row)) });
        const facts = { engine, now: NOW };
        const told = new Set<string>();
        assert.deepEqual(
          JSON.parse(JSON.stringify(decide({ ...facts, snapshot: without }, request))),
          withoutTypes(decide({ ...facts, snapshot }, request), told),
        );
        const token = tokenOf(request);
        assert.deepEqual(
          JSON.parse(JSON.stringify(decideGrant({ ...facts, snapshot: without }, token))),
          withoutTypes(decideGrant({ ...facts, snapshot }, token), told),
        );
        const own = others.filter(({ subjectId }) => subjectId !== null && subjectId === request.subject?.id);
        for (const each of told) assert.ok(own.some(({ subjectType }) => subjectType === each));
        said += told.size;
        if (others.some(({ subjectId }) => subjectId !== null && subjectId === request.subject?.id)) mattered++;
      }
    }),
    { numRuns: runs(500) },
  );
  assert.ok(said > atLeast(50), `${said} types were told`);
  // Often somebody else of the same id holds roles.
  assert.ok(mattered > atLeast(500), `${mattered} times`);
});
