import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { reasonText } from "../../src/domain/decisions/reasonText.ts";
import type { AccessRequest, GrantRequest, JsonObject } from "../../src/domain/decisions/types.ts";
import { holdsAt, type Rule } from "../../src/domain/policy/types.ts";
import { covers } from "../../src/domain/scopes/algebra.ts";
import { parseSmartScope } from "../../src/domain/scopes/smart.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, runs } from "../support/budget.ts";
import { consentOf } from "../support/consents.ts";
import { assertedRoles, NOW, policies, type Rows, snapshotFrom } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const SCOPES = [
  ...["s1", "s2", "s3", "s1", "s2", "s3", "patient/Observation.rs", "patient/*.r", "patient/*.cruds", "patient/*.rs"],
  ...["user/Condition.rs", "user/*.cruds", "user/*.rs", "user/Observation.r", "system/Observation.r", "system/*.cruds"],
  ...["system/*.rs", "system/Patient.rs", "patient/Organization.rs"],
  ...["patient/Observation.read", "patient/Condition.rs", "unknown", "patient/Observation.dus"],
];
const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const scopeLists = fc.array(pick(...SCOPES), { maxLength: 6 });

const grantRequests: fc.Arbitrary<GrantRequest> = fc.record({
  clientId: pick("c1", "c2", "c3"),
  subject: fc.option(
    fc.record({
      id: pick("p1", "p2"),
      type: pick("user"),
      organization: pick(null),
      roles: assertedRoles,
      attributes: pick(null),
    }),
    { nil: null, freq: 3 },
  ),
  scopes: fc.array(pick(...SCOPES), { minLength: 1, maxLength: 8 }),
  heldScopes: scopeLists,
  languages: pick(null),
  purposeOfUse: pick(null, null, "TREAT", "HRESCH"),
  context: fc.option(
    fc.record({
      patient: pick(null, "p1", "p2"),
      ipAddress: pick(null),
      region: pick(null),
      userAgent: pick(null),
      tokenId: pick(null),
      attributes: pick(null),
    }),
    { nil: null, freq: 3 },
  ),
  requestId: pick(null),
});

/** What meets each constraint of the generators, one category at a time, all of them and one alone. */
const MEASURED = { date: "2020-05-01", "value-quantity": "4|u|mg", "value-string": "caf", subject: "Patient/p1" };
const ATTRIBUTES: readonly JsonObject[] = [
  ...[null, "a", "b", "c"].flatMap((category) =>
    [5, 2].map((level) => ({ ...MEASURED, level, ...(category === null ? {} : { category }) })),
  ),
  // The version of a scope that they meet may be one that asks for consent, where another one does not.
  ...Object.entries({ ...MEASURED, category: "a" }).map(([name, value]) => ({ [name]: value, level: 5 })),
  ...["b", "c"].map((category) => ({ category, level: 5 })),
];

const ACTIONS = ["read", "search", "approve", "update"];
const ASKED: readonly (readonly [string, readonly string[]])[] = [
  ...["Observation", "Condition", "todo", "Patient", "Organization"].map((type) => [type, ACTIONS] as const),
  ["*", ["search", "search-system", "$export"]],
  ["Patient", ["$export"]],
  ["Group", ["$export"]],
];
const EVERYBODY = ["p1", "p2", "p3"];
/** Whose a resource may be: of one, of nobody, and of several. */
const PATIENTS: readonly (readonly [string | null, readonly string[] | null])[] = [
  ...[...EVERYBODY, null].map((patient) => [patient, null] as const),
  ["p1", EVERYBODY],
  ["p2", EVERYBODY],
  [null, ["p2", "p3"]],
];

