import assert from "node:assert/strict";
import { test } from "node:test";
import { dueOf, shortestMs } from "../../../src/domain/audit/retention/due.ts";
import { type HoldTerms, isHeld } from "../../../src/domain/audit/retention/legalHold.ts";
import { applyOperations } from "../../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../../src/domain/policy/snapshot.ts";
import { ERASED_KINDS } from "../../../src/domain/record/kinds.ts";

const DAY = 86_400_000;
const YEAR = 366 * DAY;
const NOW = Date.parse("2026-03-01T00:00:00Z");

function policy(
  settings: Readonly<Record<string, { readonly retentionYears?: number; readonly legalHold?: boolean }>>,
): Snapshot {
  const operations = Object.entries(settings).map(([id, each]) => ({
    putOrganization: { id, settings: each, justification: "a test" },
  }));
  const facts = { now: 0, newId: () => "id", checkCondition: () => null, readCondition: () => NO_TERMS };
  const applied = applyOperations(emptySnapshot(), operations as PolicyOperation[], facts);
  assert.ok(applied.ok, JSON.stringify(applied));
  return applied.snapshot;
}

const act = (at: number, organization: string | null, personal: object = {}) => ({
  record: JSON.stringify({ decidedAt: at, request: { clientId: "app", resource: { organization } } }),
  personal: JSON.stringify(personal),
});
const hold = (more: Partial<HoldTerms>): HoldTerms => ({
  patient: null,
  clientId: null,
  from: null,
  to: null,
  ...more,
});

test("six years unless the organization, or *, says otherwise; to the millisecond", () => {
  const snapshot = policy({ lab: { retentionYears: 10 }, short: { retentionYears: 1 }, "*": { retentionYears: 7 } });
  const facts = { snapshot, holds: [], now: NOW };
  for (const [organization, years] of [
    ["lab", 10],
    ["short", 1],
    ["other", 7],
    [null, 7],
  ] as const) {
    assert.equal(dueOf(act(NOW - years * YEAR, organization), facts).is, "DUE", String(organization));
    assert.equal(dueOf(act(NOW - years * YEAR + 1, organization), facts).is, "LATER", String(organization));
  }
  assert.equal(shortestMs(snapshot), YEAR);
  const unset = emptySnapshot();
  assert.equal(shortestMs(unset), 6 * YEAR);
  assert.equal(dueOf(act(NOW - 6 * YEAR, "x"), { ...facts, snapshot: unset }).is, "DUE");
  assert.equal(dueOf(act(NOW - 6 * YEAR + 1, "x"), { ...facts, snapshot: unset }).is, "LATER");
  assert.equal(dueOf({ record: "{}", personal: "{}" }, facts).is, "LATER", "what does not say when it was stays");
});

test("a decision goes by the organization that only the directory names, and by the stricter where it is not known", () => {
  const snapshot = policy({ lab: { retentionYears: 10, legalHold: true }, short: { retentionYears: 1 } });
  const facts = { snapshot, holds: [], now: NOW };
  const about = (asked: string | null, entity: { readonly id: string; readonly properties?: object }) => ({
    record: JSON.stringify({
      decidedAt: NOW - 6 * YEAR,
      request: { clientId: "app", resource: { organization: asked, type: "Observation" } },
      facts: [
        { kind: "ENTITY", type: "Practitioner", version: 1 },
        { kind: "ENTITY", type: "Observation", version: 1 },
      ],
    }),
    personal: JSON.stringify({
      "request.resource.id": "o-1",
      "facts.0.id": "o-1",
      "facts.0.properties": { organization: "short" },
      "facts.1.id": entity.id,
      ...(entity.properties && { "facts.1.properties": entity.properties }),
    }),
  });
  for (const [asked, entity, is] of [
    [null, { id: "o-1", properties: { organization: "lab" } }, "HELD"],
    ["lab", { id: "o-1", properties: { organization: "lab" } }, "HELD"],
    ["short", { id: "o-1", properties: { organization: "lab" } }, "HELD"],
    ["lab", { id: "o-1", properties: { organization: "short" } }, "HELD"],
    [null, { id: "o-1" }, "HELD"],
    ["short", { id: "o-1" }, "DUE"],
    [null, { id: "o-1", properties: {} }, "DUE"],
    [null, { id: "o-1", properties: { organization: "short" } }, "DUE"],
    [null, { id: "o-2", properties: { organization: "lab" } }, "DUE"],
  ] as const) {
    const due = dueOf(about(asked, entity), { ...facts, now: is === "DUE" ? NOW : NOW + 10 * YEAR });
    assert.equal(due.is, is, JSON.stringify([asked, entity]));
  }
});

test("acts beside decisions go by what holds everywhere", () => {
  const snapshot = policy({ "*": { retentionYears: 8 }, lab: { legalHold: true } });
  const facts = { snapshot, holds: [], now: NOW };
  const audit = (at: number) => ({ record: JSON.stringify({ at, filter: {} }), personal: "{}" });
  assert.equal(dueOf(audit(NOW - 8 * YEAR), facts).is, "DUE");
  assert.equal(dueOf(audit(NOW - 8 * YEAR + 1), facts).is, "LATER");
  assert.equal(dueOf(act(NOW - 50 * YEAR, "lab"), facts).is, "HELD", "the organization keeps all");
});

test("a hold covers whatever meets all that it says, wherever the id stands", () => {
  const made = {
    at: 1_000,
    record: { request: { clientId: "app" } },
    personal: { patients: ["ada"], filter: { patient: "Patient/ben" } },
  };
  const covered = (more: Partial<HoldTerms>) => isHeld(made, [hold(more)]);
  for (const more of [
    { patient: "ada" },
    { patient: "ben" },
    { clientId: "app" },
    { from: 1_000 },
    { to: 1_001 },
    { from: 0, to: 2_000, patient: "ada", clientId: "app" },
  ])
    assert.ok(covered(more), JSON.stringify(more));
  for (const more of [
    { patient: "ad" },
    { patient: "app" },
    { clientId: "ada" },
    { from: 1_001 },
    { to: 1_000 },
    { patient: "ada", clientId: "other" },
    { patient: "ada", to: 1_000 },
  ])
    assert.ok(!covered(more), JSON.stringify(more));
  assert.ok(isHeld(made, [hold({ patient: "nobody" }), hold({ from: 0 })]), "any of several");
  assert.ok(!isHeld(made, []));
});

test("a thousand holds look through an act once", () => {
  let reads = 0;
  const counted = <T extends object>(value: T): T =>
    new Proxy(value, {
      ownKeys(target) {
        reads++;
        return Reflect.ownKeys(target);
      },
    });
  const many = Array.from({ length: 1_000 }, (_, i) => hold({ patient: `p-${i}`, clientId: "app" }));
  const made = {
    at: 0,
    record: counted({ request: counted({ clientId: "app" }) }),
    personal: counted({ patients: ["ada"] }),
  };
  assert.ok(!isHeld(made, many));
  assert.equal(reads, 3);
  assert.ok(isHeld({ ...made, personal: { patients: ["p-999"] } }, many));
});

test("what may be in force still is not erased by its age", () => {
  assert.deepEqual([...ERASED_KINDS].sort(), ["ACCOUNTING_GIVEN", "AUDIT", "CONSENT_READ", "DECISION", "SIMULATION"]);
});
