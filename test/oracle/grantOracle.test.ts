import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import type { GrantRequest, ScopeGrantOutcome } from "../../src/domain/decisions/types.ts";
import type { Rule } from "../../src/domain/policy/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { NOW, policies, type Rows, snapshotFrom } from "../support/policies.ts";
import { isProtocol, mayHave, permissionsOf, simplest, withinGrants } from "./grantOracle.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const SMART = [
  ...["patient/Observation.rs", "patient/*.r", "patient/*.cruds", "patient/*.rs", "patient/Observation.read"],
  ...["patient/Observation.r", "patient/Observation.s", "patient/*.*", "patient/Condition.write", "user/Condition.rs"],
  ...["user/*.cruds", "user/*.rs", "user/Observation.r", "system/Observation.r", "system/*.read"],
];
const PROTOCOL = ["openid", "launch/patient", "launch", "offline_access", "online_access", "https://example.org/scope"];
const UNKNOWN = ["unknown", "patient/Observation.dus", "two words", "labs:read"];
const requests: fc.Arbitrary<GrantRequest> = fc.record({
  clientId: pick("c1", "c2", "c3"),
  subject: fc.option(fc.constant({ id: "p1", type: "user", organization: null, roles: null, attributes: null }), {
    nil: null,
  }),
  scopes: fc.array(pick(...SMART, ...SMART, ...PROTOCOL, ...UNKNOWN), { minLength: 1, maxLength: 8 }),
  heldScopes: pick([]),
  languages: pick(null),
  purposeOfUse: pick(null),
  context: fc.option(
    fc.constant({ patient: "p1", ipAddress: null, region: null, userAgent: null, tokenId: null, attributes: null }),
    { nil: null, freq: 4 },
  ),
  requestId: pick(null),
});

/** Where every rule allows everything and no scope has a life of its own, ceilings alone decide. */
const open: Rule = {
  ...{ id: "open", role: "*", scope: "*", action: "*", resourceType: "*", when: null, effect: "ALLOW" },
  ...{ obligations: [], description: null, justification: null },
} as const;
const ceilingsOf = (rows: Rows): Rows => ({
  ...rows,
  grants: rows.grants.filter(({ scope }) => !scope.includes("?")),
  rules: [open],
  scopes: [],
});

function expected(rows: Rows, request: GrantRequest, scope: string): ScopeGrantOutcome {
  const client = rows.clients.find(({ id }) => id === request.clientId);
  const asked = permissionsOf(scope);
  if (asked.length === 0 && !isProtocol(scope)) return "UNKNOWN";
  if (client === undefined || client.status === "SUSPENDED") return "DENIED";
  if (isProtocol(scope)) return mayHave(client, request, scope) ? "GRANTED" : "DENIED";
  const within = withinGrants(rows, request, scope, NOW);
  if (within.length === 0) return "DENIED";
  return JSON.stringify(within) === JSON.stringify(simplest(asked)) ? "GRANTED" : "NARROWED";
}

test("a token covers exactly what was asked within the ceiling, and each scope has the outcome that the oracle says", () => {
  const seen = new Map<string, number>();
  const note = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  fc.assert(
    fc.property(policies, requests, (generated, request) => {
      const rows = ceilingsOf(generated);
      const { details, scope } = decideGrant({ snapshot: snapshotFrom(rows), engine, now: NOW }, request);
      const token = scope?.split(" ") ?? [];
      const client = rows.clients.find(({ id }) => id === request.clientId);
      const isServed = client?.status === "ACTIVE";
      for (const { outcome, requested } of details.scopes) {
        const wanted = expected(rows, request, requested);
        // A scope that several grants cover together may be told as narrowed to parts that say the same.
        const same = outcome === wanted || (outcome === "NARROWED" && wanted === "GRANTED");
        assert.ok(same, `${requested} is ${outcome}, not ${wanted}`);
        note(outcome);
      }
      const within = isServed ? request.scopes.flatMap((each) => withinGrants(rows, request, each, NOW)) : [];
      assert.deepEqual(simplest(token.flatMap(permissionsOf)), simplest(within));
      assert.deepEqual(
        token.filter(isProtocol).sort(),
        [...new Set(request.scopes)]
          .filter((each) => expected(rows, request, each) === "GRANTED" && isProtocol(each))
          .sort(),
      );
      if (token.length < new Set(details.scopes.flatMap(({ scopes }) => scopes)).size) note("SHORTENED");
      if (token.some((each) => /\.(read|write|\*)$/.test(each))) note("VERSION_1");
    }),
    { numRuns: runs(4000) },
  );
  for (const what of ["GRANTED", "NARROWED", "DENIED", "UNKNOWN", "SHORTENED", "VERSION_1"])
    assert.ok((seen.get(what) ?? 0) > atLeast(50), `${what} was reached ${seen.get(what) ?? 0} times`);
});
