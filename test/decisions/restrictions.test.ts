import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { decide, decideInSteps } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import type { KeptRestriction } from "../../src/domain/decisions/restrictions/restriction.ts";
import { createRestrictionSource } from "../../src/domain/decisions/restrictions/restrictionSource.ts";
import type { RestrictedParties } from "../../src/domain/decisions/restrictions/store.ts";
import { summaryText } from "../../src/domain/decisions/summaryText.ts";
import type { AccessRecord, AccessRequest } from "../../src/domain/decisions/types.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import type { AlertResponseRule } from "../../src/domain/policy/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { accessRequest } from "../support/records.ts";
import { keptRestriction } from "../support/restrictions.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const why = { justification: "This policy is for a test." };
const ANY = { role: "*", scope: "*", action: "*", resourceType: "*", ...why } as const;
const BOTH: readonly AlertResponseRule[] = [
  { response: "STEP_UP", maxMinutes: 120 },
  { response: "SUSPENSION", maxMinutes: 60 },
];
const responses = (id: string, alertResponses: readonly AlertResponseRule[]): PolicyOperation => ({
  putOrganization: { id, settings: { alertResponses, specialProtection: "TRUSTED" }, ...why },
});
const POLICY: readonly PolicyOperation[] = [
  { putClient: { id: "app", name: "App" } },
  { putClient: { id: "ward", name: "The ward's", careCritical: true } },
  { putRule: { id: "anyone", effect: "ALLOW", ...ANY } },
  ...["app", "ward"].map((clientId) => ({ grantScope: { clientId, scope: "user/Observation.rs" } })),
  ...["app", "ward"].map((clientId) => ({ grantScope: { clientId, scope: "system/Observation.rs" } })),
  responses("*", BOTH),
  responses("spared", []),
  responses("short", [{ response: "SUSPENSION", maxMinutes: 10 }]),
];

let engine: Engine;
let snapshot: Snapshot;
function policyOf(operations: readonly PolicyOperation[], from = emptySnapshot()): Snapshot {
  const { checkCondition, readCondition } = engine;
  const applied = applyOperations(from, operations, { now: NOW, newId: () => "rule", checkCondition, readCondition });
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  return applied.snapshot;
}
before(async () => {
  engine = await createEngine();
  snapshot = policyOf(POLICY);
});

const kept = (id: string, more: Partial<KeptRestriction> = {}): KeptRestriction =>
  keptRestriction(id, { imposedAt: NOW - MINUTE, endsAt: NOW + 59 * MINUTE, ...more });
const stepUp = (id: string, more: Partial<KeptRestriction> = {}): KeptRestriction =>
  kept(id, { response: "STEP_UP", ...more });
const HOUR = 60 * MINUTE;
const blocked = (id: string): KeptRestriction => kept(id, { alertId: null, endsAt: NOW + 23 * HOUR });
const ofClient = (id: string): Partial<KeptRestriction> => ({ holder: { kind: "CLIENT", id } });
const ROSE = { id: "rose", type: "user", organization: null, roles: null, attributes: null };

interface Asked {
  readonly client?: string;
  readonly subject?: AccessRequest["subject"];
  readonly at?: string | null;
  readonly now?: number;
  readonly by?: Snapshot;
}
function requestOf({ at = "general", client = "app", subject = ROSE }: Asked): AccessRequest {
  const resource = { type: "Observation", id: "o1", patient: "ann", patients: null, labels: [], attributes: null };
  const scopes = [subject === null ? "system/Observation.rs" : "user/Observation.rs"];
  return accessRequest({
    clientId: client,
    subject,
    scopes,
    action: "read",
    resource: { ...resource, organization: at },
  });
}
const factsOf = ({ by = snapshot, now = NOW }: Asked, restrictions: readonly KeptRestriction[]) => ({
  ...{ snapshot: by, engine, now },
  gathered: { consents: [], restrictions },
});
/** `ALLOW`, or why not, with the obligations. */
function told(restrictions: readonly KeptRestriction[], asked: Asked = {}): string {
  const facts = factsOf(asked, restrictions);
  const verdict = decide(facts, requestOf(asked));
  const steps = decideInSteps(facts, requestOf(asked));
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done !== true) continue;
    assert.deepEqual(step.value, verdict);
    break;
  }
  const codes = verdict.reasons.map(({ code }) => code).filter((code) => code !== "ALLOWED_BY_RULE");
  return [verdict.outcome, ...codes, ...verdict.obligations.map(({ type }) => type)].join(" ");
}
const SUSPENDED = "DENY SUSPENDED_FOR_REVIEW";

