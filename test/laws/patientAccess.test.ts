import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import { rolesIn } from "../../src/domain/decisions/holds/roles.ts";
import type { PatientAccess, RowAccess } from "../../src/domain/simulation/patientAccess/rows.ts";
import type { WhoCanMatch } from "../../src/domain/simulation/search/whoCan.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { PATIENT, patientRows } from "../support/patientRows.ts";
import { NOW } from "../support/policies.ts";
import { allMatches, everybody, worlds } from "../support/whoCan.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const allRows = (facts: DecideFacts, page: Parameters<typeof patientRows>[1], without: DecideFacts | null = null) =>
  patientRows(facts, page, engine.readCondition, without);

interface Asked {
  readonly action: string;
  readonly type: string;
  readonly organization: string | null;
  readonly purposeOfUse: string | null;
}

/** Whether a row says that a match is possible. */
function covers(row: PatientAccess, match: WhoCanMatch, asked: Asked, held: { has(role: string): boolean }): boolean {
  const { action, organization, purposeOfUse, type } = asked;
  if (row.clientId !== match.clientId || row.asItself !== (match.subjectId === null)) return false;
  if (row.role !== null && !held.has(row.role)) return false;
  if (row.organization !== null && row.organization !== organization) return false;
  return row.reaches.some((reach) => {
    const isOfType =
      reach.resourceTypes.includes(type) || (reach.resourceTypes.includes("*") && !reach.exceptTypes.includes(type));
    const isFor =
      row.purposeOfUse === null
        ? purposeOfUse === null || !reach.exceptPurposes.includes(purposeOfUse)
        : row.purposeOfUse === purposeOfUse;
    // What is allowed without a condition is allowed as it is asked.
    return isOfType && isFor && reach.actions.includes(action);
  });
}

const pages = fc.record({ first: fc.integer({ min: 1, max: 5 }), work: fc.constantFrom(1, 100, 1e9) });
const asked: fc.Arbitrary<Asked> = fc.record({
  action: fc.constantFrom("read", "read", "search", "approve", "create"),
  type: fc.constantFrom("Observation", "Observation", "Condition", "todo", "Patient", "Encounter"),
  organization: fc.constantFrom(null, "o1", "o1", "o2"),
  purposeOfUse: fc.constantFrom(null, "TREAT", "HRESCH", "BTG"),
});

test("patientAccess has a row for everything that whoCan says of the patient's data", async () => {
  let covered = 0;
  await fc.assert(
    fc.asyncProperty(worlds, asked, pages, async (world, question, page) => {
      const facts = { ...world.facts, engine, now: NOW };
      const rows = await allRows(facts, page);
      const { action, organization, purposeOfUse, type } = question;
      const resource = { type, id: type === "Patient" ? PATIENT : "d1", patient: PATIENT, organization };
      const matches = await allMatches(facts, { action, purposeOfUse, resource }, { first: 1000, work: 1e9 });
      for (const match of matches) {
        const subject =
          match.subjectId === null || match.subjectType === null
            ? null
            : { id: match.subjectId, type: match.subjectType, organization: null, roles: null, attributes: null };
        const held = rolesIn(facts, { clientId: match.clientId, subject }, organization);
        // Of a purpose that may be any, some row will do.
        const purposes =
          purposeOfUse === null && match.access === "CONDITIONAL" ? [null, "TREAT", "HRESCH", "BTG"] : [purposeOfUse];
        const isCovered = purposes.some((each) =>
          rows.some((row) => covers(row, match, { ...question, purposeOfUse: each }, held)),
        );
        assert.ok(isCovered, JSON.stringify(match));
        covered++;
      }
    }),
    { numRuns: runs(120) },
  );
  assert.ok(covered > atLeast(40), `only ${covered} were looked for: the law was hardly tried`);
});

test("the same rows come whatever the pages", async () => {
  await fc.assert(
    fc.asyncProperty(worlds, pages, async (world, page) => {
      const facts = { ...world.facts, engine, now: NOW };
      assert.deepEqual(await allRows(facts, page), await allRows(facts, { first: 1e6, work: 1e9 }));
    }),
    { numRuns: runs(60) },
  );
});

