// What a purpose means that nobody knows is not known: refusals reach it, permissions do not, and silence is as strict as it can be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isForPurpose } from "../../src/domain/consent/purposeMatch.ts";
import { silenceFor } from "../../src/domain/policy/organizations.ts";
import { purposeOf } from "../../src/domain/scopes/purposes.ts";
import { consentOf } from "../support/consents.ts";
import { purposeCode } from "../support/oneForm.ts";

const HL7 = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const UNKNOWN = [
  "HMRKT",
  "TREATMENT",
  `${HL7}|3.1.0|HMARKT`,
  `${HL7}#HMARKT`,
  "http://terminology.hl7.org/ValueSet/v3-PurposeOfUse|HMARKT",
];
const HOUSES = "https://house.example/purposes|audit";

for (const text of UNKNOWN)
  test(`${text}: refused by each refusal, permitted by no permission`, () => {
    const code = purposeCode(text);
    for (const purposes of [null, [purposeCode("HMARKT")], [purposeCode("HRESCH")]]) {
      const deny = consentOf({ effect: "DENY", purposes });
      const permit = consentOf({ purposes });
      assert.equal(isForPurpose(deny, deny, code), true);
      assert.equal(isForPurpose(permit, permit, code), false);
    }
    const itself = consentOf({ purposes: [code] });
    assert.equal(isForPurpose(itself, itself, code), false, "nor by one that repeats it");
  });

test("one of a system of the house's own is known: it is itself alone", () => {
  const [deny, permit] = [consentOf({ effect: "DENY", purposes: [HOUSES] }), consentOf({ purposes: [HOUSES] })];
  assert.deepEqual([isForPurpose(deny, deny, HOUSES), isForPurpose(permit, permit, HOUSES)], [true, true]);
  const other = consentOf({ effect: "DENY", purposes: [purposeCode("HMARKT")] });
  assert.equal(isForPurpose(other, other, HOUSES), false);
});

test("silence is the strictest that the organization has for any purpose", () => {
  const rules = [
    { purpose: "HMARKT", silence: "DENY" },
    { purpose: "TREAT", silence: "PERMIT" },
    { purpose: null, silence: "PERMIT_TPO" },
  ] as const;
  for (const text of UNKNOWN) assert.equal(silenceFor(rules, purposeOf(text)), "DENY", text);
  assert.equal(silenceFor(rules, purposeOf("hmarkt")), "DENY");
  assert.equal(silenceFor(rules, purposeOf(`${HL7}|treat`)), "PERMIT");
  assert.equal(silenceFor(rules, purposeOf(HOUSES)), "PERMIT_TPO");
});
