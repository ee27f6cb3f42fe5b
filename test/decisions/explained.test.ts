import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { type Summarized, summaryText } from "../../src/domain/decisions/summaryText.ts";
import type { AccessRequest, GrantRequest, Verdict } from "../../src/domain/decisions/types.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { LABELLED } from "../support/labelled.ts";
import { purpose } from "../support/oneForm.ts";
import { NOW } from "../support/policies.ts";

const types = ["Observation", "Condition", "Encounter", "Procedure", "Immunization", "Goal", "CarePlan", "Coverage"];
const others = types.flatMap((type) => ["a", "b", "c"].map((letter) => `view_${type.toLowerCase()}_${letter}`));
const putScope = (name: string, resourceType: string, actions = ["read"]): PolicyOperation[] => [
  { putScope: { name, atoms: [{ resourceType, actions }], justification: "test" } },
  { activateScope: { name } },
];
const operations: PolicyOperation[] = [
  LABELLED,
  { putClient: { id: "portal", name: "Portal" } },
  { putRole: { name: "provider" } },
  { putRole: { name: "porter" } },
  { putRole: { name: "owner" } },
  { assignRole: { subjectId: "u-17", role: "owner", organization: "home" } },
  ...others.flatMap((name, i) => putScope(name, types[Math.floor(i / 3)] ?? "Goal")),
  ...putScope("view_medications", "MedicationRequest"),
  ...putScope("view_reports", "DiagnosticReport"),
  ...others.map((scope): PolicyOperation => ({ grantScope: { clientId: "portal", scope } })),
  { grantScope: { clientId: "portal", scope: "view_medications" } },
  { grantScope: { clientId: "portal", scope: "patient/*.cruds" } },
  { assignRole: { subjectId: "kim", role: "porter", organization: "lakeside-clinic" } },
  {
    assignRole: {
      ...{ subjectId: "later", role: "provider", organization: "lakeside-clinic" },
      validFrom: Date.parse("2031-03-01T00:00:00Z"),
    },
  },
  {
    assignRole: {
      ...{ subjectId: "past", role: "provider", organization: "lakeside-clinic" },
      validUntil: Date.parse("2030-02-01T00:00:00Z"),
    },
  },
  { putScope: { name: "view_goal_draft", atoms: [{ resourceType: "Goal", actions: ["read"] }] } },
  { grantScope: { clientId: "portal", scope: "view_goal_draft" } },
  {
    putRule: {
      id: "providers",
      role: "provider",
      scope: "view_medications",
      action: "read",
      resourceType: "MedicationRequest",
      effect: "ALLOW",
    },
  },
  {
    putRule: {
      id: "porters",
      role: "porter",
      scope: "view_goal_a",
      action: "read",
      resourceType: "Goal",
      when: 'purposeOfUse == "TREAT"',
      effect: "ALLOW",
    },
  },
  {
    putRule: {
      id: "own",
      role: "owner",
      scope: "patient/*.cruds",
      action: "*",
      resourceType: "*",
      effect: "ALLOW",
    },
  },
];
const directory = directoryOf([{ type: "user", id: "u-17", properties: { name: "Paul" }, version: 1 }], 1);

let engine: Engine;
let snapshot: Snapshot;
before(async () => {
  engine = await createEngine();
  let id = 0;
  const facts = {
    now: NOW,
    newId: () => `r${++id}`,
    checkCondition: engine.checkCondition,
    readCondition: engine.readCondition,
  };
  const applied = applyOperations(emptySnapshot(), operations, facts);
  assert.ok(applied.ok, JSON.stringify(applied));
  snapshot = applied.snapshot;
});

const base: AccessRequest = {
  action: "read",
  clientId: "portal",
  context: null,
  purposeOfUse: "TREAT",
  requestId: null,
  resource: {
    attributes: null,
    id: "m1",
    labels: null,
    organization: "lakeside-clinic",
    patient: "ada",
    patients: null,
    type: "MedicationRequest",
  },
  scopes: null,
  subject: { attributes: null, id: "u-17", organization: null, roles: null, type: "user" },
};
const of = (more: Partial<AccessRequest>, now = NOW): { readonly verdict: Verdict; readonly summary: string } => {
  const request = { ...base, ...more };
  const verdict = decide({ snapshot, directory, engine, now }, request);
  return { verdict, summary: summaryText({ ...verdict, kind: "ACCESS", request } as Summarized) };
};
const on = (type: string, more: Partial<AccessRequest["resource"]> = {}): AccessRequest["resource"] => ({
  ...base.resource,
  type,
  ...more,
});