test("with a change, each row of either policy is there, saying what it says, page by page", async () => {
  const seen = { rows: 0, changed: 0, apart: 0 };
  const whole = { first: 1e6, work: 1e9 };
  const keyOf = ({ asItself, clientId, organization, purposeOfUse, role }: PatientAccess) =>
    JSON.stringify([clientId, asItself, role, organization, purposeOfUse]);
  const said = ({ access, holders, reaches }: RowAccess) => ({ access, holders, reaches });
  await fc.assert(
    fc.asyncProperty(worlds, worlds, pages, async (one, other, page) => {
      const was = { ...one.facts, engine, now: NOW };
      const is = { ...was, snapshot: other.facts.snapshot };
      const rows = await allRows(is, page, was);
      assert.deepEqual(rows, await allRows(is, whole, was));
      const byKey = new Map(rows.map((row) => [keyOf(row), row]));
      assert.equal(byKey.size, rows.length, "each row once");
      for (const [facts, sideOf] of [
        [is, (row: PatientAccess): RowAccess => row],
        [was, (row: PatientAccess): RowAccess => row.before ?? row],
      ] as const) {
        const alone = new Map((await allRows(facts, whole)).map((row) => [keyOf(row), row]));
        for (const [key, row] of alone) {
          const same = byKey.get(key);
          assert.ok(same !== undefined, key);
          // An organization that only the other policy tells apart is no more among all others.
          if (row.organization !== null) assert.deepEqual(said(sideOf(same)), said(row));
          seen.rows++;
        }
        for (const row of rows) {
          if (row.before !== null) seen.changed++;
          if (sideOf(row).access === "DENY" || alone.has(keyOf(row))) continue;
          // It was told with all others.
          assert.ok(row.organization !== null && alone.has(keyOf({ ...row, organization: null })), keyOf(row));
          seen.apart++;
        }
      }
    }),
    { numRuns: runs(100) },
  );
  assert.ok(seen.rows > atLeast(100) && seen.changed > atLeast(50), JSON.stringify(seen));
});

test("a row tells how many hold its role", async () => {
  let told = 0;
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const facts = { ...world.facts, engine, now: NOW };
      const subjects = [
        ...new Map(
          everybody(world).flatMap(({ subject }) =>
            subject === null ? [] : [[JSON.stringify(subject), subject] as const],
          ),
        ).values(),
      ];
      for (const { holders, organization, role } of await allRows(facts, { first: 1e6, work: 1e9 })) {
        if (holders === null) continue;
        assert.ok(role !== null);
        const holding = subjects.filter((subject) =>
          rolesIn(
            facts,
            { clientId: "-", subject: { ...subject, organization: null, roles: null, attributes: null } },
            organization,
          ).has(role),
        );
        assert.equal(holders, holding.length);
        told++;
      }
    }),
    { numRuns: runs(100) },
  );
  assert.ok(told > atLeast(20), `only ${told} were told`);
});

test("what a row allows without a condition is allowed to whoever holds its role, but for what deny rules say of other roles", async () => {
  let tried = 0;
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const facts = { ...world.facts, engine, now: NOW };
      for (const row of await allRows(facts, { first: 1e6, work: 1e9 })) {
        for (const reach of row.reaches) {
          const [action] = reach.actions;
          const [type] = reach.resourceTypes;
          if (
            reach.access !== "ALLOW" ||
            action === undefined ||
            type === undefined ||
            type === "*" ||
            action.startsWith("$")
          )
            continue;
          const organization = row.organization;
          const resource = { type, id: type === "Patient" ? PATIENT : "d1", patient: PATIENT, organization };
          const context = { patient: PATIENT };
          const matches = await allMatches(
            facts,
            { action, purposeOfUse: row.purposeOfUse, resource, context, clientId: row.clientId },
            { first: 1000, work: 1e9 },
          );
          const found = matches.filter(({ subjectId }) => (subjectId === null) === row.asItself);
          const byRole = row.role === null ? [] : world.rows.rules.filter(({ effect }) => effect === "DENY");
          if (byRole.length > 0 || row.holders === null) continue;
          tried++;
          assert.ok(found.filter(({ access }) => access === "ALLOW").length >= row.holders, JSON.stringify(row));
        }
      }
    }),
    { numRuns: runs(200) },
  );
  assert.ok(tried > atLeast(5), `only ${tried} were tried`);
});
