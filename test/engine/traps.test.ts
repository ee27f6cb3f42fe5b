import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { decide } from "../../src/domain/decisions/decide.ts";
import type { RuleQuery } from "../../src/domain/decisions/ruleEngine.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import type { Role, Rule } from "../../src/domain/policy/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { NOW, type Rows, snapshotFrom } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const request: AccessRequest = {
  clientId: "c",
  subject: null,
  scopes: ["s"],
  action: "read",
  resource: {
    type: "todo",
    id: null,
    patient: null,
    patients: null,
    organization: null,
    labels: null,
    attributes: null,
  },
  purposeOfUse: null,
  context: null,
  requestId: null,
};
const rule = (fields: Partial<Rule>): Rule => ({
  id: "r",
  role: "*",
  scope: "*",
  action: "*",
  resourceType: "*",
  when: null,
  effect: "ALLOW",
  obligations: [],
  description: null,
  justification: null,
  ...fields,
});
const query = (candidates: readonly Rule[], fields: Partial<RuleQuery> = {}): RuleQuery => ({
  candidates,
  roles: new Set(),
  scope: "s",
  allowedNames: new Set(["s"]),
  deniedNames: new Set(["s"]),
  action: "read",
  resourceType: "todo",
  facts: { request, client: { id: "c", name: null }, now: NOW },
  ...fields,
});
const rows = (fields: Partial<Rows>): Rows => ({
  clients: [{ id: "c", name: "c", status: "ACTIVE", description: null, protocolScopes: null, careCritical: false }],
  scopes: [
    {
      name: "s",
      version: 1,
      state: "ACTIVE",
      title: null,
      description: null,
      translations: [],
      declarations: [],
      requiresConsent: false,
      justification: null,
      deprecatedAt: null,
      sunsetAt: null,
      replacedBy: null,
      retiredAt: null,
      atoms: [{ context: "ANY", resourceType: "todo", action: "read", constraint: [] }],
    },
  ],
  grants: [{ clientId: "c", scope: "s", validFrom: null, validUntil: null }],
  roles: [],
  assignments: [],
  rules: [],
  ...fields,
});

