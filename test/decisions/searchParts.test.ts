import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import type { Caller } from "../../src/domain/callers/types.ts";
import type { AuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { type Authorizer, createAuthorizer } from "../../src/domain/decisions/authorize.ts";
import { countedAs, searchOf } from "../../src/domain/decisions/countedAs.ts";
import { createSearchParts } from "../../src/domain/decisions/searchParts.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { memoryJournal } from "../support/memory.ts";
import { NOW } from "../support/policies.ts";

const caller: Caller = { id: "key:guard", roles: new Set(["service"]), defaultClientId: null };
const at = (i: number): string => `inputs[${i}]`;
const asker = { clientId: "app", subject: { id: "nina" } };
const search: AuthorizeInput = { ...asker, action: "search", resource: { type: "Observation" } };
const MINUTE = 60_000;
const POLICY: readonly PolicyOperation[] = [
  { putClient: { id: "app", name: "App" } },
  { putScope: { name: "labs", atoms: [{ resourceType: "Observation", actions: ["read", "search"] }] } },
  { activateScope: { name: "labs" } },
  { grantScope: { clientId: "app", scope: "labs" } },
  {
    putRule: {
      ...{ id: "any", effect: "ALLOW", role: "*", scope: "*", action: "*", resourceType: "*" },
      justification: "This policy is for a test.",
    },
  },
];

let engine: Engine;
let now: number;
let lookups: string[];
let journal: ReturnType<typeof memoryJournal>;
let authorizer: Authorizer;
const decisions = {
  async decision(id: string) {
    lookups.push(id);
    return journal.records.find((record) => record.id === id) ?? null;
  },
};
before(async () => {
  engine = await createEngine();
});
beforeEach(() => {
  now = NOW;
  lookups = [];
  journal = memoryJournal();
  const facts = {
    ...{ now: NOW, newId: () => "rule" },
    ...{ checkCondition: engine.checkCondition, readCondition: engine.readCondition },
  };
  const applied = applyOperations(emptySnapshot(), POLICY, facts);
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  const { snapshot } = applied;
  let id = 0;
  authorizer = createAuthorizer({
    ...{ snapshot: () => snapshot, engine, journal, decisions, clock: () => now },
    newId: () => `d${++id}`,
  });
});

const part = (partOf: string, resource: Partial<AuthorizeInput["resource"]>): AuthorizeInput => ({
  ...{ ...asker, action: "read", partOf },
  resource: { type: "Observation", id: "o", patient: "ada", labels: [], ...resource },
});
async function searched(): Promise<string> {
  const [record] = await authorizer.authorize(caller, [search], at);
  assert.equal(record?.outcome, "ALLOW", JSON.stringify(record));
  return record.id;
}
const counted = async (...inputs: AuthorizeInput[]) =>
  (await authorizer.authorize(caller, inputs, at)).map((record) => countedAs(record));

describe("parts of a search", () => {
  test("are parts for five minutes", async () => {
    const id = await searched();
    now += 5 * MINUTE;
    assert.deepEqual(await counted(part(id, {})), ["ALLOW"]);
    now += 1;
    await assert.rejects(counted(part(id, {})), { code: "BAD_USER_INPUT" });
    assert.equal(journal.records.length, 2);
  });

  test("of one search are of a search that is read once", async () => {
    const id = await searched();
    await counted(part(id, {}), part(id, { patient: "bob" }));
    await counted(part(id, {}));
    assert.deepEqual(lookups, [id]);
  });

  test("of one patient are accesses of their own where labels differ or are not known", async () => {
    const id = await searched();
    const labels = [["PSY"], ["PSY"], null, null, ["PSY", "HIV"], ["HIV"]];
    assert.deepEqual(await counted(part(id, {}), ...labels.map((each) => part(id, { labels: each }))), [
      ...["ALLOW", "ALLOW", "AGAIN", "ALLOW", "AGAIN", "ALLOW", "AGAIN"],
    ]);
  });

  test("that are nobody's count once for each type", async () => {
    const id = await searched();
    const nobodys = part(id, { patient: null });
    assert.deepEqual(await counted(nobodys, nobodys, part(id, {})), ["ALLOW", "AGAIN", "ALLOW"]);
  });

  test("count as told already once they are durable, and not before", async () => {
    const id = await searched();
    journal.append = async () => {
      throw new Error("down");
    };
    await assert.rejects(counted(part(id, {})));
    journal.append = memoryJournal().append;
    assert.deepEqual(await counted(part(id, {})), ["ALLOW"]);
    assert.deepEqual(await counted(part(id, {})), ["AGAIN"]);
  });

  test("are accesses of their own in an emergency", async () => {
    const id = await searched();
    const [made] = (await authorizer.authorize(caller, [part(id, {})], at)) as [AccessRecord];
    assert.equal(searchOf(made), id);
    const parts = await createSearchParts({ clock: () => now, decisions }).of(caller, [made.request], at);
    const emergency = { ...made, reasons: made.reasons.map((each) => ({ ...each, code: "BREAK_GLASS" })) };
    assert.deepEqual(
      [made, made, emergency, emergency].map((record) => parts?.isAgain(record as AccessRecord)),
      [false, true, false, true],
    );
  });
});
