import assert from "node:assert/strict";
import { test } from "node:test";
import { type Consent, isConsentGiven } from "../../src/domain/consent/consent.ts";

const consent = (more: Partial<Consent> = {}): Consent => ({
  id: "c",
  version: 1,
  patient: "ann",
  scopes: null,
  ...more,
});
const scope = { name: "view", requiresConsent: true };

for (const [what, question, consents, expected] of [
  ["a scope that asks for none", { scope: { ...scope, requiresConsent: false }, patient: null }, [], true],
  ["none on record", { scope, patient: "ann" }, [], false],
  ["the patient's, for all scopes", { scope, patient: "ann" }, [consent()], true],
  ["the patient's, for this scope", { scope, patient: "ann" }, [consent({ scopes: ["other", "view"] })], true],
  ["the patient's, for another scope", { scope, patient: "ann" }, [consent({ scopes: ["other"] })], false],
  ["the patient's, for no scope", { scope, patient: "ann" }, [consent({ scopes: [] })], false],
  ["another patient's", { scope, patient: "bob" }, [consent()], false],
  ["a patient's, where the data is nobody's in particular", { scope, patient: null }, [consent()], false],
  [
    "one of several",
    { scope, patient: "ann" },
    [consent({ scopes: [] }), consent({ patient: "bob" }), consent()],
    true,
  ],
] as const) {
  test(`consent: ${what}`, () => assert.equal(isConsentGiven(question, consents), expected));
}