describe("a denial", () => {
  test("begins with the scope that got furthest, however many others there are, and keeps sixteen reasons", () => {
    const { verdict, summary } = of({ scopes: [...others, "view_medications"] });
    assert.equal(verdict.reasons[0]?.code, "NO_MATCHING_RULE");
    assert.equal(verdict.reasons[0]?.scope, "view_medications");
    assert.equal(verdict.reasons.length, 16);
    assert.equal(verdict.reasonCount, 25);
    assert.equal(summary, "Paul holds no role at lakeside-clinic; the role provider there would allow it.");
  });

  test("has the reasons of one kind together, some of each", () => {
    const { verdict } = of({ scopes: [...others, "typo", "view_reports", "typo2", "view_medications"] });
    const codes = verdict.reasons.map(({ code }) => code);
    assert.deepEqual(
      [...new Set(codes)],
      codes.filter((code, i) => code !== codes[i - 1]),
    );
    assert.ok(codes.includes("UNKNOWN_SCOPE") && codes.includes("SCOPE_NOT_GRANTED"));
  });

  test("names who it is about by the id where the directory has no name, and the role where there is one", () => {
    const stranger = { attributes: null, id: "u-18", organization: null, roles: null, type: "user" };
    assert.match(of({ scopes: ["view_medications"], subject: stranger }).summary, /^u-18 holds no role/);
    assert.match(of({ scopes: ["view_medications"], subject: null }).summary, /^Client portal holds no role/);
    assert.equal(
      of({ scopes: ["view_medications"], subject: { ...stranger, id: "kim" } }).summary,
      "The role porter does not allow read on MedicationRequest at lakeside-clinic with view_medications; the role provider there would allow it.",
    );
    assert.equal(
      of({ scopes: ["view_medications"], resource: on("MedicationRequest", { organization: null }) }).summary,
      "Paul holds no role that counts in all organizations, and the request names none (resource.organization), in which others may count.",
    );
  });

  test("says when a role that would do begins, or that it has ended", () => {
    const who = (id: string) => ({ attributes: null, id, organization: null, roles: null, type: "user" });
    assert.equal(
      of({ scopes: ["view_medications"], subject: who("later") }).summary,
      "later holds no role at lakeside-clinic; the role provider there would allow it (provider begins on 2031-03-01).",
    );
    assert.equal(
      of({ scopes: ["view_medications"], subject: who("past") }, Date.parse("2030-03-01T00:00:00Z")).summary,
      "past holds no role at lakeside-clinic; the role provider there would allow it (provider ended on 2030-02-01).",
    );
  });

  test("offers no draft that would not cover the access", () => {
    assert.doesNotMatch(of({ scopes: ["view_goal_draft"] }).summary, /activate/);
    assert.match(of({ scopes: ["view_goal_draft"], resource: on("Goal") }).summary, /an admin can activate it/);
  });

  test("tells of a condition that does not hold, and of a purpose that is nearly one", () => {
    const kim = { attributes: null, id: "kim", organization: null, roles: null, type: "user" };
    const { summary, verdict } = of({
      scopes: ["view_goal_a"],
      subject: kim,
      resource: on("Goal"),
      purposeOfUse: purpose("TRAET"),
    });
    assert.equal(
      summary,
      'TRAET is no known purpose of use; did you mean TREAT? The role porter may read Goal at lakeside-clinic with view_goal_a only under a condition, which does not hold: purposeOfUse == "TREAT" (rule porters).',
    );
    assert.equal(verdict.sufficientScopes, undefined, "a scope is not what is missing");
    // Whoever has none of the roles learns that the role asks for more.
    assert.match(
      of({ scopes: ["view_goal_a"], resource: on("Goal") }).summary,
      /the role porter there can allow it, under a condition\.$/,
    );
  });

  test("for want of a scope names the least of the client's scopes that would do", () => {
    const context = { attributes: null, ipAddress: null, patient: "ada", region: null, tokenId: null, userAgent: null };
    const { summary, verdict } = of({
      scopes: others.slice(0, 2),
      resource: on("Device", { organization: "home" }),
      context,
    });
    assert.deepEqual(verdict.sufficientScopes, ["patient/Device.r"]);
    assert.equal(
      summary,
      "None of the scopes presented permits read on Device. The scope patient/Device.r would allow it.",
    );
    assert.deepEqual(
      decide(
        { snapshot, engine, now: NOW },
        { ...base, resource: on("Device", { organization: "home" }), context, scopes: ["patient/Device.r"] },
      ).outcome,
      "ALLOW",
    );
    assert.deepEqual(
      of({ scopes: [], resource: on("Device", { organization: "home" }), context }).verdict.sufficientScopes,
      ["patient/Device.r"],
    );
    assert.equal(
      of({ scopes: [others[0] ?? ""], resource: on("Device", { organization: "home" }) }).verdict.sufficientScopes,
      undefined,
      "no patient in context",
    );
    assert.equal(of({ clientId: "nobody", scopes: [], context }).verdict.sufficientScopes, undefined);
  });

  test("asks whether a name that is nearly another was meant, of a scope only among the client's own", () => {
    assert.equal(of({ scopes: ["view_medicatoins"] }).verdict.reasons[0]?.code, "UNKNOWN_SCOPE");
    assert.match(
      of({ scopes: ["view_medicatoins"] }).summary,
      /^There is no scope view_medicatoins; did you mean view_medications\?/,
    );
    assert.doesNotMatch(of({ scopes: ["view_report"] }).summary, /view_reports/);
    assert.match(
      of({ scopes: ["view_medications"], action: "reed" }).summary,
      /it permits read, not reed; did you mean read\?$/,
    );
    assert.match(
      of({ scopes: ["view_medications"], resource: on("MedicationRequst") }).summary,
      /it is for MedicationRequest, not MedicationRequst; did you mean MedicationRequest\?$/,
    );
  });

  test("calls an attribute that is absent absent", () => {
    const scopes = [
      "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
    ];
    const context = { attributes: null, ipAddress: null, patient: "ada", region: null, tokenId: null, userAgent: null };
    const about = (attributes: AccessRequest["resource"]["attributes"]) =>
      of({ scopes, context, resource: on("Observation", { attributes }) }).summary;
    assert.match(about(null), /resource\.attributes\.category is absent, so category can't be verified\./);
    assert.match(about({ category: 7 }), /resource\.attributes\.category has a form that can't be compared\./);
  });
});

test("what is printed of a decision read again is the same, and says [erased] where a person was", () => {
  const { verdict, summary } = of({ scopes: ["view_medications"] });
  const read = JSON.parse(JSON.stringify({ ...verdict, kind: "ACCESS", request: base })) as Summarized;
  assert.equal(summaryText(read), summary);
  const reasons = read.reasons.map((made) => ({ ...made, personal: undefined }));
  const erased = { ...read, reasons } as unknown as Summarized;
  assert.equal(
    summaryText(erased),
    "[erased] holds no role at lakeside-clinic; the role provider there would allow it.",
  );
});

describe("a token", () => {
  const token = (
    scopes: readonly string[],
  ): { readonly verdict: ReturnType<typeof decideGrant>; readonly summary: string } => {
    const request: GrantRequest = {
      clientId: "portal",
      context: null,
      heldScopes: [],
      languages: null,
      purposeOfUse: null,
      requestId: null,
      scopes,
      subject: base.subject,
    };
    const verdict = decideGrant({ snapshot, engine, now: NOW }, request);
    return { verdict, summary: summaryText({ ...verdict, kind: "GRANT", request } as Summarized) };
  };

  test("is summed up, and keeps a reason of each scope", () => {
    const { verdict, summary } = token([...others, "view_medicatoins"]);
    assert.match(summary, /^None of the 25 scopes requested can be given\. /);
    assert.equal(verdict.reasons.length, 16);
    assert.ok(verdict.details.scopes.every(({ reasons }) => reasons.length > 0));
    assert.match(token(["view_medicatoins"]).summary, /did you mean view_medications\?$/);
  });

  test("has a bound on what is told of its scopes", () => {
    const scopes = Array.from({ length: 256 }, (_, i) => `${"x".repeat(100)}${i}`);
    const { verdict } = token(scopes);
    assert.equal(verdict.reasonCount, 256);
    const told = verdict.details.scopes.flatMap(({ reasons }) => reasons);
    assert.ok(told.length > 16 && JSON.stringify(told).length < 12_000, `${told.length} reasons`);
  });
});
