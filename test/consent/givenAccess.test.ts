import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { AskedAccess, KeptAccessRequest } from "../../src/domain/consent/accessRequests/accessRequest.ts";
import { requestAt } from "../../src/domain/consent/accessRequests/accessRequestKind.ts";
import { giving, takingBack } from "../../src/domain/consent/accessRequests/givenAccess.ts";
import { applyOperations, type ChangeFacts } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { type Assignment, holderKey, holdsAt, type Validity } from "../../src/domain/policy/types.ts";
import { decidedBy, keptRequest } from "../support/accessRequests.ts";

/* DESIGN section 10: an approval makes an assignment or grant with an end, and nothing else. */

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;
const facts = (now: number): ChangeFacts => ({
  now,
  newId: () => "id",
  checkCondition: () => null,
  readCondition: () => NO_TERMS,
});
function applied(snapshot: Snapshot, operations: readonly PolicyOperation[], now = 0): Snapshot {
  const result = applyOperations(snapshot, operations, facts(now));
  assert.ok(result.ok, JSON.stringify(result));
  return result.snapshot;
}
const hospital = applied(emptySnapshot(), [
  { putRole: { name: "nurse" } },
  { putOrganization: { id: "ward", settings: { accessRequestMaxMinutes: 120 } } },
]);
const NURSE = { subjectId: "nora", subjectType: "user", role: "nurse" };
const HOLDER = holderKey({ subjectId: "nora", subjectType: "user", clientId: null });
const periodIn = (snapshot: Snapshot, organization = "ward"): Validity | null => {
  const rows: readonly Assignment[] = [...(snapshot.assignments.get(HOLDER)?.values() ?? [])];
  const row = rows.find((of) => of.organization === organization);
  return row === undefined ? null : { validFrom: row.validFrom, validUntil: row.validUntil };
};
const said = ({ validFrom, validUntil }: Validity) => ({
  ...(validFrom === null ? {} : { validFrom }),
  ...(validUntil === null ? {} : { validUntil }),
});
const holding = (period: Validity | null, organization = "ward"): Snapshot =>
  period === null ? hospital : applied(hospital, [{ assignRole: { ...NURSE, organization, ...said(period) } }]);
const asked: AskedAccess = keptRequest("r");
const at = (minutes: number): number => NOW + minutes * MINUTE;

describe("what an approval gives, by what is held already", () => {
  for (const [what, period, given] of [
    ["nothing", null, [0, 120]],
    ["what has ended", { validFrom: at(-60), validUntil: at(0) }, [0, 120]],
    ["what ends earlier goes on for longer", { validFrom: at(-60), validUntil: at(30) }, [-60, 120]],
    ["what never began ends earlier", { validFrom: null, validUntil: at(30) }, [null, 120]],
    ["as long", { validFrom: at(-60), validUntil: at(120) }, /^is held already, until /],
    ["longer", { validFrom: null, validUntil: at(121) }, /^is held already, until /],
    ["for good", { validFrom: null, validUntil: null }, /^is held already, without an end$/],
    ["planned, for good", { validFrom: at(1), validUntil: null }, /^is planned already/],
    ["planned", { validFrom: at(60), validUntil: at(90) }, /^is planned already/],
  ] as const)
    test(what, () => {
      const snapshot = holding(period);
      const result = giving(snapshot, asked, { now: NOW, standing: [] });
      if (given instanceof RegExp) {
        assert.ok(!result.ok && result.member === "role");
        assert.match(result.message, given);
        return;
      }
      assert.ok(result.ok, JSON.stringify(result));
      const [from, until] = given;
      const after = applied(snapshot, [result.operation], NOW);
      assert.deepEqual(periodIn(after), { validFrom: from === null ? null : at(from), validUntil: at(until) });
    });

  test("in all organizations, for as long", () => {
    for (const [until, ok] of [
      [120, false],
      [119, true],
    ] as const) {
      const snapshot = holding({ validFrom: null, validUntil: at(until) }, "*");
      assert.equal(giving(snapshot, asked, { now: NOW, standing: [] }).ok, ok);
    }
  });

  test("of a scope the maximum is that of all organizations", () => {
    const scope = { ...asked, subject: null, role: null, organization: null, clientId: "app", scope: "view" };
    const none = giving(hospital, { ...scope, minutes: 1 }, { now: NOW, standing: [] });
    assert.deepEqual(none, {
      ok: false,
      member: "minutes",
      message: "can't be requested: accessRequestMaxMinutes is not set",
    });
    const all = applied(hospital, [{ putOrganization: { id: "*", settings: { accessRequestMaxMinutes: 7 } } }]);
    assert.equal(giving(all, { ...scope, minutes: 7 }, { now: NOW, standing: [] }).ok, true);
    assert.equal(giving(all, { ...scope, minutes: 8 }, { now: NOW, standing: [] }).ok, false);
  });
});

