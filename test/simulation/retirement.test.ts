import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { UsageReader } from "../../src/domain/audit/usage.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { retirementPreview } from "../../src/domain/simulation/retirement.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { accessRequest, allowedRecord } from "../support/records.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const changeFacts = { now: NOW, newId: () => "id", checkCondition: () => null, readCondition: () => NO_TERMS };
let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const scope = (name: string, ...actions: readonly string[]): PolicyOperation[] => [
  { putScope: { name, atoms: [{ resourceType: "Observation", actions }], justification: "test" } },
  { activateScope: { name } },
];
const grant = (clientId: string, name: string): PolicyOperation => ({ grantScope: { clientId, scope: name } });
const POLICY: PolicyOperation[] = [
  ...["app", "other"].map((id) => ({ putClient: { id, name: `The ${id}` } })),
  ...scope("old", "read", "search"),
  ...scope("new", "read"),
  ...scope("wide", "read", "search"),
  grant("app", "old"),
  grant("other", "old"),
  grant("other", "wide"),
  {
    putRule: {
      id: "r",
      effect: "ALLOW",
      justification: "This policy is for a test.",
      role: "*",
      scope: "*",
      action: "*",
      resourceType: "*",
    },
  },
];

function policy(...more: readonly PolicyOperation[]): Snapshot {
  const applied = applyOperations(emptySnapshot(), [...POLICY, ...more], changeFacts);
  assert.ok(applied.ok, JSON.stringify(applied));
  return applied.snapshot;
}

function journal(records: readonly AccessRecord[]): UsageReader {
  const clients = [...new Set(records.map(({ request }) => request.clientId))].sort();
  const of = (clientId: string) => records.filter(({ request }) => request.clientId === clientId);
  return {
    ofScope: async () => ({
      asOf: NOW,
      uses: clients.map((clientId) => ({
        clientId,
        uses: of(clientId).length,
        lastUsedAt: Math.max(...of(clientId).map(({ decidedAt }) => decidedAt)),
      })),
    }),
    ofClients: async () => ({ asOf: NOW, uses: [] }),
    allowed: async ({ clientId, first }) => ({ asOf: NOW, records: of(clientId).slice(0, first) }),
    patients: async () => null,
  };
}

const preview = (snapshot: Snapshot, records: readonly AccessRecord[], version: number | null = null) =>
  retirementPreview(
    {
      hypothesis: { facts: { snapshot, engine, now: NOW }, changeFacts },
      usage: journal(records),
      breathe: () => Promise.resolve(),
      versions: {
        directory: { version: async () => null },
        consents: { versions: async () => [] },
        breakGlasses: { versions: async () => [] },
        restrictions: { versions: async () => [] },
      },
    },
    { name: "old", version, since: NOW - 1000, mayIdentify: true },
  );
const used = (clientId: string, action = "read", scopes: readonly string[] | null = ["old"]) =>
  allowedRecord(accessRequest({ clientId, action, scopes }), "old", NOW - 5);

