import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { MOST_WAYS, waysOf } from "../../src/domain/consent/openWays.ts";
import type { Consent } from "../../src/domain/consent/types.ts";
import { consentSaid } from "../../src/domain/decisions/asking/consentSaid.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { consents } from "../consent/arbitraries.ts";
import { ANYBODY, consent as sample } from "../consent/sampleConsents.ts";
import { atLeast, runs } from "../support/budget.ts";
import { labels, purpose } from "../support/oneForm.ts";
import { accessRequest } from "../support/records.ts";

const NOW = Date.parse("2026-06-15T12:00:00Z");
const BECAUSE = { justification: "This policy is for a test." };
/** Whatever consents permit is allowed, by each of these scopes, with or without the role. */
const SCOPES = ["view_labs", "view_other", "user/Observation.rs", "user/*.rs"];
const CLIENTS = ["ehr", "portal", "another"];
const POLICY: readonly PolicyOperation[] = [
  { putRole: { name: "nurse" } },
  { assignRole: { subjectId: "nina", role: "nurse", organization: "*" } },
  { putRule: { id: "all", effect: "ALLOW", role: "*", scope: "*", action: "*", resourceType: "*", ...BECAUSE } },
  ...SCOPES.slice(0, 2).flatMap((name): PolicyOperation[] => [
    { putScope: { name, atoms: [{ resourceType: "Observation", actions: ["read", "search"] }], ...BECAUSE } },
    { activateScope: { name } },
  ]),
  ...CLIENTS.flatMap((id): PolicyOperation[] => [
    { putClient: { id, name: id } },
    ...SCOPES.map((scope): PolicyOperation => ({ grantScope: { clientId: id, scope } })),
  ]),
  {
    putOrganization: {
      id: "silent",
      settings: { consentOnSilence: [{ purpose: null, silence: "DENY" }], specialProtection: "TRUSTED" },
      ...BECAUSE,
    },
  },
  { putOrganization: { id: "trusted", settings: { specialProtection: "TRUSTED" }, ...BECAUSE } },
];

let facts: DecideFacts;
before(async () => {
  const engine = await createEngine();
  const { checkCondition, readCondition } = engine;
  const of = { now: NOW, newId: () => "rule", checkCondition, readCondition };
  const applied = applyOperations(emptySnapshot(), POLICY, of);
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  facts = { snapshot: applied.snapshot, engine, now: NOW };
});

interface Asked {
  readonly clientId?: string | null;
  readonly who?: string | null;
  readonly purposeOfUse?: string | null;
  readonly action?: string;
  readonly organization?: string | null;
  readonly labels?: readonly string[] | null;
  readonly patient?: string;
}
function requestOf({ who = "omar", ...asked }: Asked): AccessRequest {
  const { action = "read", organization = "trusted", purposeOfUse = "TREAT", patient = "ann" } = asked;
  return accessRequest({
    ...{ clientId: asked.clientId ?? "(any client)", action, scopes: null },
    purposeOfUse: purposeOfUse === null ? null : purpose(purposeOfUse),
    subject: who === null ? null : { id: who, type: "user", organization: null, roles: null, attributes: null },
    resource: {
      ...{ type: "Observation", id: null, patient, patients: null, organization, attributes: null },
      labels: asked.labels === undefined ? [] : asked.labels === null ? null : labels(asked.labels),
    },
  });
}
const said = (all: readonly Consent[], asked: Asked = {}) =>
  consentSaid(
    facts,
    all,
    {
      patient: asked.patient ?? "ann",
      question: { clientId: asked.clientId === undefined ? "ehr" : asked.clientId, request: requestOf(asked) },
    },
    async () => undefined,
  );
const decided = (all: readonly Consent[], asked: Asked, scope: string) => {
  const own = all.filter(({ patient }) => patient === (asked.patient ?? "ann"));
  return decide({ ...facts, gathered: { consents: own } }, { ...requestOf(asked), scopes: [scope] }).outcome;
};