describe("a suspension", () => {
  for (const [what, restrictions, asked, expected] of [
    ["of the subject denies", [kept("r")], {}, SUSPENDED],
    ["of the client denies, whoever it acts for", [kept("r", ofClient("app"))], {}, SUSPENDED],
    ["of the client denies what it does as itself", [kept("r", ofClient("app"))], { subject: null }, SUSPENDED],
    ["of another client is none", [kept("r", ofClient("other"))], {}, "ALLOW"],
    ["of a subject is none of the client itself", [kept("r")], { subject: null }, "ALLOW"],
    ["of a subject is none of another type", [kept("r")], { subject: { ...ROSE, type: "device" } }, "ALLOW"],
    [
      "of a client is none of the subject of its id",
      [kept("r", ofClient("rose"))],
      { subject: { ...ROSE, type: "client" } },
      "ALLOW",
    ],
    ["of a care-critical client is none", [kept("r", ofClient("ward"))], { client: "ward" }, "ALLOW"],
    ["of a person holds at a care-critical client too", [kept("r")], { client: "ward" }, SUSPENDED],
    ["holds until its end", [kept("r")], { now: NOW + 59 * MINUTE - 1 }, SUSPENDED],
    ["ends by itself", [kept("r")], { now: NOW + 59 * MINUTE }, "ALLOW"],
    [
      "that was lifted is none",
      [kept("r", { lifted: { at: NOW - 1, by: { callerId: "k", subject: null }, reason: "r" } })],
      {},
      "ALLOW",
    ],
    ["is none where the organization lets none be", [kept("r")], { at: "spared" }, "ALLOW"],
    [
      "holds in an organization as long as that lets it",
      [kept("r")],
      { at: "short", now: NOW + 8 * MINUTE },
      SUSPENDED,
    ],
    [
      "ends in an organization when that lets it hold no longer",
      [kept("r")],
      { at: "short", now: NOW + 9 * MINUTE },
      "ALLOW",
    ],
    ["holds for a resource that names no organization", [kept("r")], { at: null }, SUSPENDED],
    ["without an alert holds whatever the policy lets alerts do", [blocked("r")], { at: "spared" }, SUSPENDED],
    ["without an alert holds until its own end", [blocked("r")], { at: "short", now: NOW + 22 * HOUR }, SUSPENDED],
    ["without an alert ends by itself", [blocked("r")], { at: "short", now: NOW + 23 * HOUR }, "ALLOW"],
    ["without an alert holds at a care-critical client too", [blocked("r")], { client: "ward" }, SUSPENDED],
  ] as readonly (readonly [string, readonly KeptRestriction[], Asked, string])[])
    test(what, () => assert.equal(told(restrictions, asked), expected));

  test("says until when there, of several by the one that ends last, and never that a scope would help", () => {
    const others = [kept("a", { endsAt: NOW + 5 * MINUTE }), kept("b", ofClient("app"))];
    const facts = factsOf({}, others);
    const unheld = { ...requestOf({}), scopes: ["user/Patient.rs"] };
    for (const request of [requestOf({}), unheld]) {
      const verdict = decide(facts, request);
      assert.deepEqual(verdict.reasons[0], {
        code: "SUSPENDED_FOR_REVIEW",
        parameters: { endsAt: NOW + 59 * MINUTE, id: "b", of: "CLIENT" },
        ...{ role: null, ruleId: null, scope: null },
      });
      assert.equal(verdict.sufficientScopes, undefined);
    }
    const record = { ...decide(facts, requestOf({})), kind: "ACCESS", request: requestOf({}) } as AccessRecord;
    assert.equal(summaryText(record), "The access of this client is suspended for review until 2027-01-15 08:59 UTC.");
    const short = decide(factsOf({ at: "short" }, [kept("r")]), requestOf({ at: "short" }));
    assert.equal((short.reasons[0] as { parameters?: { endsAt: number } }).parameters?.endsAt, NOW + 9 * MINUTE);
  });

  test("is none any more once the policy lets no alert do it, or the client is care-critical", () => {
    const cleared = policyOf([{ updateOrganization: { id: "*", clear: ["alertResponses"] } }], snapshot);
    assert.equal(told([kept("r")], { by: cleared }), "ALLOW");
    const marked = policyOf([{ updateClient: { id: "app", careCritical: true } }], snapshot);
    assert.equal(told([kept("r", ofClient("app"))], { by: marked }), "ALLOW");
    assert.equal(told([kept("r")], { by: marked }), SUSPENDED);
  });

  test("gives no token, of whatever scope", () => {
    const token = {
      ...{ clientId: "app", subject: ROSE, heldScopes: [], languages: null, purposeOfUse: null },
      ...{ scopes: ["openid", "user/Observation.r"], context: null, requestId: null },
    };
    const granted = decideGrant(factsOf({}, []), token);
    assert.equal(granted.scope, "openid user/Observation.r");
    for (const each of [kept("r"), kept("r", ofClient("app"))]) {
      const refused = decideGrant(factsOf({}, [each]), token);
      assert.deepEqual([refused.outcome, refused.scope], ["DENY", null]);
      assert.deepEqual(
        refused.details.scopes.map(({ outcome, reasons }) => [outcome, reasons.map(({ code }) => code)]),
        [
          ["DENIED", ["SUSPENDED_FOR_REVIEW"]],
          ["DENIED", ["SUSPENDED_FOR_REVIEW"]],
        ],
      );
    }
    const spared = { ...token, clientId: "ward" };
    assert.equal(decideGrant(factsOf({}, [kept("r", ofClient("ward"))]), spared).scope, granted.scope);
    // A token may be used anywhere: the longest time of any organization counts.
    assert.equal(
      decideGrant(factsOf({}, [kept("r")]), { ...token, subject: { ...ROSE, organization: "spared" } }).outcome,
      "DENY",
    );
  });
});