describe("Casbin's traps can't be reached", () => {
  test("an empty policy denies, empty strings included", () => {
    assert.equal(engine.evaluate(query([])).allowed, false);
    assert.equal(
      engine.evaluate(
        query([], { action: "", resourceType: "", scope: "", allowedNames: new Set([""]), deniedNames: new Set([""]) }),
      ).allowed,
      false,
    );
    assert.equal(decide({ snapshot: emptySnapshot(), engine, now: NOW }, request).outcome, "DENY");
    assert.equal(
      decide({ snapshot: emptySnapshot(), engine, now: NOW }, { ...request, clientId: "", action: "", scopes: [""] })
        .outcome,
      "DENY",
    );
  });

  test("a rule without an effect, or with one in another case, is refused and not taken for an allow", () => {
    for (const effect of [undefined, "", "allow", "Deny", "deny", "DENIED"]) {
      assert.throws(() => engine.evaluate(query([rule({ effect: effect as never })])), /no effect that is known/);
    }
  });

  test("nothing is left from one question to the next, and a failing one does not spoil the next", () => {
    assert.equal(engine.evaluate(query([rule({})])).allowed, true);
    assert.equal(engine.evaluate(query([rule({ action: "write" })])).allowed, false);
    assert.throws(() => engine.evaluate(query([rule({ effect: "x" as never })])));
    assert.equal(engine.evaluate(query([])).allowed, false);
    assert.equal(engine.evaluate(query([rule({})])).allowed, true);
  });

  test("values with separators do not run into each other", () => {
    const r = rule({ scope: "a$$b", action: "c" });
    assert.equal(
      engine.evaluate(
        query([r], { scope: "a", allowedNames: new Set(["a"]), deniedNames: new Set(["a"]), action: "b$$c" }),
      ).allowed,
      false,
    );
    assert.equal(
      engine.evaluate(
        query([rule({ scope: "a, b", action: "c" })], {
          scope: "a",
          allowedNames: new Set(["a"]),
          deniedNames: new Set(["a"]),
          action: "b, c",
        }),
      ).allowed,
      false,
    );
  });

  test("a matcher pattern or JavaScript in a rule is compared as text", () => {
    for (const text of ["read || true", "/.*/", "re*d", "*ead", ".*", "re:d", "{action}", "eval(1)", "__proto__"]) {
      assert.equal(engine.evaluate(query([rule({ action: text })])).allowed, false, text);
      assert.equal(engine.evaluate(query([rule({ role: text })], { roles: new Set(["admin"]) })).allowed, false, text);
      assert.equal(engine.evaluate(query([rule({ scope: text })])).allowed, false, text);
    }
  });

  test("patient/*.read does not match patient/Observation.write", () => {
    const smart = rows({
      rules: [rule({ scope: "patient/*.read" })],
      grants: [{ clientId: "c", scope: "patient/*.*", validFrom: null, validUntil: null }],
    });
    const asked = {
      ...request,
      scopes: ["patient/Observation.write"],
      action: "update",
      resource: { ...request.resource, type: "Observation", patient: "p" },
      context: { patient: "p", ipAddress: null, region: null, userAgent: null, tokenId: null, attributes: null },
    };
    const verdict = decide({ snapshot: snapshotFrom(smart), engine, now: NOW }, asked);
    assert.equal(verdict.outcome, "DENY");
    assert.deepEqual(
      verdict.reasons.map((r) => r.code),
      ["NO_MATCHING_RULE"],
    );
  });

  test("no loose equality: 0, false, null and the empty string are not each other", () => {
    for (const [action, asked] of [
      ["0", ""],
      ["false", "0"],
      ["null", ""],
      ["1", "true"],
    ] as const) {
      assert.equal(engine.evaluate(query([rule({ action })], { action: asked })).allowed, false);
    }
  });

  test("inherited roles answer the same at any depth, and a dense role graph takes no time", () => {
    const chain: Role[] = Array.from({ length: 200 }, (_, i) => ({
      name: `r${i}`,
      inherits: i === 199 ? [] : [`r${i + 1}`],
      description: null,
    }));
    // Every role inherits every later one: exponentially many paths.
    const dense: Role[] = Array.from({ length: 40 }, (_, i) => ({
      name: `r${i}`,
      inherits: Array.from({ length: 39 - i }, (_, j) => `r${i + j + 1}`),
      description: null,
    }));
    for (const [roles, last] of [
      [chain, "r199"],
      [dense, "r39"],
    ] as const) {
      const snapshot = snapshotFrom(
        rows({
          roles,
          assignments: [
            {
              subjectId: null,
              subjectType: null,
              clientId: "c",
              role: "r0",
              organization: "*",
              validFrom: null,
              validUntil: null,
            },
          ],
          rules: [rule({ role: last })],
        }),
      );
      assert.equal(decide({ snapshot, engine, now: NOW }, request).outcome, "ALLOW");
    }
  });

  test("the matcher of model.conf uses no eval, no pattern function and no role graph of Casbin's", async () => {
    const { readFile } = await import("node:fs/promises");
    const text = (await readFile(new URL("../../model.conf", import.meta.url), "utf8")).replace(/^#.*$/gm, "");
    assert.doesNotMatch(text, /eval|keyMatch|regexMatch|globMatch|role_definition|\bg\(/);
  });

  test("a model that asks for one of Casbin's own functions gets no answer, since there are none", async () => {
    for (const call of [
      'keyMatch(r.query.action, "*")',
      'keyMatch2(r.query.action, "/*")',
      'regexMatch(r.query.action, ".*")',
      'globMatch(r.query.action, "*")',
    ]) {
      const modelText = `[request_definition]\nr = query\n[policy_definition]\np = rule, eft\n[policy_effect]\ne = some(where (p.eft == allow)) && !some(where (p.eft == deny))\n[matchers]\nm = p.rule.role == "*" && ${call} && conditionHolds(r.query, p.rule)\n`;
      const tempted = await createEngine({ modelText });
      assert.throws(() => tempted.evaluate(query([rule({})])), Error, call);
    }
  });

  test("a matcher with parts that are not compiled is evaluated by Casbin itself, functions included", async () => {
    const matcher =
      '(p.rule.action == "*" ? true : p.rule.action == r.query.action) && holdsRole(r.query, p.rule.role) && conditionHolds(r.query, p.rule)';
    const modelText = `[request_definition]\nr = query\n[policy_definition]\np = rule, eft\n[policy_effect]\ne = some(where (p.eft == allow)) && !some(where (p.eft == deny))\n[matchers]\nm = ${matcher}\n`;
    const other = await createEngine({ modelText });
    assert.equal(other.evaluate(query([rule({ action: "read" })])).allowed, true);
    assert.equal(other.evaluate(query([rule({ action: "write" })])).allowed, false);
    assert.equal(other.evaluate(query([rule({ role: "nurse" })])).allowed, false);
    assert.equal(other.evaluate(query([rule({ role: "nurse" })], { roles: new Set(["nurse"]) })).allowed, true);
    assert.equal(other.evaluate(query([rule({}), rule({ effect: "DENY" })])).allowed, false);
  });

  test("an engine whose answer and reasons disagree makes no decision", async () => {
    const crooked = await createEngine({
      modelText:
        "[request_definition]\nr = query\n[policy_definition]\np = rule, eft\n[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\nm = conditionHolds(r.query, p.rule)\n",
    });
    assert.throws(
      () =>
        crooked.evaluate(query([rule({ id: "a" }), rule({ id: "b", effect: "DENY" })])) &&
        crooked.evaluate(query([rule({ effect: "DENY" }), rule({ id: "b" })])) &&
        assert.fail("no disagreement was provoked"),
      /disagree|no disagreement/,
    );
  });

  test("all deny rules that match are named, and what each row of an answer says agrees with it", () => {
    const found = engine.evaluate(
      query([
        rule({ id: "d2", effect: "DENY" }),
        rule({ id: "a1" }),
        rule({ id: "d1", effect: "DENY" }),
        rule({ id: "d3", effect: "DENY", when: "false" }),
      ]),
    );
    assert.equal(found.allowed, false);
    assert.deepEqual(
      found.deniedBy.map((r) => r.id),
      ["d1", "d2"],
    );
    assert.deepEqual(
      found.allowedBy.map((r) => r.id),
      ["a1"],
    );
    assert.deepEqual(
      found.conditionFalse.map((r) => r.id),
      ["d3"],
    );
  });
});
