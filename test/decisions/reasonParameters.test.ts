import assert from "node:assert/strict";
import { test } from "node:test";
import { type Reason, reason } from "../../src/domain/decisions/reason.ts";
import { reasonParameters } from "../../src/domain/decisions/reasonParameters.ts";
import { reasonText } from "../../src/domain/decisions/reasonText.ts";

const LACK = { need: "SCOPE", of: "PATIENT" } as const;
const UNMET = [
  { ruleId: "wards", when: 'purposeOfUse == "TREAT"', missing: ["purposeOfUse"] },
  { ruleId: "emergencies", when: 'resource.labels == ["R"]', inEmergency: true as const },
];
const NO_RULE = reason("NO_MATCHING_RULE", {
  scope: "s1",
  parameters: {
    ...{ kind: "ACCESS", action: "read", organization: "o1", resourceType: "Observation" },
    ...{ needs: ["nurse"], roles: [], unmet: UNMET },
  },
  personal: { subject: { id: "nina", type: "user" } },
});

test("parameters are what the sentence says: a person where it names one, never consents, and no condition that it leaves out", () => {
  const cases: readonly (readonly [Reason, object])[] = [
    [reason("ALLOWED_BY_PROTOCOL_SCOPES", {}), {}],
    [reason("CLIENT_SUSPENDED", { personal: { clientId: "app" } }), { clientId: "app" }],
    [reason("ALLOWED_BY_CONSENT", { personal: { consents: [{ id: "consent-of-ada", version: 1 }] } }), {}],
    [
      reason("CONSENT_REFUSED", {
        parameters: LACK,
        personal: { consents: [{ id: "consent-of-ada", version: 1 }], unlinked: ["Practitioner/9"] },
      }),
      { ...LACK, unlinked: ["Practitioner/9"] },
    ],
    [
      NO_RULE,
      {
        ...{
          kind: "ACCESS",
          action: "read",
          organization: "o1",
          resourceType: "Observation",
          needs: ["nurse"],
          roles: [],
        },
        unmet: [UNMET[0], { ruleId: "emergencies", inEmergency: true }],
        subject: { id: "nina", type: "user" },
      },
    ],
  ];
  for (const [of, expected] of cases) {
    assert.deepEqual(reasonParameters(of), expected, of.code);
    const printed = JSON.stringify(reasonParameters(of));
    for (const hidden of ["consent-of-ada", "labels == ["]) assert.ok(!printed.includes(hidden));
    assert.equal(printed.includes("nina"), reasonText(of).includes("nina"), of.code);
  }
});

test("what was erased is in neither", () => {
  const { personal: _, ...erased } = NO_RULE;
  assert.ok(!JSON.stringify(reasonParameters(erased as Reason)).includes("nina"));
  assert.match(reasonText(erased as Reason), /\[erased\]/);
});