describe("a step-up", () => {
  test("is an obligation of what is allowed, with its end and since when who acts must have proved who they are", () => {
    const { obligations, outcome } = decide(factsOf({}, [stepUp("r")]), requestOf({}));
    assert.equal(outcome, "ALLOW");
    assert.deepEqual(obligations, [
      {
        type: "stepUp",
        parameters: {
          endsAt: new Date(NOW + 59 * MINUTE).toISOString(),
          id: "r",
          since: new Date(NOW - MINUTE).toISOString(),
        },
      },
    ]);
  });
  for (const [what, restrictions, asked, expected] of [
    ["of client and subject is one each", [stepUp("a"), stepUp("b", ofClient("app"))], {}, "ALLOW stepUp stepUp"],
    ["holds for a care-critical client too", [stepUp("r", ofClient("ward"))], { client: "ward" }, "ALLOW stepUp"],
    ["is nothing of a denial", [stepUp("a"), kept("b")], {}, SUSPENDED],
    ["ends by itself", [stepUp("r")], { now: NOW + 59 * MINUTE }, "ALLOW"],
    ["is nobody else's", [stepUp("r")], { subject: { ...ROSE, id: "rob" } }, "ALLOW"],
    ["is none where the organization lets none be", [stepUp("r")], { at: "short" }, "ALLOW"],
  ] as readonly (readonly [string, readonly KeptRestriction[], Asked, string])[])
    test(what, () => assert.equal(told(restrictions, asked), expected));
});

describe("what is read of restrictions", () => {
  const all = [
    kept("a"),
    stepUp("b", ofClient("app")),
    kept("c", { holder: { kind: "SUBJECT", type: "user", id: "rob" } }),
  ];
  const asked: RestrictedParties[] = [];
  const source = createRestrictionSource({
    clock: () => NOW,
    store: {
      async inForce(parties) {
        asked.push(parties);
        return all;
      },
    },
  });
  const idsOf = async (kind: "ACCESS" | "GRANT", requests: readonly AccessRequest[], more: object = {}) =>
    (await source.gather({ kind, requests, snapshot, ...more })).map(({ restrictions }) =>
      (restrictions ?? []).map(({ id }) => id),
    );

  test("is one question for all of a request, and of each what is its client's and its subject's", async () => {
    asked.length = 0;
    const requests = [requestOf({}), requestOf({ client: "ward" }), requestOf({ subject: null })];
    assert.deepEqual(await idsOf("ACCESS", requests), [["a", "b"], ["a"], ["b"]]);
    assert.deepEqual(asked, [{ clientIds: ["app", "ward"], subjectIds: ["rose"] }]);
    // A token has no obligations.
    assert.deepEqual(await idsOf("GRANT", requests), [["a"], ["a"], []]);
  });
  test("about whoever it may be, is that of everybody where nobody is named", async () => {
    asked.length = 0;
    assert.deepEqual(await idsOf("ACCESS", [requestOf({ subject: null })], { whoever: true }), [["a", "b", "c"]]);
    assert.deepEqual(asked, [{ clientIds: ["app"], subjectIds: null }]);
    assert.deepEqual(await idsOf("ACCESS", [requestOf({})], { whoever: true }), [["a", "b"]]);
  });
  test("is what no alert brought alone, where the policy lets no alert restrict anything", async () => {
    const without = policyOf(POLICY.filter((each) => !("putOrganization" in each)));
    assert.deepEqual(await idsOf("ACCESS", [requestOf({})], { snapshot: without }), [[]]);
    all.push(blocked("d"));
    for (const kind of ["ACCESS", "GRANT"] as const)
      assert.deepEqual(await idsOf(kind, [requestOf({}), requestOf({ subject: null })], { snapshot: without }), [
        ["d"],
        [],
      ]);
    all.pop();
    assert.deepEqual(await source.gather({ kind: "ACCESS", requests: [], snapshot }), []);
  });
});
