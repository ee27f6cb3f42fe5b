import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { AccessRecord } from "../../../src/domain/decisions/types.ts";
import { scopeSavings } from "../../../src/domain/monitoring/reviews/scopeSavings.ts";
import { applyOperations } from "../../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../../src/domain/policy/operations.ts";
import { emptySnapshot } from "../../../src/domain/policy/snapshot.ts";
import { DAY_MS } from "../../../src/domain/policy/use.ts";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import { accessRequest, allowedRecord, NO_VERSIONS } from "../../support/records.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const changeFacts = { now: NOW, newId: () => "id", checkCondition: () => null, readCondition: () => NO_TERMS };
const MIA = { id: "mia", type: "user", organization: null, roles: null, attributes: null };
let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const scope = (name: string): readonly PolicyOperation[] => [
  { putScope: { name, atoms: [{ resourceType: "Observation", actions: ["read", "search"] }] } },
  { activateScope: { name } },
];

/** What is told where the client `app` has these grants for so many days, and was allowed this. */
async function savings(
  grants: readonly string[],
  { asOf = NOW, days = 90, used = [] as readonly (readonly [scope: string, type: string])[] } = {},
) {
  const operations: PolicyOperation[] = [
    { putClient: { id: "app", name: "App" } },
    ...scope("view_labs"),
    ...scope("view_nothing"),
    ...grants.map((each) => ({ grantScope: { clientId: "app", scope: each } })),
    {
      putRule: {
        ...{ id: "all", effect: "ALLOW", role: "*", scope: "*", action: "*", resourceType: "*" },
        justification: "This policy is for a test.",
      },
    },
  ];
  const applied = applyOperations(emptySnapshot(), operations, changeFacts);
  assert.ok(applied.ok, JSON.stringify(applied));
  const records: AccessRecord[] = used.map(([name, type]) =>
    allowedRecord(accessRequest({ subject: MIA, scopes: [name], resource: { type } }), name, NOW - DAY_MS),
  );
  const origin = { revision: 1, author: "ada", reason: "r", committedAt: NOW - days * DAY_MS, changeCount: 1 };
  const found = await scopeSavings(
    {
      reader: {
        origins: async ({ keys }) => new Map(keys.map((key) => [key, origin])),
        usesOfHolders: async () => [],
      },
      usage: {
        ofScope: async () => ({ asOf, uses: [] }),
        ofClients: async () => ({
          asOf,
          uses: used.map(([name]) => ({ clientId: "app", scope: name, uses: 1, lastUsedAt: NOW - DAY_MS })),
        }),
        allowed: async () => ({ asOf, records }),
        patients: async () => null,
      },
      facts: () => ({ snapshot: applied.snapshot, engine, now: NOW }),
      changeFacts: () => changeFacts,
      ...NO_VERSIONS,
      oldestDecision: async () => NOW - 200 * DAY_MS,
      breathe: async () => undefined,
    },
    { clientId: null, days: 90, now: NOW },
  );
  assert.deepEqual([found.complete, found.asOf], [true, asOf]);
  return found.savings.map((each) => [each.scope, each.why, each.saves, ...each.instead]);
}

const NOBODY = ["view_nothing", "NOT_GRANTED", 0];

test("what is not used at all saves all its pairs, what is broader than its use the difference, and most stands first", async () => {
  const used = [["user/Observation.rs", "Observation"]] as const;
  assert.deepEqual(await savings(["user/Observation.rs", "user/Condition.cud", "view_labs"], { used }), [
    ["user/Condition.cud", "UNUSED", 3],
    ["view_labs", "UNUSED", 2],
    ["user/Observation.rs", "BROADER_THAN_USED", 1, "user/Observation.r"],
    NOBODY,
  ]);
});

test("what was there for less than the window is not called unused", async () => {
  assert.deepEqual(await savings(["user/Condition.cud", "view_labs"], { days: 89 }), [NOBODY]);
});

test("while what is counted is days behind nothing is called unused; seconds are no days", async () => {
  assert.deepEqual(await savings(["user/Condition.cud", "view_labs"], { asOf: NOW - DAY_MS }), [NOBODY]);
  assert.equal((await savings(["user/Condition.cud"], { asOf: NOW - 5_000 })).length, 3);
});

test("what another scope of the client permits too overlaps; of two that say the same one stays", async () => {
  const used = [
    ["user/Observation.r", "Observation"],
    ["user/Observation.read", "Observation"],
    ["user/Observation.rs", "Observation"],
  ] as const;
  const found = await savings(["user/Observation.r", "user/Observation.read", "user/Observation.rs"], { used });
  const overlapping = found.filter(([, why]) => why === "OVERLAPPING").map(([name]) => name);
  assert.ok(overlapping.includes("user/Observation.r"), JSON.stringify(found));
  assert.ok(!(overlapping.includes("user/Observation.read") && overlapping.includes("user/Observation.rs")));
});

test("a scope for all types counts as many as FHIR has", async () => {
  const [[, , saves] = []] = await savings(["user/*.r"]);
  assert.ok(Number(saves) > 100, String(saves));
});