describe("what consents say to a desk", () => {
  test("yes and no, in words, with the consents on which it rests", async () => {
    const permit = sample({ id: "p", patient: "ann", purposes: ["TREAT"] });
    const { code, outcome, text, basedOn } = await said([permit]);
    assert.deepEqual([outcome, code, basedOn.map(({ id }) => id)], ["PERMITTED", null, ["p"]]);
    assert.equal(text, "Yes: the patient's consents permit it.");
    const refusal = sample({ id: "d", patient: "ann", effect: "DENY" });
    assert.deepEqual([(await said([refusal])).outcome, (await said([refusal])).code], ["DENIED", "CONSENT_REFUSED"]);
    assert.equal((await said([refusal])).text, "No: the patient refuses it.");
    assert.equal((await said([])).outcome, "BY_SILENCE");
    const silent = await said([], { organization: "silent" });
    assert.deepEqual(
      [silent.outcome, silent.code, silent.text],
      ["DENIED", "CONSENT_REQUIRED", "No: the patient said nothing that permits it, and it needs consent."],
    );
    const other = await said([permit], { purposeOfUse: "HRESCH", organization: "silent" });
    assert.deepEqual([other.code, other.text], ["CONSENT_OTHER_PURPOSE", "No: the patient agreed to other purposes."]);
  });

  test("data that is kept back is refused by itself, and withheld from a search", async () => {
    const but = sample({
      ...{ id: "p", patient: "ann" },
      exceptions: [{ effect: "DENY", data: { labels: ["HIV"] } }],
    });
    assert.equal((await said([but], { labels: ["HIV"] })).code, "CONSENT_DATA_EXCEPTED");
    const set = await said([but], { action: "search" });
    assert.deepEqual([set.outcome, set.isPartial], ["PERMITTED", true]);
    assert.match(set.text, /A part of it is withheld\.$/);
    const guarded = await said([], { organization: null, labels: null });
    assert.match(guarded.text, /What is specially protected among it is withheld unless a consent names it\.$/);
  });

  test("what hangs on a role, a scope or an app that a consent names is told with it, whatever the policy says", async () => {
    const ofRole = sample({ id: "r", patient: "ann", effect: "DENY", recipients: [{ role: "nurse" }] });
    for (const who of ["omar", "nina"]) {
      const answer = await said([ofRole], { who });
      assert.deepEqual([answer.outcome, answer.code], ["DEPENDS", null], "who holds a role is not said");
      assert.match(answer.text, /^Yes: .* No with the role nurse\.$/);
    }
    const ofScope = sample({ id: "s", patient: "ann", scopes: ["view_labs", "view_other"] });
    assert.match(
      (await said([ofScope], { organization: "silent" })).text,
      /^No: .* Yes with the scope view_labs, or with the scope view_other\.$/,
    );
    const ofApp = sample({ id: "a", patient: "ann", recipients: [{ clientId: "portal" }] });
    assert.match((await said([ofApp], { clientId: null })).text, /Yes with the client portal\.$/);
    assert.equal((await said([ofApp], { clientId: "portal" })).outcome, "PERMITTED");
    const both = sample({ id: "b", patient: "ann", scopes: ["view_labs"], recipients: [{ role: "nurse" }] });
    assert.match(
      (await said([both], { organization: "silent" })).text,
      /Yes with the role nurse and the scope view_labs\.$/,
    );
  });

  test("so many names that not all can be tried together leave it open", async () => {
    const scopes = Array.from({ length: MOST_WAYS + 9 }, (_, i) => `scope_${i}`);
    const many = sample({ id: "m", patient: "ann", scopes, recipients: [{ role: "nurse" }, { role: "clerk" }] });
    const { areAll, ways } = waysOf([many], "ehr");
    assert.deepEqual([areAll, ways.length], [false, MOST_WAYS]);
    const answer = await said([many], { organization: "silent" });
    assert.equal(answer.outcome, "DEPENDS");
    assert.match(answer.text, /more clients, roles and scopes than can be tried together/);
  });

  test("it agrees with what is decided where the policy allows all: a settled answer in every way, an open one in both", async () => {
    const asking = fc.record({
      clientId: fc.constantFrom("ehr", "another"),
      purposeOfUse: fc.constantFrom(null, "TREAT", "COC", "HPAYMT"),
      action: fc.constantFrom("read", "search"),
      organization: fc.constantFrom("silent", "trusted"),
      labels: fc.constantFrom([], ["HIV"], ["R"]),
    });
    // Few that are out of several terms meet anybody.
    const recipients = fc.array(
      fc.constantFrom(null, [{ ...ANYBODY, role: "nurse" }], [{ ...ANYBODY, clientId: "ehr" }]),
      { minLength: 4, maxLength: 4 },
    );
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(consents, recipients, asking, async (all, whom, asked) => {
        const own = all
          .filter(({ patient }) => patient === "ann")
          .map((each, i) => ({ ...each, recipients: whom[i] ?? each.recipients }));
        const { outcome } = await said(own, asked);
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        const outcomes = new Set(
          SCOPES.flatMap((scope) => ["omar", "nina"].map((who) => decided(own, { ...asked, who }, scope))),
        );
        const settled = outcome === "DENIED" ? ["DENY"] : ["ALLOW"];
        assert.deepEqual([...outcomes].sort(), outcome === "DEPENDS" ? ["ALLOW", "DENY"] : settled);
      }),
      { numRuns: runs(1500) },
    );
    for (const outcome of ["PERMITTED", "BY_SILENCE", "DENIED", "DEPENDS"])
      assert.ok((seen.get(outcome) ?? 0) > atLeast(10), `${outcome}: ${seen.get(outcome)}`);
  });
});
