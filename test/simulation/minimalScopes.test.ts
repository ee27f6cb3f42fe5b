import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import { minimalScopes } from "../../src/domain/simulation/minimalScopes.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { accessRequest, allowedRecord, NO_VERSIONS } from "../support/records.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const changeFacts = { now: NOW, newId: () => "id", checkCondition: () => null, readCondition: () => NO_TERMS };
const USER = { id: "mia", type: "user", organization: null, roles: null, attributes: null };
let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const ask = (type: string, more: Partial<Omit<AccessRequest, "resource">> = {}): AccessRequest =>
  accessRequest({ subject: USER, ...more, resource: { type } });
const rule = (id: string, more: object = {}): PolicyOperation => ({
  putRule: {
    id,
    effect: "ALLOW",
    role: "*",
    scope: "*",
    action: "*",
    resourceType: "*",
    justification: "This policy is for a test.",
    ...more,
  },
});
const custom = (name: string, resourceType: string): PolicyOperation[] => [
  { putScope: { name, atoms: [{ resourceType, actions: ["read", "search"] }] } },
  { activateScope: { name } },
];

async function propose(
  grants: readonly string[],
  asked: readonly AccessRequest[],
  more: readonly PolicyOperation[] = [rule("all")],
) {
  const operations: PolicyOperation[] = [
    { putClient: { id: "app", name: "App" } },
    ...custom("view_labs", "Observation"),
    ...custom("view_vitals", "Observation"),
    ...custom("view_notes", "DocumentReference"),
    ...grants.map((scope) => ({ grantScope: { clientId: "app", scope, validUntil: NOW + 1000 } })),
    ...more,
  ];
  const applied = applyOperations(emptySnapshot(), operations, changeFacts);
  assert.ok(applied.ok, JSON.stringify(applied));
  const records = asked.map((request) => allowedRecord(request, "s", NOW - 1));
  const facts = { snapshot: applied.snapshot, engine, now: NOW };
  const proposal = await minimalScopes({ facts, changeFacts }, "app", records, {
    breathe: () => Promise.resolve(),
    ...NO_VERSIONS,
  });
  return { ...proposal, names: proposal.scopes.map(({ scope }) => scope) };
}

describe("the smallest set of scopes", () => {
  test("keeps one of two that serve alike, and neither if a token named the other", async () => {
    const either = await propose(["view_labs", "view_vitals"], [ask("Observation")]);
    assert.deepEqual([either.names, either.dropped], [["view_labs"], [{ scope: "view_vitals", why: "REPLACEABLE" }]]);
    const named = await propose(["view_labs", "view_vitals"], [ask("Observation", { scopes: ["view_vitals"] })]);
    assert.deepEqual([named.names, named.dropped], [["view_vitals"], [{ scope: "view_labs", why: "UNUSED" }]]);
  });

  test("narrows a SMART scope to the types and actions used, for as long as it was granted", async () => {
    const asked = [ask("Observation"), ask("Observation", { action: "search" }), ask("Condition")];
    const { names, operations, flips } = await propose(["user/*.cruds"], asked);
    assert.deepEqual([names, flips], [["user/Condition.r", "user/Observation.rs"], []]);
    assert.deepEqual(operations[0], { revokeScope: { clientId: "app", scope: "user/*.cruds" } });
    assert.deepEqual(operations[1]?.grantScope?.validUntil, NOW + 1000);
  });

  test("keeps the scope for all types where no narrower one says the type that was used", async () => {
    for (const type of ["Transport", "acme:record"]) {
      const { names, flips } = await propose(["user/*.r"], [ask(type)]);
      assert.deepEqual([names, flips], [["user/*.r"], []], type);
    }
  });

  test("keeps the constraint by which it was used, and every scope that a search was narrowed by", async () => {
    const scopes = ["a", "b", "c"].map((code) => `user/Observation.rs?category=${code}`);
    const search = ask("Observation", { action: "search", scopes: scopes.slice(0, 2) });
    const { names } = await propose(["user/Observation.rs", ...scopes.slice(2)], [search]);
    assert.deepEqual(names, ["user/Observation.s?category=a,b"]);
  });

  test("a narrower scope that a rule would treat otherwise is not proposed", async () => {
    const masked = rule("masked", { scope: "user/Condition.r", obligations: [{ type: "mask" }] });
    const { names, flips } = await propose(
      ["user/*.rs"],
      [ask("Condition"), ask("Observation")],
      [rule("all"), masked],
    );
    assert.deepEqual([names, flips], [["user/*.rs"], []]);
  });

  test("where conditions look at the scope itself, each stays as it is, one within the other or not", async () => {
    const rules = [
      rule("o", { resourceType: "Observation", when: 'scope == "user/Observation.rs"' }),
      rule("c", { resourceType: "Condition", when: 'scope == "user/*.rs"' }),
    ];
    const grants = ["user/*.rs", "user/Observation.rs"];
    const { names, flips, operations } = await propose(grants, [ask("Observation"), ask("Condition")], rules);
    assert.deepEqual([names, flips, operations], [grants, [], []]);
  });

  test("does not take a scope that would allow it under other obligations", async () => {
    const rules = [
      rule("plain", { scope: "view_vitals" }),
      rule("masked", { scope: "view_labs", obligations: [{ type: "mask" }] }),
    ];
    const asked = [ask("Observation"), ask("Observation", { scopes: ["view_vitals"] })];
    const { names } = await propose(["view_labs", "view_vitals"], asked, rules);
    assert.deepEqual(names, ["view_labs", "view_vitals"]);
  });

  test("of a client that was allowed nothing is empty, and what is refused by now is told", async () => {
    const { names, checked, notAllowedNow } = await propose(["view_labs"], [ask("Claim")]);
    assert.deepEqual([names, checked, notAllowedNow], [[], 0, 1]);
  });
});
