import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { KeptBreakGlass } from "../../src/domain/consent/breakGlass/breakGlass.ts";
import { ALL_DATA } from "../../src/domain/consent/dataMatch.ts";
import { createBreakGlassSource } from "../../src/domain/decisions/breakGlassSource.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { breakGlassRequired } from "../../src/domain/decisions/emergency.ts";
import type { GatheredFacts } from "../../src/domain/decisions/gather.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { reason } from "../../src/domain/decisions/reason.ts";
import { keptReasons } from "../../src/domain/decisions/reasonOrder.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import type { Silence } from "../../src/domain/policy/types.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { keptBreakGlass } from "../support/breakGlasses.ts";
import { consentOf } from "../support/consents.ts";
import { purpose as asPurpose } from "../support/oneForm.ts";
import { accessRequest } from "../support/records.ts";

const NOW = 1_800_000_000_000;
const HL7 = "http://terminology.hl7.org/CodeSystem/";
const BTG = `${HL7}v3-ActReason|BTG`;
const why = { justification: "This policy is for a test." };

const scope = (name: string, requiresConsent: boolean, context: "ANY" | "PATIENT" = "ANY"): PolicyOperation[] => [
  {
    putScope: {
      name,
      atoms: [{ context, resourceType: "Observation", actions: ["read", "search"] }],
      requiresConsent,
      ...why,
    },
  },
  { activateScope: { name } },
  { grantScope: { clientId: "app", scope: name } },
];
const silences: readonly Silence[] = ["DENY", "BREAK_GLASS_ONLY", "PERMIT_TREATMENT", "PERMIT_TPO", "PERMIT"];
const ANY = { role: "*", scope: "*", action: "*", resourceType: "*", ...why } as const;
const POLICY: readonly PolicyOperation[] = [
  { putClient: { id: "app", name: "App" } },
  { putRule: { id: "anyone", effect: "ALLOW", ...ANY, obligations: [{ type: "tell" }] } },
  {
    putRule: {
      id: "not-closed",
      effect: "DENY",
      ...ANY,
      when: 'has(resource.organization) && resource.organization == "closed"',
    },
  },
  { grantScope: { clientId: "app", scope: "patient/Observation.r" } },
  ...scope("view", false),
  ...scope("view_own", false, "PATIENT"),
  ...scope("view_genetics", true),
  ...silences.map(
    (silence): PolicyOperation => ({
      putOrganization: { id: silence.toLowerCase(), settings: { consentOnSilence: [{ purpose: null, silence }] } },
    }),
  ),
  { putOrganization: { id: "trusted", settings: { specialProtection: "TRUSTED" }, ...why } },
  {
    putOrganization: {
      id: "override",
      settings: { consentOnSilence: [{ purpose: null, silence: "DENY" }], emergencyOverridesRefusal: true },
    },
  },
];

let engine: Engine;
let snapshot: Snapshot;
before(async () => {
  engine = await createEngine();
  const { checkCondition, readCondition } = engine;
  const facts = { now: NOW, newId: () => "rule", checkCondition, readCondition };
  const applied = applyOperations(emptySnapshot(), POLICY, facts);
  assert.ok(applied.ok, applied.ok ? "" : JSON.stringify(applied.problems));
  snapshot = applied.snapshot;
});

const opened = (more: Partial<KeptBreakGlass> = {}): KeptBreakGlass =>
  keptBreakGlass("b1", {
    organization: "deny",
    startedAt: NOW - 1,
    endsAt: NOW + 60_000,
    reviewDueAt: NOW + 120_000,
    ...more,
  });

interface Asked extends Partial<GatheredFacts> {
  readonly scope?: string;
  readonly at?: string | null;
  readonly purpose?: AccessRequest["purposeOfUse"];
  readonly action?: string;
  readonly resource?: Partial<AccessRequest["resource"]>;
  readonly subject?: AccessRequest["subject"];
  readonly contextPatient?: string;
}
const ROSE = { id: "rose", type: "user", organization: null, roles: null, attributes: null };
const nothing = { attributes: null, ipAddress: null, region: null, tokenId: null, userAgent: null };

