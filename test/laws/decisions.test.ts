import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import { atomRequestOf } from "../../src/domain/decisions/holds/coverage.ts";
import { rolesOf } from "../../src/domain/decisions/holds/roles.ts";
import { deniedScopes, scopeNames } from "../../src/domain/decisions/holds/scopeNames.ts";
import { findRuleGroups } from "../../src/domain/policy/findRules.ts";
import { canonicalAction } from "../../src/domain/scopes/atom.ts";
import { parseSmartScope } from "../../src/domain/scopes/smart.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { NOW, policies, requests, snapshotFrom } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

test("the rules that the index finds, one asked for all that are alike, give what Casbin answers over each of the policy", () => {
  let together = 0;
  fc.assert(
    fc.property(
      policies,
      requests,
      fc.constantFrom("s1", "s2", "patient/Observation.r", "user/Condition.rs"),
      fc.array(fc.nat({ max: 19 }), { minLength: 10, maxLength: 40 }),
      (rows, request, scope, repeated) => {
        const twins = repeated.flatMap((at, i) => {
          const rule = rows.rules[at];
          return rule === undefined ? [] : [{ ...rule, id: `${i % 2 === 0 ? "a" : "z"}-twin-${i}`, obligations: [] }];
        });
        const rules = [...rows.rules, ...twins];
        const snapshot = snapshotFrom({ ...rows, rules });
        const held = rolesOf({ snapshot, engine, now: NOW }, request);
        const action = canonicalAction(request.action);
        const resourceType = request.resource.type;
        const atom = parseSmartScope(scope)?.atoms.find((each) => each.action === action) ?? null;
        const covering = { atom, exported: [], scope };
        const names = scopeNames(snapshot, covering, deniedScopes(snapshot, atomRequestOf({ snapshot }, request)));
        const facts = { request, client: { id: request.clientId, name: null }, now: NOW };
        const { allowed: allowedNames, denied: deniedNames } = names;
        const query = { roles: held, scope, allowedNames, deniedNames, action, resourceType, facts };
        const candidates = findRuleGroups(snapshot, { scopes: names.all, roles: held, action, resourceType });
        together += candidates.filter((candidate) => "rules" in candidate).length;
        const indexed = engine.evaluate({ ...query, candidates });
        const plain = engine.evaluate({ ...query, candidates: rules });
        const ids = (list: readonly { readonly id: string }[]): string[] => list.map((rule) => rule.id);
        assert.equal(indexed.allowed, plain.allowed);
        assert.deepEqual(ids(indexed.allowedBy), ids(plain.allowedBy));
        assert.deepEqual(ids(indexed.deniedBy), ids(plain.deniedBy));
        assert.deepEqual(ids(indexed.conditionFalse), ids(plain.conditionFalse));
        const failed = ({ conditionErrors }: typeof plain) =>
          conditionErrors.map(({ rule, message }) => [rule.id, message]);
        assert.deepEqual(failed(indexed), failed(plain));
        assert.deepEqual(ids(indexed.allowedBy), ids(indexed.allowedBy).sort());
      },
    ),
    { numRuns: runs(4000) },
  );
  assert.ok(together > atLeast(300), `only ${together} candidates stood for several rules`);
});

test("adding a deny rule never adds an allow", () => {
  fc.assert(
    fc.property(policies, policies, requests, (rows, other, request) => {
      const denies = other.rules.map((rule) => ({ ...rule, id: `new-${rule.id}`, effect: "DENY" as const }));
      const before = decide({ snapshot: snapshotFrom(rows), engine, now: NOW }, request);
      const after = decide(
        { snapshot: snapshotFrom({ ...rows, rules: [...rows.rules, ...denies] }), engine, now: NOW },
        request,
      );
      assert.ok(before.outcome === "ALLOW" || after.outcome === "DENY");
    }),
    { numRuns: runs(2000) },
  );
});

test("a verdict depends on what the policy says and not on the order in which it was said", () => {
  fc.assert(
    fc.property(policies, requests, (rows, request) => {
      const reversed = {
        clients: [...rows.clients].reverse(),
        scopes: [...rows.scopes].reverse(),
        grants: [...rows.grants].reverse(),
        roles: [...rows.roles].reverse(),
        assignments: [...rows.assignments].reverse(),
        organizations: [...(rows.organizations ?? [])].reverse(),
        rules: [...rows.rules].reverse(),
      };
      const facts = { engine, now: NOW };
      assert.deepEqual(
        decide({ ...facts, snapshot: snapshotFrom(rows) }, request),
        decide({ ...facts, snapshot: snapshotFrom(reversed) }, request),
      );
    }),
    { numRuns: runs(2000) },
  );
});

test("an ALLOW names its scope, a rule and no refusal; a DENY names at least one", () => {
  const notices = new Set(["ALLOWED_BY_RULE", "SCOPE_DEPRECATED", "SCOPE_NARROWED", "CONDITION_ERROR"]);
  fc.assert(
    fc.property(policies, requests, (rows, request) => {
      const { outcome, scope, reasons } = decide({ snapshot: snapshotFrom(rows), engine, now: NOW }, request);
      const codes = reasons.map((reason) => reason.code);
      if (outcome === "ALLOW") {
        assert.ok(scope !== null && codes.includes("ALLOWED_BY_RULE") && codes.every((code) => notices.has(code)));
      } else
        assert.ok(scope === null && !codes.includes("ALLOWED_BY_RULE") && codes.some((code) => !notices.has(code)));
    }),
    { numRuns: runs(2000) },
  );
});
