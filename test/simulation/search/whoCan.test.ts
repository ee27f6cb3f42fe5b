import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { DecideFacts } from "../../../src/domain/decisions/facts.ts";
import { DEFAULT_INPUT_LIMITS } from "../../../src/domain/decisions/inputReader.ts";
import type { JsonObject } from "../../../src/domain/decisions/types.ts";
import type { PolicyOperation } from "../../../src/domain/policy/operations.ts";
import { emptySnapshot, rowsOf, type Snapshot, snapshotOf } from "../../../src/domain/policy/snapshot.ts";
import { patientAccess } from "../../../src/domain/simulation/patientAccess/patientAccess.ts";
import { readWhoCan, whoCan } from "../../../src/domain/simulation/search/whoCan.ts";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import { changed } from "../../authzen/support.ts";
import { NOW } from "../../support/policies.ts";

const MANY = 100_000;
const POLICY: readonly PolicyOperation[] = [
  { putClient: { id: "ehr", name: "The EHR" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
  { activateScope: { name: "view_labs" } },
  { grantScope: { clientId: "ehr", scope: "view_labs" } },
  { putRole: { name: "staff" } },
  { putRole: { name: "nurse", inherits: ["staff"] } },
  { putRole: { name: "cook" } },
  ...[
    { id: "labs", role: "staff", when: 'purposeOfUse == "TREAT"', effect: "ALLOW" as const },
    { id: "none-of-these", role: "cook", when: "subject.id == 'nobody'", effect: "ALLOW" as const },
  ].map((rule) => ({ putRule: { scope: "view_labs", action: "read", resourceType: "Observation", ...rule } })),
];

let engine: Engine;
const snapshots = new Map<string, Snapshot>();
before(async () => {
  engine = await createEngine();
  const policy = [...rowsOf(changed(emptySnapshot(), POLICY))];
  for (const role of ["nurse", "cook"]) {
    const held = Array.from({ length: MANY }, (_, i) => ({
      noun: "assignment" as const,
      row: {
        subjectId: `u${String(i).padStart(6, "0")}`,
        subjectType: "user",
        clientId: null,
        role,
        organization: "*",
        validFrom: null,
        validUntil: null,
      },
    }));
    snapshots.set(role, snapshotOf([...policy, ...held], 1));
  }
});

/** What the engine is asked, and how much is done without a break. */
function watched(role: string) {
  const snapshot = snapshots.get(role);
  assert.ok(snapshot);
  const seen = { evaluate: 0, partial: 0, longest: 0, breaths: 0 };
  const facts: DecideFacts = {
    snapshot,
    now: NOW,
    engine: {
      ...engine,
      evaluate(query) {
        seen.evaluate++;
        return engine.evaluate(query);
      },
      evaluatePartial(query) {
        seen.partial++;
        return engine.evaluatePartial(query);
      },
    },
  };
  const turns = {
    take(work: number) {
      seen.longest = Math.max(seen.longest, work);
      return null;
    },
  };
  const breathe = () => Promise.resolve(void seen.breaths++);
  return { deps: { facts, isPast: false, breathe, turns }, seen };
}
const question = (purposeOfUse: string | null) =>
  readWhoCan(
    { action: "read", resource: { type: "Observation", id: "o1", organization: "north" }, purposeOfUse },
    DEFAULT_INPUT_LIMITS,
  );
const narrowed = { clientId: null, subjectType: null };

test("a role that a hundred thousand hold is decided once a page, and the page is as long as was asked", async () => {
  const { deps, seen } = watched("nurse");
  const page = await whoCan(deps, question("TREAT"), { first: 200, place: null, narrowed });
  assert.equal(page.matches.length, 200);
  assert.deepEqual(page.matches[0]?.roles, ["nurse", "staff"]);
  assert.deepEqual(page.next, { clientId: "ehr", subject: { type: "user", id: "u000199" } });
  assert.ok(seen.evaluate <= 3 && seen.partial <= 3, JSON.stringify(seen));
  const conditional = await whoCan(deps, question(null), { first: 200, place: page.next, narrowed });
  assert.deepEqual(conditional.matches[0]?.subjectId, "u000200");
  assert.ok(conditional.matches.every(({ access }) => access === "CONDITIONAL"));
  assert.ok(seen.evaluate <= 6 && seen.partial <= 12, JSON.stringify(seen));
});

test("where each must be looked at, a page does so much work and no more, without a long piece, and the walk comes to its end", async () => {
  const { deps, seen } = watched("cook");
  let looked = 0;
  let place: Awaited<ReturnType<typeof whoCan>>["next"] = null;
  for (let pages = 0; pages < 3; pages++) {
    seen.evaluate = seen.partial = 0;
    const page: Awaited<ReturnType<typeof whoCan>> = await whoCan(deps, question("TREAT"), {
      first: 200,
      place,
      narrowed,
    });
    assert.deepEqual(page.matches, []);
    assert.ok(page.next?.subject, "there are more");
    // Of each it is asked once what decides, and once what could.
    assert.ok(seen.evaluate > 50 && seen.evaluate + 64 * seen.partial < 12_000, JSON.stringify(seen));
    const at = Number(page.next.subject.id.slice(1));
    assert.ok(at > looked);
    looked = at;
    place = page.next;
  }
  assert.ok(seen.longest < 400, JSON.stringify(seen));
  const last = { clientId: "ehr", subject: { type: "user", id: `u${MANY - 3}` } };
  assert.equal((await whoCan(deps, question("TREAT"), { first: 200, place: last, narrowed })).next, null);
});

test("who could see a patient's data is one row for all of them, counted once with breaks", async () => {
  const { deps, seen } = watched("nurse");
  const ask = () => patientAccess({ ...deps, readCondition: engine.readCondition }, "ada", { first: 200, place: null });
  const { next, rows } = await ask();
  assert.equal(next, null);
  assert.deepEqual(
    rows.map(({ access: { access, clientId, holders, organization, purposeOfUse, role } }) => [
      clientId,
      role,
      organization,
      purposeOfUse,
      holders,
      access,
    ]),
    [["ehr", "staff", null, "TREAT", MANY, "ALLOW"]],
  );
  assert.ok(seen.breaths > MANY / 300, JSON.stringify(seen));
  seen.breaths = 0;
  await ask();
  assert.ok(seen.breaths < 100, "what was counted is kept");
});

test("a value that does not tell whether a constraint is met is no chance: it stays, whatever else is said", async () => {
  const constrained = changed(emptySnapshot(), [
    { putClient: { id: "ehr", name: "The EHR" } },
    {
      putScope: {
        name: "low_values",
        atoms: [{ resourceType: "Observation", actions: ["read"], constraint: "value-quantity=le5|u|mg" }],
      },
    },
    { activateScope: { name: "low_values" } },
    { grantScope: { clientId: "ehr", scope: "low_values" } },
    {
      putRule: {
        id: "all",
        role: "*",
        scope: "low_values",
        action: "read",
        resourceType: "*",
        effect: "ALLOW",
        justification: "A test",
      },
    },
  ]);
  const facts: DecideFacts = { snapshot: constrained, now: NOW, engine };
  const deps = { facts, isPast: false, breathe: () => Promise.resolve(), turns: { take: () => null } };
  const accessWith = async (attributes: JsonObject) => {
    const resource = { type: "Observation", id: "o1", attributes };
    const asked = readWhoCan({ action: "read", resource }, DEFAULT_INPUT_LIMITS);
    const { matches } = await whoCan(deps, asked, { first: 10, place: null, narrowed });
    return matches.map(({ access, clientId }) => `${clientId} ${access}`);
  };
  assert.deepEqual(await accessWith({}), ["ehr CONDITIONAL"]);
  assert.deepEqual(await accessWith({ "value-quantity": "4|u|mg" }), ["ehr ALLOW"]);
  assert.deepEqual(await accessWith({ "value-quantity": "many" }), []);
});