function ask({
  action = "read",
  at = "deny",
  purpose = "BTG",
  resource = {},
  scope: presented = "view",
  ...asked
}: Asked) {
  const {
    breakGlasses = [opened({ organization: at ?? "deny" })],
    consents = [],
    contextPatient,
    subject = ROSE,
  } = asked;
  const request = accessRequest({
    clientId: "app",
    subject,
    scopes: [presented],
    action,
    resource: {
      ...{ type: "Observation", id: "o1", patient: "ann", patients: null, labels: ["N"], attributes: null },
      organization: at,
      ...resource,
    },
    purposeOfUse: purpose,
    context: contextPatient === undefined ? null : { ...nothing, patient: contextPatient },
  });
  return decide({ snapshot, engine, now: NOW, gathered: { breakGlasses, consents } }, request);
}

/** `ALLOW CODE ...`, with what is said beside the rule; obligations by type, but for the rule's own. */
function told(asked: Asked): string {
  const { obligations, outcome, reasons } = ask(asked);
  const codes = reasons.map(({ code }) => code).filter((code) => code !== "ALLOWED_BY_RULE");
  return [outcome, ...codes, ...obligations.map(({ type }) => type).filter((type) => type !== "tell")].join(" ");
}
const marks = (asked: Asked) =>
  ask(asked).reasons.flatMap((each) => (each.code === "BREAK_GLASS" ? [each.parameters] : []));

const REQUIRED = "DENY BREAK_GLASS_REQUIRED";
const ALLOWED = "ALLOW BREAK_GLASS breakGlass";

describe("to break glass", () => {
  test("takes an emergency that is open, whatever silence means, and is marked", () => {
    for (const silence of silences) {
      const at = silence.toLowerCase();
      assert.equal(told({ at, breakGlasses: [] }), REQUIRED, silence);
      assert.equal(told({ at }), ALLOWED, silence);
    }
    for (const text of [BTG, "btg", "Btg", "urn:oid:2.16.840.1.113883.5.8|btg"]) {
      assert.equal(told({ breakGlasses: [], purpose: asPurpose(text) }), REQUIRED, text);
      assert.equal(told({ purpose: asPurpose(text) }), ALLOWED, text);
    }
  });

  test("it is for this subject, patient and organization, and not over", () => {
    const others: readonly Partial<KeptBreakGlass>[] = [
      { subject: { type: "user", id: "ray" } },
      { subject: { type: "Practitioner", id: "rose" } },
      { patient: "bob" },
      { organization: "permit" },
      { organization: "*" },
      { endsAt: NOW },
      { ended: { at: NOW, by: "key:portal", reason: null } },
    ];
    for (const other of others) assert.equal(told({ breakGlasses: [opened(other)] }), REQUIRED, JSON.stringify(other));
    assert.equal(told({ at: null }), REQUIRED, "no organization");
    assert.equal(told({ breakGlasses: [opened({ patient: "bob" }), opened()] }), ALLOWED);
  });

  test("no client does it by itself, and what is about nobody is nobody's emergency", () => {
    assert.equal(told({ subject: null }), REQUIRED);
    const { reasons } = ask({ resource: { patient: null } });
    assert.deepEqual(
      reasons.map((each) => "parameters" in each && each.parameters),
      [{ need: "PURPOSE", of: "NOBODY" }],
    );
  });

  test("several patients need one each, and each is told", () => {
    const both = { resource: { patient: null, patients: ["ann", "bob"] } };
    assert.equal(told(both), REQUIRED);
    const bob = opened({ id: "b2", patient: "bob" });
    assert.equal(
      told({ ...both, breakGlasses: [opened(), bob] }),
      "ALLOW BREAK_GLASS BREAK_GLASS breakGlass breakGlass",
    );
  });

  test("a search has one for whom it names, or for the patient in context", () => {
    const search = { action: "search", resource: { id: null, labels: null } };
    assert.equal(told(search), "ALLOW BREAK_GLASS noRedisclosure breakGlass");
    assert.equal(told({ ...search, resource: { ...search.resource, patient: null } }), REQUIRED);
    const own = { ...search, scope: "view_own", resource: { ...search.resource, patient: null } };
    assert.equal(told({ ...own, contextPatient: "ann" }), "ALLOW BREAK_GLASS filter noRedisclosure breakGlass");
    assert.equal(told({ ...own, contextPatient: "bob" }), REQUIRED);
  });

  test("replaces no scope, grant or rule", () => {
    assert.equal(told({ scope: "view_other" }), "DENY UNKNOWN_SCOPE");
    assert.equal(told({ action: "delete" }), "DENY SCOPE_DOES_NOT_COVER");
    assert.match(told({ at: "closed" }), /^DENY .*DENIED_BY_RULE/);
  });

  test("emergency treatment takes none and gets nothing from one", () => {
    for (const breakGlasses of [[], [opened()]]) {
      assert.equal(told({ purpose: "ETREAT", breakGlasses }), "DENY CONSENT_REQUIRED");
      assert.equal(told({ purpose: "ETREAT", at: "permit_tpo", breakGlasses }), "ALLOW");
    }
    assert.equal(told({ purpose: null }), "DENY CONSENT_REQUIRED");
  });

  test("tells what obliges the caller, and when it ends", () => {
    assert.deepEqual(ask({}).obligations[0], {
      type: "breakGlass",
      parameters: {
        endsAt: new Date(NOW + 60_000).toISOString(),
        id: "b1",
        reviewDueAt: new Date(NOW + 120_000).toISOString(),
      },
    });
  });
});

