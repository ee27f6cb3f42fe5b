import assert from "node:assert/strict";
import { test } from "node:test";
import { BREAK_GLASS } from "../../src/domain/decisions/ownObligations.ts";
import { reason } from "../../src/domain/decisions/reason.ts";
import { reasonText } from "../../src/domain/decisions/reasonText.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { pseudonymised } from "../../src/domain/record/pseudonymised.ts";
import { decision } from "../storage/samples.ts";

const ID = "emergency-7";
const inEmergency = (subjectId: string): AccessRecord => {
  const record = decision(1) as AccessRecord;
  return {
    ...record,
    reasons: [reason("BREAK_GLASS", { parameters: { id: ID, otherwise: null, wouldBeAllowed: true }, scope: "labs" })],
    obligations: [{ type: BREAK_GLASS, parameters: { id: ID, endsAt: "2026-11-24T13:00:00Z" } }],
    request: {
      ...record.request,
      subject: { id: subjectId, type: "user", organization: null, roles: null, attributes: null },
      resource: { ...record.request.resource, patient: "ada" },
    },
  };
};
const seen = (record: AccessRecord) => pseudonymised(record, (text) => `~${text}`);

test("whose pseudonym it is, no emergency tells that the decision was made in", () => {
  const own = seen(inEmergency("ada"));
  assert.equal(own.request.subject?.id, "~ada");
  assert.ok(!JSON.stringify(own).includes(ID), JSON.stringify(own));
  assert.deepEqual(own.reasons.map(reasonText), ["An emergency is open for the patient."]);
  assert.deepEqual(own.obligations, [{ type: BREAK_GLASS, parameters: {} }]);
});

test("of whoever is named it tells the emergency", () => {
  const named = seen(inEmergency("paul"));
  assert.equal(named.request.subject?.id, "paul");
  assert.deepEqual(named.reasons.map(reasonText), [`Emergency ${ID} is open for the patient.`]);
  assert.deepEqual(named.obligations[0]?.parameters, { id: ID, endsAt: "2026-11-24T13:00:00Z" });
});

test("where an emergency is open instead is told of whoever is named alone", () => {
  const parameters = { need: "PURPOSE", of: "PATIENT" } as const;
  const elsewhere = reason("BREAK_GLASS_REQUIRED", { parameters, personal: { openAt: ["citylab"] }, scope: "labs" });
  const [own, named] = ["ada", "paul"].map((id) => seen({ ...inEmergency(id), reasons: [elsewhere] }));
  assert.ok(!JSON.stringify(own).includes("citylab"), JSON.stringify(own));
  assert.match(named?.reasons.map(reasonText).join() ?? "", /one is open at citylab\.$/);
});

test("as which types an id holds roles is not told of who has a pseudonym", () => {
  const personal = { holdsAs: ["user"], subject: { id: "ada", type: "identity" } };
  const parameters = { kind: "GRANT", needs: [], roles: [], unmet: [] } as const;
  const made = reason("NO_MATCHING_RULE", { parameters, personal, scope: "labs" });
  const record = inEmergency("ada");
  assert.ok(!JSON.stringify(seen({ ...record, reasons: [made] }).reasons).includes("holdsAs"));
});

test("where and when a role is held is not said of who has a pseudonym", () => {
  const parameters = { action: "read", organization: "lakeside-clinic", resourceType: "Goal" };
  const allowed = reason("ALLOWED_BY_RULE", { parameters, role: "patient", ruleId: "own", scope: "labs" });
  const ended = { kind: "GRANT", needs: ["patient"], notNow: [{ ended: 1_700_000_000_000, role: "patient" }] } as const;
  const denied = reason("NO_MATCHING_RULE", { parameters: { ...ended, roles: [], unmet: [] }, scope: "labs" });
  const [own, named] = ["ada", "paul"].map((id) => {
    const record = inEmergency(id);
    const subject = {
      id,
      type: "user",
      organization: "lakeside-clinic",
      roles: [{ organization: "lakeside-clinic", role: "patient" }],
      attributes: null,
    };
    return seen({ ...record, reasons: [allowed, denied], request: { ...record.request, subject } });
  });
  const texts = own?.reasons.map(reasonText) ?? [];
  assert.equal(texts[0], "labs can be used: rule own, by role patient in ..., can allow read on Goal.");
  assert.match(texts[1] ?? "", /it needs the role patient\.$/);
  assert.deepEqual([own?.request.subject?.organization, own?.request.subject?.roles], [null, null]);
  assert.match(named?.reasons.map(reasonText).join() ?? "", /in lakeside-clinic.* ended on 2023-11-14/);
  assert.equal(named?.request.subject?.organization, "lakeside-clinic");
});

test("a scope is shown without its constraint, in all that says it, and a text that no policy knows not at all", () => {
  const scope = "patient/Observation.rs?subject=Patient/ada";
  const record = inEmergency("paul");
  const filter = { allOf: [{ anyOf: [{ constraint: "subject=Patient/ada", type: "constraint" }] }] };
  const shown = seen({
    ...record,
    scope,
    sufficientScopes: [scope],
    obligations: [{ type: "filter", parameters: filter }],
    reasons: [
      reason("ALLOWED_BY_RULE", { ruleId: "own", role: "patient", scope }),
      reason("UNKNOWN_SCOPE", { scope: "nonsense ada" }),
      reason("UNKNOWN_SCOPE", { parameters: { meant: scope }, scope: "nonsense-ada" }),
      reason("SCOPE_NARROWED", { parameters: { to: [scope] }, personal: { clientId: "app" }, scope }),
      reason("SCOPE_DOES_NOT_COVER", {
        parameters: {
          ...{ action: "read", kind: "ACCESS", resourceType: "Observation" },
          why: { because: "VALUES", parameter: "subject", values: ["Patient/ada"] },
        },
        scope,
      }),
    ],
    request: {
      ...record.request,
      resource: { ...record.request.resource, patient: null },
      scopes: [scope, "nonsense ada", "labs", "openid"],
    },
  });
  assert.doesNotMatch(JSON.stringify(shown), /ada/);
  assert.equal(shown.scope, "patient/Observation.rs?...");
  assert.deepEqual(shown.request.scopes, ["patient/Observation.rs?...", "...", "...", "openid"]);
  for (const each of shown.reasons) assert.doesNotMatch(reasonText(each), /ada/);
});

test("an address of whoever has a pseudonym is theirs alone, or who shares it by name would tell who it is", () => {
  const from = (id: string, ipAddress: string) => {
    const record = inEmergency(id);
    const rest = { patient: null, region: null, userAgent: null, tokenId: null, attributes: null };
    const context = { ...rest, ipAddress };
    return seen({ ...record, request: { ...record.request, context } }).request.context?.ipAddress;
  };
  assert.notEqual(from("ada", "203.0.113.9"), from("paul", "203.0.113.9"));
  assert.equal(from("nina", "203.0.113.9"), from("paul", "203.0.113.9"));
  assert.equal(from("ada", "203.0.113.9"), from("ada", "203.0.113.9"));
  assert.notEqual(from("ada", "203.0.113.9"), from("ada", "203.0.113.10"));
});
