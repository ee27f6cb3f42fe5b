import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { NO_TURNS } from "../../src/domain/kernel/turns.ts";
import type { Purpose } from "../../src/domain/scopes/purposes.ts";
import { type PersonWhoReaches, patientPeople } from "../../src/domain/simulation/patientAccess/people.ts";
import type { PatientAccess, PatientReach } from "../../src/domain/simulation/patientAccess/rows.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { PATIENT, patientRows } from "../support/patientRows.ts";
import { NOW } from "../support/policies.ts";
import { type Asker, completions, everybody, requestOf, type World, worlds } from "../support/whoCan.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const ALL = { clientId: null, role: null, resourceType: null, action: null };
const WHOLE = { first: 1e6, work: 1e9 };

async function people(
  facts: DecideFacts,
  asked: Parameters<typeof patientPeople>[1],
  { first, work }: { readonly first: number; readonly work: number },
): Promise<PersonWhoReaches[]> {
  const found: PersonWhoReaches[] = [];
  const deps = { facts, isPast: false, breathe: () => Promise.resolve(), turns: NO_TURNS };
  for (let place: Awaited<ReturnType<typeof patientPeople>>["next"] = null; ; ) {
    const page = await patientPeople(deps, asked, { first, place, work });
    assert.ok(page.people.length <= first);
    found.push(...page.people);
    if (page.next === null) return found;
    place = page.next;
  }
}

/** Of what the types of a reach are: some that `*` stands for, too. */
const typesOf = ({ exceptTypes, resourceTypes }: PatientReach): readonly string[] =>
  resourceTypes.flatMap((type) =>
    type === "*" ? ["Account", "Observation", "Encounter"].filter((each) => !exceptTypes.includes(each)) : [type],
  );

/** Whether a scope is used with a patient in context. */
const isForOne = (world: World, scope: string): boolean =>
  scope.startsWith("patient/") ||
  world.rows.scopes.some(({ atoms, name }) => name === scope && atoms.some(({ context }) => context === "PATIENT"));

/** Every request that says no more than the rows of a role. */
function* requestsOf(
  world: World,
  rows: readonly PatientAccess[],
  { asker, role }: { readonly asker: Asker; readonly role: string | null },
): Generator<AccessRequest> {
  const nothing = { attributes: null, ipAddress: null, region: null, tokenId: null, userAgent: null };
  for (const row of rows) {
    if (row.asItself || row.role !== role || row.clientId !== asker.clientId) continue;
    for (const reach of row.reaches) {
      if (!reach.ofPatients) continue;
      for (const patient of isForOne(world, reach.scope) ? [null, PATIENT] : [null])
        for (const type of typesOf(reach))
          for (const action of reach.actions) {
            if (action.startsWith("$")) continue;
            const resource = {
              ...{ type, id: type === "Patient" ? PATIENT : null, patient: PATIENT, patients: null },
              ...{ organization: row.organization, labels: null, attributes: null },
            };
            const more = { purposeOfUse: row.purposeOfUse as Purpose | null, requestId: null, scopes: [reach.scope] };
            const context = patient === null ? null : { ...nothing, patient };
            yield requestOf({ ...more, clientId: "-", subject: null, action, resource, context }, asker);
          }
    }
  }
}

test("a row opens to exactly the people whom decide lets reach the patient's data by a rule for its role", async () => {
  const seen = { ALLOW: 0, CONDITIONAL: 0, nobody: 0 };
  const page = fc.record({ first: fc.integer({ min: 1, max: 4 }), work: fc.constantFrom(1, 200, 1e9) });
  await fc.assert(
    fc.asyncProperty(worlds, page, async (world, pages) => {
      const facts = { ...world.facts, engine, now: NOW };
      const rows = await patientRows(facts, WHOLE, engine.readCondition);
      const byRule = (request: AccessRequest, role: string | null): boolean => {
        const { outcome, reasons } = decide(facts, request);
        const rules = reasons.flatMap(({ code, ruleId }) => (code === "ALLOWED_BY_RULE" ? [ruleId ?? ""] : []));
        return outcome === "ALLOW" && rules.some((id) => facts.snapshot.rules.get(id)?.role === (role ?? "*"));
      };
      const isPossible = (request: AccessRequest, role: string | null): boolean => {
        for (const more of completions(request)) if (byRule(more, role)) return true;
        return false;
      };
      const found = await people(facts, { patient: PATIENT, rows, filter: ALL }, pages);
      assert.deepEqual(found, await people(facts, { patient: PATIENT, rows, filter: ALL }, WHOLE), "page by page");
      const byName = new Map(
        found.map(({ by, subjectId, subjectType }) => [
          `${subjectType} ${subjectId}`,
          new Map(by.map(({ access, role }) => [role, access])),
        ]),
      );
      assert.equal(byName.size, found.length, "each once");
      const askers = everybody(world).filter(({ subject }) => subject !== null);
      for (const role of new Set(rows.flatMap((row) => (row.asItself ? [] : [row.role]))))
        for (const name of new Set(askers.map(({ subject }) => `${subject?.type} ${subject?.id}`))) {
          const all = askers
            .filter(({ subject }) => `${subject?.type} ${subject?.id}` === name)
            .flatMap((asker) => [...requestsOf(world, rows, { asker, role })]);
          const access = all.some((request) => byRule(request, role))
            ? "ALLOW"
            : all.some((request) => isPossible(request, role))
              ? "CONDITIONAL"
              : undefined;
          assert.equal(byName.get(name)?.get(role), access, `${name} by ${role}`);
          seen[access ?? "nobody"]++;
        }
    }),
    { numRuns: runs(40) },
  );
  assert.ok(
    seen.ALLOW > atLeast(40) && seen.CONDITIONAL > atLeast(40) && seen.nobody > atLeast(100),
    JSON.stringify(seen),
  );
});