describe("consent in an emergency", () => {
  test("is satisfied where silence, a scope or a label asks for it, and what would be otherwise is told", () => {
    const cases: readonly (readonly [Asked, string | null])[] = [
      [{ at: "permit" }, null],
      [{ at: "permit_tpo" }, "CONSENT_REQUIRED"],
      [{ at: "break_glass_only" }, "BREAK_GLASS_REQUIRED"],
      [{ at: "deny" }, "CONSENT_REQUIRED"],
      [{ at: "permit", scope: "view_genetics" }, "CONSENT_REQUIRED"],
      [{ at: "permit", resource: { labels: ["PSYTHPN"] } }, "CONSENT_REQUIRED"],
      [{ consents: [consentOf({ step: "WITHDRAWN", version: 2, purposes: [BTG] })] }, "CONSENT_WITHDRAWN"],
    ];
    for (const [asked, otherwise] of cases) {
      const expected = [{ id: "b1", otherwise, wouldBeAllowed: otherwise === null }];
      assert.deepEqual(marks(asked), expected, JSON.stringify(asked));
      assert.match(told(asked), /^ALLOW/);
    }
  });

  test("the notice of Part 2 goes with what is labelled so, and with what may be", () => {
    assert.equal(told({ resource: { labels: ["SUD"] } }), "ALLOW BREAK_GLASS noRedisclosure breakGlass");
    assert.equal(told({ resource: { labels: null } }), "ALLOW BREAK_GLASS noRedisclosure breakGlass");
    assert.equal(told({ at: "permit", resource: { labels: [] } }), "ALLOW BREAK_GLASS noRedisclosure breakGlass");
    assert.equal(told({ at: "trusted", resource: { labels: null } }), ALLOWED);
    assert.equal(told({ resource: { labels: ["N"] } }), ALLOWED);
  });

  test("a consent that names the purpose opens nothing, and is told beside the emergency", () => {
    const consents = [consentOf({ purposes: [BTG] })];
    assert.equal(told({ consents, breakGlasses: [] }), REQUIRED);
    assert.equal(told({ consents }), "ALLOW BREAK_GLASS ALLOWED_BY_CONSENT breakGlass");
  });

  test("the mark of the emergency is kept, however long what else is said", () => {
    const patients = Array.from({ length: 30 }, (_, i) => `p${i}`);
    for (const [length, several] of [600, 1_404, 2_048].flatMap((each) => [
      [each, false] as const,
      [each, true] as const,
    ])) {
      const head = "patient/Observation.r?code=";
      const presented = `${head}${"x".repeat(length - head.length)}`;
      const consented = several ? patients : ["ann"];
      const { outcome, reasonCount, reasons } = ask({
        scope: presented,
        breakGlasses: consented.map((patient) => opened({ id: `b-${patient}`, patient })),
        consents: consented.map((patient) => consentOf({ id: `c-${patient}`, patient, purposes: [BTG] })),
        contextPatient: consented[0] as string,
        resource: {
          ...(several ? { patient: null, patients } : null),
          attributes: { code: presented.slice(head.length) },
        },
      });
      assert.equal(outcome, "ALLOW", JSON.stringify(reasons));
      const codes = reasons.map(({ code }) => code);
      assert.deepEqual(codes.slice(0, 2), ["ALLOWED_BY_RULE", "BREAK_GLASS"], `${length} ${several}`);
      assert.ok(codes.length <= 16);
      assert.equal((reasonCount ?? codes.length) >= 3, true);
    }
  });

  test("and is kept beside a reason that leaves no room, and beside many", () => {
    const mark = reason("BREAK_GLASS", { parameters: { id: "b1", otherwise: null, wouldBeAllowed: true }, scope: "s" });
    const other = (scope: string) => breakGlassRequired("NOBODY", scope);
    const long = other("x".repeat(10_000));
    assert.deepEqual(keptReasons([long, other("y"), mark]), [long, mark]);
    assert.deepEqual(keptReasons([long, mark]), [long, mark]);
    const many = Array.from({ length: 40 }, (_, i) => other(`s${i}`));
    assert.deepEqual(keptReasons([...many, mark]), [...many.slice(0, 15), mark]);
  });

  test("only a refusal that speaks of emergencies stands against it, also where none is open", () => {
    const refusal = consentOf({ effect: "DENY", purposes: [BTG] });
    assert.equal(told({ consents: [consentOf({ effect: "DENY" })] }), ALLOWED, "one for all purposes but this");
    assert.equal(told({ consents: [refusal] }), "DENY CONSENT_REFUSED");
    assert.equal(told({ consents: [refusal], breakGlasses: [] }), "DENY BREAK_GLASS_REQUIRED CONSENT_REFUSED");
    const forOthers = consentOf({
      purposes: [BTG],
      recipients: [{ clientId: "other", subject: null, role: null, organization: null, group: null, identifier: null }],
    });
    assert.equal(told({ consents: [forOthers] }), "DENY CONSENT_OTHER_RECIPIENT");
    const limited = consentOf({ purposes: [BTG], data: { ...ALL_DATA, resourceTypes: ["Condition"] } });
    assert.equal(told({ consents: [limited] }), "DENY CONSENT_DATA_EXCEPTED");
  });

  test("and that is overridden where the organization says so, which is told", () => {
    const consents = [consentOf({ effect: "DENY", purposes: [BTG] })];
    assert.equal(told({ at: "override", consents }), ALLOWED);
    assert.deepEqual(marks({ at: "override", consents }), [
      { id: "b1", otherwise: "CONSENT_REFUSED", wouldBeAllowed: false },
    ]);
    assert.equal(told({ at: "override", consents, breakGlasses: [] }), REQUIRED);
  });

  test("what is refused of a part of the data is left to the caller", () => {
    const part = consentOf({
      effect: "DENY",
      purposes: [BTG],
      data: { ...ALL_DATA, labels: [`${HL7}v3-ActCode|PSY`] },
    });
    const search = { action: "search", resource: { id: null, labels: null }, consents: [part] };
    assert.equal(told(search), "ALLOW BREAK_GLASS redact noRedisclosure breakGlass");
    assert.equal(told({ ...search, at: "override" }), "ALLOW BREAK_GLASS noRedisclosure breakGlass");
  });
});