/** Everything of the generators' small world that a request with this token may be. */
function* requestsWith(
  scope: string,
  { clientId, subject, context, purposeOfUse }: GrantRequest,
): Generator<AccessRequest> {
  const purposes = purposeOfUse === null ? (["TREAT", "HRESCH", null] as const) : [purposeOfUse];
  // Without labels or attributes conditions fail, which allows nothing more.
  for (const organization of [null, "o1", "o2"])
    for (const [type, actions] of ASKED)
      for (const action of actions)
        for (const [patient, patients] of PATIENTS)
          for (const labels of [["R"], ["N"]] as const)
            for (const attributes of ATTRIBUTES)
              for (const purpose of purposes)
                yield {
                  ...{ clientId, subject, context, scopes: [scope], action, purposeOfUse: purpose, requestId: null },
                  resource: { type, id: null, patient, patients, organization, labels, attributes },
                };
}

/** Of all requests, one in so many: a prime, so that each value of each member comes up. */
const ONE_IN = 29;

/** Whether one in so many of the requests is allowed; a refusal that is wrong lets many of them through. */
function someOfMany(facts: DecideFacts, scope: string, request: GrantRequest, first: number): boolean {
  let at = first;
  for (const asked of requestsWith(scope, request))
    if (at++ % ONE_IN === 0 && decide(facts, asked).outcome === "ALLOW") return true;
  return false;
}

function someAllowed(facts: DecideFacts, scope: string, request: GrantRequest): boolean {
  for (const asked of requestsWith(scope, request)) if (decide(facts, asked).outcome === "ALLOW") return true;
  return false;
}
/** Whose the data is comes later where no patient is in context, and so does whether there is consent. */
const CONSENTS = EVERYBODY.map((patient) => consentOf({ id: patient, patient }));

const grantsOf = (rows: Rows, clientId: string): readonly string[] =>
  rows.grants.filter((grant) => grant.clientId === clientId && holdsAt(grant, NOW)).map(({ scope }) => scope);
const ask = (rows: Rows, request: GrantRequest) =>
  decideGrant({ snapshot: snapshotFrom(rows), engine, now: NOW }, request);
const tokenOf = (scope: string | null): readonly string[] => scope?.split(" ") ?? [];

test("every scope of the token is allowed something, with it alone", () => {
  let granted = 0;
  fc.assert(
    fc.property(policies, grantRequests, (all, request) => {
      // A rule may deny all that the patient in context has: that the token is of no use then is told by each denial.
      const deniesPatients = ({ effect, when }: Rule): boolean =>
        effect === "DENY" && /resource\.patient/.test(when ?? "");
      const rows = { ...all, rules: all.rules.filter((rule) => !deniesPatients(rule)) };
      const snapshot = snapshotFrom(rows);
      // What the question does not say of the context may be sent later.
      const patient = request.context?.patient ?? "p1";
      const rest = { ipAddress: null, region: null, userAgent: null, tokenId: null, attributes: null };
      const later = { ...request, context: { ...rest, ...request.context, patient } };
      for (const scope of tokenOf(ask(rows, request).scope)) {
        granted++;
        const consents = (request.context?.patient ?? null) === null ? CONSENTS : [];
        const facts = { snapshot, engine, now: NOW, gathered: { consents } };
        const allowed = someAllowed(facts, scope, request) || someAllowed(facts, scope, later);
        assert.ok(allowed, `${scope} is refused whatever is asked`);
      }
    }),
    { numRuns: runs(1200), endOnFailure: true },
  );
  assert.ok(granted > atLeast(40), `only ${granted} scopes were granted`);
});

test("a scope that is refused for want of a rule is refused everywhere", () => {
  let refused = 0;
  fc.assert(
    fc.property(policies, grantRequests, fc.nat({ max: ONE_IN - 1 }), (rows, request, first) => {
      const snapshot = snapshotFrom(rows);
      for (const { requested, outcome } of ask(rows, request).details.scopes) {
        if (outcome !== "DENIED" && outcome !== "UNKNOWN") continue;
        refused++;
        assert.ok(
          !someOfMany({ snapshot, engine, now: NOW }, requested, request, first),
          `${requested} would be allowed something`,
        );
      }
    }),
    { numRuns: runs(400), endOnFailure: true },
  );
  assert.ok(refused > atLeast(80), `only ${refused} scopes were refused`);
});