describe("the preview of a retirement", () => {
  test("tells who would break, and who has another scope at hand", async () => {
    const found = await preview(policy(), [
      used("app"),
      used("app", "search"),
      used("other"),
      used("other", "read", null),
    ]);
    assert.deepEqual([found.version, found.checked, found.wouldBreak, found.complete], [1, 4, 3, true]);
    const [app, other] = found.clients;
    assert.deepEqual([app?.clientId, app?.wouldBreak, app?.unanswered, app?.useInstead], ["app", 2, 2, []]);
    // Without scopes in the request, `wide` is presented anyhow, and nothing breaks.
    assert.deepEqual([other?.clientId, other?.checked, other?.wouldBreak, other?.unanswered], ["other", 2, 1, 0]);
    assert.deepEqual(other?.useInstead, [{ scope: "wide", successor: false, granted: true, covers: 1 }]);
  });

  test("counts the people who would be refused, each once, and a client that acts as itself as nobody", async () => {
    const by = (id: string, clientId = "app") => {
      const record = used(clientId);
      const subject = { id, type: "user", organization: null, roles: null, attributes: null };
      return { ...record, request: { ...record.request, subject } };
    };
    const found = await preview(policy(), [by("ann"), by("ann"), by("bo"), used("app"), by("ann", "other")]);
    assert.deepEqual([found.people, found.clients.map(({ people }) => people)], [2, [2, 1]]);
  });

  test("names the successor first, granted or not, with what it covers, and then what covers the rest", async () => {
    const announced = { deprecateScope: { name: "old", sunsetAt: NOW + 1000, replacedBy: "new" } };
    const found = await preview(policy(announced), [used("other"), used("other", "search"), used("app")]);
    const [other, app] = found.clients;
    assert.deepEqual(other?.useInstead, [
      { scope: "new", successor: true, granted: false, covers: 1 },
      { scope: "wide", successor: false, granted: true, covers: 2 },
    ]);
    assert.deepEqual(app?.useInstead, [{ scope: "new", successor: true, granted: false, covers: 1 }]);
    assert.equal(app?.unanswered, 0);
  });

  test("follows successors that have ended themselves", async () => {
    const more = [
      ...scope("newest", "read", "search"),
      { deprecateScope: { name: "old", sunsetAt: NOW + 1000, replacedBy: "new" } },
      { deprecateScope: { name: "new", sunsetAt: NOW + 1000, replacedBy: "newest" } },
      { retireScope: { name: "new" } },
    ];
    const found = await preview(policy(...more), [used("app")]);
    assert.deepEqual(found.clients[0]?.useInstead, [{ scope: "newest", successor: true, granted: false, covers: 1 }]);
  });

  test("does not blame the retirement for what is refused already", async () => {
    const suspended = { putClient: { id: "app", name: "The app", status: "SUSPENDED" as const } };
    const found = await preview(policy(suspended), [used("app")]);
    assert.deepEqual([found.clients[0]?.wouldBreak, found.clients[0]?.refusedAlready], [0, 1]);
  });

  test("of a version that a newer one stands in for, breaks only what that one does not cover", async () => {
    const second: readonly PolicyOperation[] = [
      { deprecateScope: { name: "old", sunsetAt: NOW + 1000 } },
      {
        putScope: {
          name: "old",
          title: "v2",
          atoms: [{ resourceType: "Observation", actions: ["read"] }],
          clear: ["justification"],
        },
      },
      { activateScope: { name: "old" } },
    ];
    const found = await preview(policy(...second), [used("app"), used("app", "search")], 1);
    assert.deepEqual([found.version, found.wouldBreak], [1, 1]);
  });

  test("is refused for what can't be retired", async () => {
    const gone = policy({ retireScope: { name: "old" } });
    for (const [snapshot, version] of [
      [gone, null],
      [policy(), 7],
    ] as const) {
      await assert.rejects(
        preview(snapshot, [], version),
        (error) => error instanceof ScopewardenError && error.code === "BAD_USER_INPUT",
      );
    }
  });

  test("tries other scopes for as many accesses as it may, and says so", async () => {
    const names = Array.from({ length: 10 }, (_, i) => `other_${i}`);
    const more = names.flatMap((name) => [...scope(name, "delete"), grant("app", name)]);
    const many = (count: number) => Array.from({ length: count }, () => used("app"));
    const [few, all] = [await preview(policy(...more), many(100)), await preview(policy(...more), many(101))];
    assert.deepEqual([few.complete, few.wouldBreak, few.clients[0]?.unanswered], [true, 100, 100]);
    assert.deepEqual([all.complete, all.wouldBreak, all.clients[0]?.unanswered], [false, 101, 100]);
  });

  test("shares out what it may look at among the clients", async () => {
    const clients = ["a", "b", "c"].flatMap((id): PolicyOperation[] => [
      { putClient: { id, name: id } },
      grant(id, "old"),
    ]);
    const found = await preview(
      policy(...clients),
      ["a", "b", "c"].flatMap((id) => Array.from({ length: 200 }, () => used(id))),
    );
    assert.deepEqual([found.complete, found.checked], [false, 249]);
    assert.deepEqual(
      found.clients.map(({ checked }) => checked),
      [83, 83, 83],
    );
  });

  test("looks at those that used it most, names the others, and says so", async () => {
    const ids = Array.from({ length: 103 }, (_, i) => `c${String(i).padStart(3, "0")}`);
    const clients = ids.flatMap((id): PolicyOperation[] => [{ putClient: { id, name: id } }, grant(id, "old")]);
    const uses = ids.flatMap((id, i) => Array.from({ length: i < 3 ? 1 : 2 }, () => used(id)));
    const found = await preview(policy(...clients), uses);
    assert.deepEqual([found.complete, found.checked, found.clients.length], [false, 200, 103]);
    assert.deepEqual(
      found.clients.filter(({ checked }) => checked === 0).map(({ clientId, uses }) => [clientId, uses]),
      [
        ["c000", 1],
        ["c001", 1],
        ["c002", 1],
      ],
    );
  });

  test("looks at as much as it may of each client, and says so", async () => {
    const many = Array.from({ length: 251 }, () => used("app"));
    const found = await preview(policy(), many);
    assert.deepEqual([found.complete, found.checked], [false, 250]);
    assert.equal((await preview(policy(), many.slice(1))).complete, true);
  });
});