describe("a token to break glass", () => {
  const grant = (
    patient: string | null,
    given: Partial<GatheredFacts> = {},
    purposeOfUse: AccessRequest["purposeOfUse"] = "BTG",
  ) =>
    decideGrant(
      { snapshot, engine, now: NOW, gathered: { breakGlasses: [opened()], consents: [], ...given } },
      {
        ...{ clientId: "app", subject: ROSE, scopes: ["view", "view_genetics"], heldScopes: [], languages: null },
        ...{ purposeOfUse, context: patient === null ? null : { ...nothing, patient }, requestId: null },
      },
    );
  const codes = (verdict: ReturnType<typeof grant>) => [...new Set(verdict.reasons.map(({ code }) => code))].join(" ");

  test("is given while an emergency is open for the patient in context, and ends with it", () => {
    const given = grant("ann");
    assert.equal(given.scope, "view view_genetics");
    assert.equal(codes(given), "ALLOWED_BY_RULE BREAK_GLASS");
    assert.deepEqual(
      given.details.scopes.map(({ validUntil }) => validUntil),
      [NOW + 60_000, NOW + 60_000],
    );
    const two = [opened(), opened({ id: "b2", organization: "permit", endsAt: NOW + 90_000 })];
    assert.equal(
      grant("ann", { breakGlasses: two }).details.scopes[0]?.validUntil,
      NOW + 90_000,
      "the last of several",
    );
  });

  test("and not otherwise", () => {
    for (const verdict of [
      grant("bob"),
      grant(null),
      grant("ann", { breakGlasses: [] }),
      grant("ann", { breakGlasses: [opened({ endsAt: NOW })] }),
    ]) {
      assert.equal(verdict.outcome, "DENY");
      assert.equal(codes(verdict), "BREAK_GLASS_REQUIRED");
    }
    const consents = [consentOf({ effect: "DENY", purposes: [BTG] })];
    assert.equal(codes(grant("ann", { consents })), "CONSENT_REFUSED");
    const over = [opened({ organization: "override" })];
    assert.equal(grant("ann", { consents, breakGlasses: over }).outcome, "ALLOW");
  });
});