test("nothing in the token is beyond what the client is granted, nor beyond what was asked", () => {
  let narrowed = 0;
  fc.assert(
    fc.property(policies, grantRequests, (rows, request) => {
      const ceiling = grantsOf(rows, request.clientId);
      const together = ceiling.flatMap((scope) => parseSmartScope(scope)?.atoms ?? []);
      for (const { requested, scopes, outcome } of ask(rows, request).details.scopes) {
        if (outcome === "NARROWED") narrowed++;
        for (const scope of scopes) {
          const smart = parseSmartScope(scope);
          const within = (wide: string): boolean =>
            wide === scope || (smart !== null && covers(parseSmartScope(wide)?.atoms ?? [], smart.atoms));
          const granted = ceiling.includes(scope) || (smart !== null && covers(together, smart.atoms));
          assert.ok(granted, `${scope} is not within ${ceiling}`);
          assert.ok(within(requested), `${scope} is not within ${requested}`);
          if (outcome !== "NARROWED") assert.equal(scope, requested);
        }
      }
    }),
    { numRuns: runs(3000) },
  );
  assert.ok(narrowed > atLeast(50), `only ${narrowed} were narrowed`);
});

test("what was held before changes nothing but what is new, and more held is never more new", () => {
  fc.assert(
    fc.property(policies, grantRequests, scopeLists, (rows, request, more) => {
      const first = ask(rows, request);
      const after = ask(rows, { ...request, heldScopes: [...request.heldScopes, ...more] });
      const rest = ({ details, ...verdict }: typeof first) => ({ ...verdict, scopes: details.scopes });
      assert.deepEqual(rest(after), rest(first));
      assert.ok(
        after.details.newScopes.every((scope) => first.details.newScopes.includes(scope)),
        "more is new",
      );
      const none = ask(rows, { ...request, heldScopes: [] });
      assert.deepEqual(none.details.newScopes, tokenOf(none.scope));
      assert.deepEqual(ask(rows, { ...request, heldScopes: tokenOf(none.scope) }).details.newScopes, []);
    }),
    { numRuns: runs(1000) },
  );
});

test("the token says in its shortest form what is granted, and every requested scope has one outcome with its reasons", () => {
  let shortened = 0;
  fc.assert(
    fc.property(policies, grantRequests, (rows, request) => {
      const { outcome, scope, reasons, obligations, details } = ask(rows, request);
      const token = tokenOf(scope);
      assert.deepEqual([...new Set(token)], token);
      const granted = [...new Set(details.scopes.flatMap((grant) => grant.scopes))];
      const names = (list: readonly string[]) => list.filter((each) => parseSmartScope(each) === null);
      const atoms = (list: readonly string[]) => list.flatMap((each) => parseSmartScope(each)?.atoms ?? []);
      assert.deepEqual(names(token), names(granted));
      assert.ok(covers(atoms(token), atoms(granted)) && covers(atoms(granted), atoms(token)), `${token} of ${granted}`);
      assert.ok(token.length <= granted.length);
      if (token.length < granted.length) shortened++;
      assert.deepEqual(
        details.scopes.map(({ requested }) => requested),
        [...new Set(request.scopes)],
      );
      assert.equal(outcome, token.length > 0 ? "ALLOW" : "DENY");
      assert.deepEqual(obligations, []);
      for (const grant of details.scopes) {
        assert.equal(grant.scopes.length > 0, !["DENIED", "UNKNOWN"].includes(grant.outcome));
        assert.notEqual(grant.reasons.length, 0);
        assert.equal(grant.sunsetAt !== null, grant.outcome === "DEPRECATED");
        for (const reason of grant.reasons)
          assert.ok(
            reasons.some((one) => reasonText(one) === reasonText(reason)),
            `${reasonText(reason)} is missing`,
          );
      }
    }),
    { numRuns: runs(2000) },
  );
  assert.ok(shortened > atLeast(0), `only ${shortened} were shortened`);
});
