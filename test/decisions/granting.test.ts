import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { type DecideGrantInput, parseGrantInput } from "../../src/domain/decisions/granting/grantInput.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { NOW } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const CLIENT: PolicyOperation = { putClient: { id: "app", name: "App" } };
const grant = (scope: string): PolicyOperation => ({ grantScope: { clientId: "app", scope } });
const scope = (name: string, more: object = {}): readonly PolicyOperation[] => [
  { putScope: { name, atoms: [{ resourceType: "Observation", actions: ["read"] }], ...more } },
  { activateScope: { name } },
];
const ANYONE: PolicyOperation = {
  putRule: {
    id: "anyone",
    effect: "ALLOW",
    justification: "This policy is for a test.",
    role: "*",
    scope: "*",
    action: "*",
    resourceType: "*",
  },
};

function ask(operations: readonly PolicyOperation[], input: Partial<DecideGrantInput>) {
  const facts = {
    now: NOW,
    newId: () => "rule",
    checkCondition: engine.checkCondition,
    readCondition: engine.readCondition,
  };
  const applied = applyOperations(emptySnapshot(), [CLIENT, ...operations], facts);
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  const request = parseGrantInput({ clientId: "app", subject: { id: "ann" }, scopes: [], ...input }, "input").request;
  return decideGrant({ snapshot: applied.snapshot, engine, now: NOW }, request);
}
const patient = { context: { patient: "p1" } };

