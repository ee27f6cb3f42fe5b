import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { createPolicyAdmin, type PolicyAdmin } from "../../src/domain/policy/admin.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import { dueSunsets } from "../../src/domain/policy/sunsets.ts";
import { DAY_MS } from "../../src/domain/policy/use.ts";
import { memoryPolicyStore } from "../support/memory.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
let now = START;
const facts = () => ({ now, newId: () => "id", checkCondition: () => null, readCondition: () => NO_TERMS });
let store: ReturnType<typeof memoryPolicyStore>;
const openAdmin = (): PolicyAdmin => createPolicyAdmin({ store, facts, clock: () => now });
const by = { reason: "r", author: "me" };

const scope = (name: string, sunset: number) => [
  { putScope: { name, atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
  { activateScope: { name } },
  { deprecateScope: { name, sunsetAt: sunset } },
];
beforeEach(() => {
  now = START;
  store = memoryPolicyStore();
});

describe("a scope at its sunset", () => {
  test("retires as an ordinary change, with an author and a reason that name it, and as of its sunset", async () => {
    const admin = openAdmin();
    await admin.apply({ operations: [...scope("b", START + 2 * DAY_MS), ...scope("a", START + DAY_MS)], ...by });
    now = START + DAY_MS - 1;
    assert.deepEqual(await admin.retireDue(), []);
    // The first tick for days: each is noted, the earliest first, as of when it ended.
    now = START + 5 * DAY_MS;
    const made = await admin.retireDue();
    assert.deepEqual(
      made.map(({ revision, author, reason, committedAt }) => [revision, author, reason, committedAt]),
      [
        [2, "scopewarden:sunset", "a v1 has reached its sunset, 2026-01-02T00:00:00.000Z.", now],
        [3, "scopewarden:sunset", "b v1 has reached its sunset, 2026-01-03T00:00:00.000Z.", now],
      ],
    );
    const [a] = admin.current().scopes.get("a") ?? [];
    assert.deepEqual([a?.state, a?.retiredAt, a?.sunsetAt], ["RETIRED", START + DAY_MS, START + DAY_MS]);
    assert.deepEqual(await admin.retireDue(), []);
    assert.equal(store.log.length, 3);
  });

  test("is due from its sunset on, and not when it is active, a draft or retired", async () => {
    const admin = openAdmin();
    await admin.apply({ operations: scope("a", START + 10), ...by });
    await admin.apply({ operations: scope("b", START + 10).slice(0, 2), ...by });
    assert.deepEqual(dueSunsets(admin.current(), START + 9), []);
    assert.deepEqual(dueSunsets(admin.current(), START + 10), [{ name: "a", version: 1, sunsetAt: START + 10 }]);
  });

  test("is retired once, however many instances look, and whoever is in between", async () => {
    const [one, two] = [openAdmin(), openAdmin()];
    await one.apply({ operations: scope("a", START + 10), ...by });
    await two.refresh();
    now = START + 20;
    const commit = store.commit;
    let raced = false;
    store.commit = async (revision) => {
      if (!raced) {
        raced = true;
        await two.retireDue();
      }
      return commit(revision);
    };
    assert.deepEqual(await one.retireDue(), []);
    assert.deepEqual((await Promise.all([one.retireDue(), two.retireDue()])).flat(), []);
    assert.equal(store.log.length, 2);
  });

  test("an announcement that was moved while the retirement was on its way holds", async () => {
    const [one, two] = [openAdmin(), openAdmin()];
    await one.apply({ operations: scope("a", START + 10), ...by });
    now = START + 20;
    const commit = store.commit;
    let raced = false;
    store.commit = async (revision) => {
      if (!raced) {
        raced = true;
        await two.apply({ operations: [{ deprecateScope: { name: "a", sunsetAt: now + DAY_MS } }], ...by });
      }
      return commit(revision);
    };
    assert.deepEqual(await one.retireDue(), []);
    assert.equal(one.current().scopes.get("a")?.[0]?.state, "DEPRECATED");
  });

  test("keeps the day on which it was first announced to end", async () => {
    const admin = openAdmin();
    await admin.apply({ operations: scope("a", START + 10), ...by });
    now = START + 5;
    await admin.apply({ operations: [{ deprecateScope: { name: "a", sunsetAt: START + 30 } }], ...by });
    const [a] = admin.current().scopes.get("a") ?? [];
    assert.deepEqual([a?.deprecatedAt, a?.sunsetAt], [START, START + 30]);
  });
});

describe("retiring a scope in use", () => {
  const used = [
    { clientId: "ehr", uses: 3, lastUsedAt: START - DAY_MS },
    { clientId: "old", uses: 0, lastUsedAt: START - 90 * DAY_MS },
  ];
  const asked: [string, number][] = [];
  const inUse = (): PolicyAdmin =>
    createPolicyAdmin({
      store,
      facts,
      clock: () => now,
      readUse: async (name, since) => {
        asked.push([name, since]);
        return name === "a" ? used : [];
      },
    });

  test("asks for force, and names who used it and when", async () => {
    const admin = inUse();
    await admin.apply({ operations: scope("a", START + 10).slice(0, 2), ...by });
    await assert.rejects(
      admin.apply({ operations: [{ retireScope: { name: "a" } }], ...by }),
      (error) =>
        error instanceof ScopewardenError &&
        error.problems[0]?.path === "operations[0].retireScope.force" &&
        /ehr \(last on 2025-12-31\);/.test(error.message) &&
        !error.message.includes("old"),
    );
    assert.deepEqual(asked.at(-1), ["a", START - 30 * DAY_MS]);
    await admin.apply({ operations: [{ retireScope: { name: "a", force: true } }], ...by });
    assert.equal(admin.current().scopes.get("a")?.[0]?.state, "RETIRED");
  });

  test("needs none for a scope that nobody used lately, nor past its sunset", async () => {
    const admin = inUse();
    await admin.apply({ operations: [...scope("a", START + 10), ...scope("b", START + 10).slice(0, 2)], ...by });
    await admin.apply({ operations: [{ retireScope: { name: "b" } }], ...by });
    now = START + 10;
    await admin.apply({ operations: [{ retireScope: { name: "a" } }], ...by });
    assert.equal(admin.current().scopes.get("a")?.[0]?.state, "RETIRED");
  });
});
