import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type AuthorizeInput, parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { NOW, snapshotFrom } from "../support/policies.ts";

const ANYONE = {
  ...{ id: "anyone", role: "*", scope: "*", action: "*", resourceType: "*", when: null, effect: "ALLOW" as const },
  ...{ obligations: [], description: null, justification: null },
};
let engine: Engine;
before(async () => {
  engine = await createEngine();
});

type Asked = Pick<AuthorizeInput, "action" | "context" | "scopes" | "subject"> & { readonly type: string };

function decided(granted: readonly string[], { type, ...asked }: Asked) {
  const snapshot = snapshotFrom({
    clients: [
      { id: "app", name: "App", status: "ACTIVE", description: null, protocolScopes: null, careCritical: false },
    ],
    grants: granted.map((scope) => ({ clientId: "app", scope, validFrom: null, validUntil: null })),
    ...{ scopes: [], roles: [], assignments: [], rules: [ANYONE] },
  });
  const parsed = parseAuthorizeInput({ clientId: "app", resource: { type }, ...asked }, "input");
  assert.ok(parsed.ok);
  const facts = { snapshot, engine, now: NOW };
  const { outcome, sufficientScopes = [] } = decide(facts, parsed.request);
  assert.equal(outcome, "DENY");
  const more = [...(asked.scopes ?? []), ...sufficientScopes];
  return { sufficientScopes, afterwards: decide(facts, { ...parsed.request, scopes: more }).outcome };
}
const backend = (type: string, scopes: readonly string[]): Asked => ({ action: "$export", scopes, type });

describe("the least scope that would do", () => {
  const presented = ["system/Observation.rs"];
  for (const [name, granted, level, least] of [
    ["for an export of all is that of all types", ["system/*.cruds", "system/Patient.rs"], "*", "system/*.rs"],
    ["for an export of patients is that of patients", ["system/*.rs"], "Patient", "system/Patient.rs"],
    [
      "for an export of a group is that of groups",
      ["system/*.r", "system/Group.s", ...presented],
      "Group",
      "system/Group.rs",
    ],
  ] as const)
    test(name, () => {
      assert.deepEqual(decided(granted, backend(level, presented)), { sufficientScopes: [least], afterwards: "ALLOW" });
      assert.deepEqual(decided(granted, backend(level, [])), { sufficientScopes: [least], afterwards: "ALLOW" });
    });

  for (const [name, granted, asked] of [
    ["of all types where the client is granted some", ["system/Patient.rs"], backend("*", presented)],
    ["that is constrained", ["system/Patient.rs?_tag=a"], backend("Patient", presented)],
    ["of one letter", ["system/Patient.r", "system/*.r"], backend("Patient", presented)],
    ["in another context", ["user/*.rs"], backend("*", presented)],
    ["for a subject", ["system/*.rs"], { ...backend("*", presented), subject: { id: "ann" } }],
  ] as const)
    test(`for an export there is none ${name}`, () => {
      assert.deepEqual(decided(granted, asked), { sufficientScopes: [], afterwards: "DENY" });
    });

  const search = { scopes: ["user/Observation.rs"], subject: { id: "ann" }, type: "*" };
  for (const action of ["search-system", "history-system"])
    test(`for ${action} is the search of all types`, () => {
      const asked = { ...search, action };
      assert.deepEqual(decided(["user/*.cruds"], asked), { sufficientScopes: ["user/*.s"], afterwards: "ALLOW" });
      assert.deepEqual(decided(["user/Patient.s", "user/Observation.s"], asked), {
        sufficientScopes: [],
        afterwards: "DENY",
      });
    });

  test("for a search of all types by a client that acts as itself, or of one patient, is that of its context", () => {
    const own = { action: "search-system", scopes: ["system/Patient.s"], type: "*" };
    assert.deepEqual(decided(["system/*.s"], own), { sufficientScopes: ["system/*.s"], afterwards: "ALLOW" });
    const patients = { ...search, action: "search-system", context: { patient: "p" } };
    assert.deepEqual(decided(["patient/*.rs"], patients), { sufficientScopes: ["patient/*.s"], afterwards: "ALLOW" });
  });
});