const minutes = fc.option(fc.integer({ min: -300, max: 300 }), { nil: null });
const periods: fc.Arbitrary<Validity | null> = fc.option(
  fc
    .tuple(minutes, minutes)
    .filter(([from, until]) => until === null || from === null || from < until)
    .map(([from, until]) => ({
      validFrom: from === null ? null : at(from),
      validUntil: until === null ? null : at(until),
    })),
  { nil: null },
);

test("law: whoever held it at a time still does, it is held for the minutes, and after being given back as if never given", () => {
  fc.assert(
    fc.property(
      periods,
      fc.integer({ min: 1, max: 120 }),
      fc.integer({ min: 0, max: 119 }),
      (period, length, later) => {
        const before = holding(period);
        const request: KeptAccessRequest = keptRequest("r", { minutes: length });
        const result = giving(before, request, { now: NOW, standing: [] });
        if (!result.ok) return;
        const after = applied(before, [result.operation], NOW);
        const [was, is] = [periodIn(before), periodIn(after)];
        assert.ok(is !== null && is.validUntil === at(length));
        for (let minute = 0; minute <= 400; minute++) {
          const held = was !== null && holdsAt(was, at(minute));
          assert.equal(holdsAt(is, at(minute)), held || minute < length, `at ${minute}`);
        }
        const then = at(Math.min(later, length - 1));
        const approved = keptRequest("r", {
          ...request,
          state: "APPROVED",
          given: result.given,
          expiresAt: at(length),
          decided: decidedBy("ada", NOW),
        });
        const back = takingBack(after, approved, then);
        assert.ok(back !== null);
        const returned = periodIn(applied(after, [back], then));
        for (let minute = 0; minute <= 400; minute++) {
          if (at(minute) < then) continue;
          const held = was !== null && holdsAt(was, at(minute));
          assert.equal(returned !== null && holdsAt(returned, at(minute)), held, `given back, at ${minute}`);
        }
      },
    ),
  );
});

test("what somebody else made of it since is not taken back", () => {
  const result = giving(hospital, asked, { now: NOW, standing: [] });
  assert.ok(result.ok);
  const approved = keptRequest("r", { state: "APPROVED", given: result.given, decided: decidedBy("ada", NOW) });
  assert.equal(takingBack(hospital, approved, NOW), null);
  assert.equal(takingBack(holding({ validFrom: NOW, validUntil: at(121) }), approved, NOW), null);
  assert.notEqual(takingBack(applied(hospital, [result.operation], NOW), approved, NOW), null);
});

test("a request has expired when its time is over without an answer, and when its access has ended", () => {
  for (const state of ["OPEN", "APPROVED", "REFUSED", "RETURNED"] as const) {
    const runs = state === "OPEN" || state === "APPROVED";
    assert.equal(requestAt(keptRequest("r", { state }), 999).state, state);
    assert.equal(requestAt(keptRequest("r", { state }), 1_000).state, runs ? "EXPIRED" : state);
  }
});