describe("granting", () => {
  test("of parts that one takes in, only the widest stands in the token", () => {
    const policy = [grant("patient/*.r"), grant("patient/Observation.rs"), ANYONE];
    assert.equal(ask(policy, { scopes: ["patient/Observation.cruds"], ...patient }).scope, "patient/Observation.rs");
  });

  test("grants count together: what several say is one scope in the token", () => {
    const policy = [grant("patient/Observation.r"), grant("patient/Observation.s"), ANYONE];
    for (const asked of ["patient/Observation.rs", "patient/*.cruds"]) {
      const { details, scope: token } = ask(policy, { scopes: [asked], ...patient });
      assert.equal(token, "patient/Observation.rs");
      assert.equal(details.scopes[0]?.outcome, asked === token ? "GRANTED" : "NARROWED");
    }
  });

  test("values of one parameter are intersected, and a resource that has both of two is left aside", () => {
    const policy = [grant("patient/Observation.rs?category=a,b"), ANYONE];
    const tokenFor = (scope: string) => ask(policy, { scopes: [scope], ...patient }).scope;
    assert.equal(tokenFor("patient/Observation.rs?category=b,c"), "patient/Observation.rs?category=b");
    assert.equal(tokenFor("patient/Observation.rs?category=c"), null);
    assert.equal(tokenFor("patient/Observation.rs?code=x"), "patient/Observation.rs?category=a,b&code=x");
  });

  test("what a rule tells apart by its name stays apart", () => {
    const narrow: PolicyOperation = {
      putRule: {
        id: "narrow",
        justification: "This policy is for a test.",
        effect: "ALLOW",
        role: "*",
        scope: "patient/Observation.rs",
        action: "*",
        resourceType: "*",
      },
    };
    const asked = { scopes: ["patient/*.rs", "patient/Observation.rs"], ...patient };
    assert.equal(ask([grant("patient/*.rs"), ANYONE], asked).scope, "patient/*.rs");
    assert.equal(ask([grant("patient/*.rs"), ANYONE, narrow], asked).scope, asked.scopes.join(" "));
  });

  test("a part that is retired, or that no rule allows, is left out, and the reasons say so", () => {
    const policy: readonly PolicyOperation[] = [
      grant("user/Observation.r"),
      grant("user/Condition.r"),
      grant("user/Patient.r"),
      { putScope: { name: "user/Condition.r" } },
      { activateScope: { name: "user/Condition.r" } },
      { retireScope: { name: "user/Condition.r" } },
      {
        putRule: {
          id: "observations",
          effect: "ALLOW",
          justification: "This policy is for a test.",
          resourceType: "Observation",
          role: "*",
          scope: "*",
          action: "*",
        },
      },
    ];
    const answer = ask(policy, { scopes: ["user/*.cruds"] });
    assert.equal(answer.scope, "user/Observation.r");
    const codes = answer.reasons.map((reason) => `${reason.code} ${reason.scope}`).sort();
    assert.deepEqual(codes, [
      "ALLOWED_BY_RULE user/Observation.r",
      "NO_MATCHING_RULE user/Patient.r",
      "SCOPE_NOT_GRANTED user/*.cruds",
      "SCOPE_RETIRED user/Condition.r",
    ]);
  });

  test("a role that is in the way in one organization is not in the others", () => {
    const policy: readonly PolicyOperation[] = [
      ...scope("view"),
      grant("view"),
      ANYONE,
      { putRole: { name: "barred" } },
      { putRule: { id: "bar", role: "barred", effect: "DENY", scope: "*", action: "*", resourceType: "*" } },
    ];
    const held = (organization: string): PolicyOperation => ({
      assignRole: { subjectId: "ann", role: "barred", organization },
    });
    assert.equal(ask([...policy, held("o1")], { scopes: ["view"] }).scope, "view");
    assert.equal(ask([...policy, held("*")], { scopes: ["view"] }).scope, null);
  });

  test("a rule for types that nobody names is found, and is not confused with those that are", () => {
    const broad = { atoms: [{ resourceType: "*", actions: ["read"] }], justification: "a test" };
    const rules: readonly PolicyOperation[] = [
      {
        putRule: {
          id: "all",
          effect: "ALLOW",
          justification: "This policy is for a test.",
          when: 'resource.type == "Goal"',
          role: "*",
          scope: "*",
          action: "*",
          resourceType: "*",
        },
      },
      { putRule: { id: "not-accounts", effect: "DENY", resourceType: "Account", role: "*", scope: "*", action: "*" } },
    ];
    const policy = [...scope("view", broad), grant("view"), ...rules];
    assert.equal(ask(policy, { scopes: ["view"] }).scope, "view");
    const none: PolicyOperation = {
      putRule: { id: "none", effect: "DENY", resourceType: "Goal", role: "*", scope: "*", action: "*" },
    };
    assert.equal(ask([...policy, none], { scopes: ["view"] }).scope, null);
  });

  test("a newer version that asks for consent hides an older one where it covers the same", () => {
    const atoms = (...types: readonly string[]) => types.map((resourceType) => ({ resourceType, actions: ["read"] }));
    const versions = (first: readonly string[], second: readonly string[]): readonly PolicyOperation[] => [
      ...scope("view", { atoms: atoms(...first) }),
      { deprecateScope: { name: "view", sunsetAt: NOW + 1000 } },
      ...scope("view", { atoms: atoms(...second), requiresConsent: true }),
      grant("view"),
      ANYONE,
    ];
    const hidden = ask(versions(["Observation"], ["Observation"]), { scopes: ["view"], ...patient });
    assert.equal(hidden.scope, null);
    assert.deepEqual(
      hidden.reasons.map(({ code }) => code),
      ["CONSENT_REQUIRED"],
    );
    const more = versions(["Observation", "Condition"], ["Observation"]);
    assert.equal(ask(more, { scopes: ["view"], ...patient }).scope, "view");
  });

  test("a purpose that is not given may be any, and one that is given is meant", () => {
    const policy = [
      ...scope("view"),
      grant("view"),
      {
        putRule: {
          id: "treat",
          effect: "ALLOW",
          justification: "This policy is for a test.",
          when: 'purposeOfUse == "TREAT"',
          role: "*",
          scope: "*",
          action: "*",
          resourceType: "*",
        },
      },
    ] satisfies readonly PolicyOperation[];
    assert.equal(ask(policy, { scopes: ["view"] }).scope, "view");
    assert.equal(ask(policy, { scopes: ["view"], purposeOfUse: "TREAT" }).scope, "view");
    assert.equal(ask(policy, { scopes: ["view"], purposeOfUse: "HRESCH" }).scope, null);
  });
});