describe("the source of emergencies", () => {
  const counted = (open: readonly KeptBreakGlass[]) => {
    const asked: unknown[] = [];
    const store = {
      async inForce(patients: readonly string[], now: number) {
        asked.push([patients, now]);
        return open;
      },
    };
    return { asked, source: createBreakGlassSource({ store, clock: () => NOW }) };
  };
  const request = (purposeOfUse: AccessRequest["purposeOfUse"], patient = "ann"): AccessRequest =>
    accessRequest({
      subject: ROSE,
      purposeOfUse,
      action: "read",
      resource: {
        type: "Observation",
        id: "o",
        patient,
        patients: null,
        organization: "deny",
        labels: null,
        attributes: null,
      },
      context: null,
    });

  test("reads nothing for other purposes, and once for a batch", async () => {
    const { asked, source } = counted([opened(), opened({ id: "b2", subject: { type: "user", id: "ray" } })]);
    const kind = "ACCESS" as const;
    const none = await source.gather({
      kind,
      snapshot,
      requests: (["TREAT", "ETREAT", null] as const).map((each) => request(each)),
    });
    assert.deepEqual(none, [{}, {}, {}]);
    assert.deepEqual(asked, []);
    const requests = [request("TREAT", "bob"), request("BTG"), request("BTG", "eve")];
    const found = await source.gather({ kind, snapshot, requests });
    assert.deepEqual(
      found.map(({ breakGlasses = [] }) => breakGlasses.map(({ id }) => id)),
      [[], ["b1"], []],
    );
    assert.deepEqual(asked, [[["ann", "eve"], NOW]]);
  });
});
