import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { parse } from "yaml";
import type { AssertableRole, Caller } from "../../src/domain/callers/types.ts";
import type { AuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { type Authorizer, createAuthorizer } from "../../src/domain/decisions/authorize.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { printedReason } from "../../src/domain/decisions/reasonText.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { evaluation, evaluations, pdpOver, searchAction, searchResource } from "../authzen/support.ts";
import { memoryJournal } from "../support/memory.ts";

interface Case {
  readonly name: string;
  readonly subject: NonNullable<AuthorizeInput["subject"]>;
  readonly at?: string;
  readonly asserts?: readonly string[];
  readonly expect: {
    readonly outcome?: string;
    readonly role?: string;
    readonly reason?: string;
    readonly error?: string;
    readonly message?: string;
  };
}
const table = parse(readFileSync("test/cases/subjectsAndRoles.yaml", "utf8")) as {
  readonly now: string;
  readonly policy: readonly PolicyOperation[];
  readonly cases: readonly Case[];
};
const now = Date.parse(table.now);

let engine: Engine;
let snapshot: Snapshot;
let authorizer: Authorizer;
before(async () => {
  engine = await createEngine();
  let id = 0;
  const { checkCondition, readCondition } = engine;
  const facts = { now, newId: () => `id-${++id}`, checkCondition, readCondition };
  const applied = applyOperations(emptySnapshot(), table.policy, facts);
  assert.ok(applied.ok, JSON.stringify(applied));
  snapshot = applied.snapshot;
  const journal = memoryJournal();
  authorizer = createAuthorizer({ snapshot: () => snapshot, engine, journal, clock: () => now, newId: facts.newId });
});

const assertable = (text: string): AssertableRole => {
  const at = text.lastIndexOf("@");
  return { role: text.slice(0, at), organization: text.slice(at + 1) };
};
const callerOf = ({ asserts }: Case): Caller => ({
  id: "key:pep",
  roles: new Set(["service"]),
  defaultClientId: "app",
  ...(asserts === undefined ? {} : { assertRoles: asserts.map(assertable) }),
});
const inputOf = ({ subject, at }: Case): AuthorizeInput => ({
  clientId: "app",
  subject,
  scopes: ["view"],
  action: "read",
  resource: { type: "Observation", id: "o1", organization: at },
});

describe("who a subject is, and which roles a caller brings", () => {
  for (const item of table.cases) {
    const { expect } = item;
    test(item.name, async () => {
      const asked = authorizer.authorize(callerOf(item), [inputOf(item)], () => "input");
      if (expect.error !== undefined) {
        await assert.rejects(asked, (error: unknown) => {
          assert.ok(error instanceof ScopewardenError && error.code === expect.error, String(error));
          assert.ok(error.message.includes(expect.message ?? ""), error.message);
          return true;
        });
        return;
      }
      const [record] = await asked;
      assert.equal(record?.outcome, expect.outcome);
      const reasons = record?.reasons.map(printedReason) ?? [];
      if (expect.role !== undefined) assert.equal(reasons[0]?.role, expect.role);
      if (expect.reason !== undefined) assert.ok(reasons.some(({ code }) => code === expect.reason));
      // What is on record is enough to decide again, without the caller's key.
      assert.ok(record);
      assert.equal(decide({ snapshot, engine, now }, record.request).outcome, record.outcome);
    });

    test(`${item.name}, by AuthZEN: alone, in a batch, and in searches`, async () => {
      const pdp = pdpOver(snapshot);
      const { id, type = "user", roles } = item.subject;
      const properties = { ...(roles === undefined ? {} : { roles }) };
      const subject = { type, id, properties };
      const resource = { type: "Observation", id: "o1", properties: { organization: item.at } };
      const context = { scopes: ["view"] };
      const question = { subject, action: { name: "read" }, resource, context };
      const caller = callerOf(item);
      const asked = <Body extends object>(body: Body): Body => JSON.parse(JSON.stringify(body));
      const alone = await evaluation(pdp, caller, asked(question));
      const batch = await evaluations(pdp, caller, asked({ evaluations: [question] }));
      const [first] = JSON.parse(batch.body).evaluations;
      const actions = await searchAction(pdp, caller, asked({ subject, resource, context }));
      if (expect.error !== undefined) {
        assert.equal(alone.code, expect.error);
        assert.equal(first.decision, false);
        assert.equal(first.context.error.status, expect.error === "FORBIDDEN" ? 403 : 400);
        assert.equal(actions.code, expect.error);
        return;
      }
      assert.equal(JSON.parse(alone.body).decision, expect.outcome === "ALLOW");
      assert.equal(first.decision, expect.outcome === "ALLOW");
      const found: readonly { readonly name: string }[] = JSON.parse(actions.body).results;
      assert.equal(
        found.some(({ name }) => name === "read"),
        expect.outcome === "ALLOW",
      );
    });
  }
});

test("a resource search finds what the caller may assert the role for, and refuses a role of no list", async () => {
  const put = (id: string, organization?: string): PolicyOperation => ({
    putEntity: { type: "Observation", id, properties: { ...(organization === undefined ? {} : { organization }) } },
  });
  const operations = [put("a", "north"), put("b", "south"), put("c")];
  const { checkCondition, readCondition } = engine;
  const applied = applyOperations(snapshot, operations, { now, newId: () => "id", checkCondition, readCondition });
  assert.ok(applied.ok);
  const find = async (asserts: readonly string[]) => {
    const caller = { id: "key:pep", roles: new Set(["service"] as const), defaultClientId: "app" };
    const question = {
      subject: { type: "user", id: "kim", properties: { roles: ["nurse"] } },
      action: { name: "read" },
      resource: { type: "Observation" },
      context: { scopes: ["view"] },
    };
    return searchResource(pdpOver(applied.snapshot), { ...caller, assertRoles: asserts.map(assertable) }, question);
  };
  const ids = async (asserts: readonly string[]) =>
    JSON.parse((await find(asserts)).body).results.map(({ id }: { readonly id: string }) => id);
  assert.deepEqual(await ids(["nurse@*"]), ["a", "b", "c"]);
  assert.deepEqual(await ids(["nurse@south"]), ["b"]);
  assert.equal((await find(["staff@*"])).code, "FORBIDDEN");
});

describe("a token for a subject with asserted roles", () => {
  const grant = (roles: readonly string[], asserts: readonly string[]) => {
    const caller: Caller = { id: "key:as", roles: new Set(["service"]), defaultClientId: null };
    const input = { clientId: "app", subject: { id: "kim", roles }, scopes: ["view"] };
    return authorizer.decideGrant({ ...caller, assertRoles: asserts.map(assertable) }, input, "input");
  };

  test("may carry what they permit where the caller may assert them, and is decided again from its record", async () => {
    for (const asserts of [["nurse@north"], ["nurse@*"]]) {
      const { outcome, request } = await grant(["nurse"], asserts);
      assert.equal(outcome, "ALLOW");
      assert.equal(decideGrant({ snapshot, engine, now }, request).outcome, "ALLOW");
    }
    const { request } = await grant(["nurse"], ["nurse@south", "nurse@north"]);
    assert.deepEqual(request.subject?.roles, [
      { organization: "north", role: "nurse" },
      { organization: "south", role: "nurse" },
    ]);
    assert.equal((await grant([], [])).outcome, "DENY");
  });

  test("is refused for a role that the caller may assert nowhere, and for one that the policy has not", async () => {
    await assert.rejects(grant(["nurse"], ["staff@*"]), /The role nurse may not be asserted by this caller/);
    await assert.rejects(grant(["porter"], ["porter@*"]), /there is no role porter/);
  });
});
