import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { type AuthorizeInput, parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { parseGrantInput } from "../../src/domain/decisions/granting/grantInput.ts";
import { reasonText } from "../../src/domain/decisions/reasonText.ts";
import { MAX_RECORD_BYTES } from "../../src/domain/decisions/recordSize.ts";
import type { AccessRecord, GrantRecord } from "../../src/domain/decisions/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { encodeDecision } from "../../src/storage/journal/decisionRow.ts";
import { NOW, type Rows, snapshotFrom } from "../support/policies.ts";

const ROWS: Rows = {
  clients: [{ id: "app", name: "App", status: "ACTIVE", description: null, protocolScopes: null, careCritical: false }],
  grants: [{ clientId: "app", scope: "patient/*.rs", validFrom: null, validUntil: null }],
  rules: [
    {
      ...{ id: "open", role: "*", scope: "*", action: "*", resourceType: "*", when: null, effect: "ALLOW" },
      ...{ obligations: [], description: null, justification: null },
    },
  ],
  ...{ scopes: [], roles: [], assignments: [], organizations: [] },
};
const snapshot = snapshotFrom(ROWS);
let engine: Engine;
before(async () => {
  engine = await createEngine();
});

function present(scopes: readonly string[], more: Partial<AuthorizeInput> = {}) {
  const input: AuthorizeInput = {
    ...{ clientId: "app", subject: { id: "ann" }, scopes, action: "read", context: { patient: "p1" } },
    resource: { type: "Observation", id: "o1", patient: "p1" },
    ...more,
  };
  const parsed = parseAuthorizeInput(input, "input");
  assert.ok(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.problems));
  const { request } = parsed;
  return { request, verdict: decide({ snapshot, engine, now: NOW }, request) };
}
const by = { id: "d1", decidedAt: NOW, callerId: "key:a", semantics: 1 };
const access = ({ request, verdict }: ReturnType<typeof present>): AccessRecord => ({
  ...verdict,
  ...by,
  kind: "ACCESS",
  request,
});
function bytesOf(record: AccessRecord | GrantRecord): number {
  const { record: open, personal } = encodeDecision(record, "");
  return Buffer.byteLength(open) + Buffer.byteLength(personal);
}

describe("a text that is no scope token", () => {
  for (const [text, why] of [
    ["", /^"" is no scope: it is empty\.$/],
    ["two words", /does not permit its character 4, U\+0020\.$/],
    ['say"so', /character 4, U\+0022/],
    ["back\\slash", /character 5, U\+005C/],
    ["caf\u00e9", /character 4, U\+00E9/],
    ["smile\u{1f600}", /character 6, U\+1F600/],
    ["nul\u0000", /U\+FFFD/],
    ["half\ud800", /U\+FFFD/],
    ["x".repeat(2049), /it has 2049 characters, and may have at most 2048\.$/],
    [`patient/Observation.rs?_id=${"x".repeat(2100)}`, /may have at most 2048/],
  ] as const)
    test(`is a reason, and the others count: ${JSON.stringify(text.slice(0, 20))}`, () => {
      const beside = present([text, "patient/Observation.r"]);
      assert.equal(beside.verdict.scope, "patient/Observation.r");
      const alone = present([text]);
      assert.deepEqual(
        [alone.verdict.outcome, alone.verdict.reasons.map(({ code }) => code)],
        ["DENY", ["UNKNOWN_SCOPE"]],
      );
      const [reason] = alone.verdict.reasons;
      assert.match(reason === undefined ? "" : reasonText(reason), why);
      assert.ok((reason?.scope ?? "").length <= 256 && !/[\p{Cc}\p{Cs}]/u.test(reason?.scope ?? ""));
      // Every store can hold it.
      assert.ok(bytesOf(access(alone)) <= MAX_RECORD_BYTES);
      const { request } = parseGrantInput({ clientId: "app", scopes: [text, "launch"] }, "input");
      const granted = decideGrant({ snapshot, engine, now: NOW }, request);
      assert.equal(granted.scope, "launch");
      assert.equal(granted.details.scopes[0]?.outcome, "UNKNOWN");
    });
});

test("a scope of 2,048 characters is one like any other", () => {
  const scope = `patient/Observation.rs?_id=${"x".repeat(2048)}`.slice(0, 2048);
  const { verdict } = present(["patient/Observation.cruds", scope], { action: "search" });
  assert.equal(verdict.outcome, "ALLOW");
  assert.equal(present([scope], { action: "search" }).verdict.scope, scope);
  assert.ok(bytesOf(access(present([scope], { action: "search" }))) <= MAX_RECORD_BYTES);
});

test("a thousand tokens are looked at, a thousand and one are refused", () => {
  const texts = Array.from({ length: 999 }, (_, i) => `unknown_${i}`);
  assert.equal(present([...texts, "patient/Observation.rs"]).verdict.outcome, "ALLOW");
  const parsed = parseAuthorizeInput(
    { clientId: "app", scopes: [...texts, "a", "b"], action: "read", resource: { type: "Observation" } },
    "input",
  );
  assert.ok(!parsed.ok);
  assert.deepEqual(parsed.problems, [{ path: "input.scopes", message: "must have at most 1000 items" }]);
});

test("records of long and of bad tokens stay within their bound", () => {
  const long = (i: number): string => `user/Observation.rs?_id=${i}${"x".repeat(1500)}`;
  const lists: readonly (readonly string[])[] = [
    Array.from({ length: 20 }, (_, i) => long(i)),
    Array.from({ length: 4 }, (_, i) => `patient/${"x".repeat(2000)}${i}.rs`),
    Array.from({ length: 75 }, (_, i) => `${"\u0001".repeat(100)}${i}`),
    Array.from({ length: 1000 }, (_, i) => `patient/Obsrvation${i}.rs`),
  ];
  for (const scopes of lists) {
    const bytes = bytesOf(access(present(scopes)));
    assert.ok(bytes <= MAX_RECORD_BYTES, `${bytes} bytes`);
  }
  const { request } = parseGrantInput({ clientId: "app", scopes: (lists[2] ?? []).slice(0, 30) }, "input");
  const granted = decideGrant({ snapshot, engine, now: NOW }, request);
  assert.ok(bytesOf({ ...granted, ...by, kind: "GRANT", request }) <= MAX_RECORD_BYTES);
});

describe("a subject that is the client itself", () => {
  const asked = (subject: AuthorizeInput["subject"]) => present(["patient/*.rs"], { subject }).request.subject;

  test("is none: the client acts as itself", () => {
    assert.equal(asked({ id: "app" }), null);
    assert.equal(asked({ id: "app", type: "client" }), null);
    assert.equal(
      parseGrantInput({ clientId: "app", subject: { id: "app" }, scopes: [] }, "input").request.subject,
      null,
    );
  });

  test("is somebody where the type says so, or the id differs in a letter", () => {
    assert.equal(asked({ id: "app", type: "device" })?.id, "app");
    assert.equal(asked({ id: "App" })?.id, "App");
  });
});
