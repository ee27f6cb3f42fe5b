import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ACCOUNTED_KINDS,
  DISCLOSURE_KINDS,
  type DisclosureKind,
  disclosureKind,
  purposesWithout,
} from "../../src/domain/audit/disclosures/disclosureKind.ts";
import { purposeText } from "../../src/domain/audit/disclosures/purposeText.ts";
import type { AccessSummary } from "../../src/domain/audit/disclosures/store.ts";
import { PURPOSES } from "../../src/domain/scopes/purposes.ts";
import { purpose } from "../support/oneForm.ts";

const access = (more: Partial<AccessSummary> = {}): AccessSummary => ({
  purposeOfUse: "TREAT",
  subject: { type: "user", id: "nina" },
  scopes: ["view_notes"],
  byConsent: false,
  inEmergency: false,
  ...more,
});
const kindOf = (more: Partial<AccessSummary>) => disclosureKind(access(more), "ada");

test("what the rule calls treatment, payment and operations counts as that; what it does not, is accounted for", () => {
  const by: Record<string, string[]> = {};
  for (const purposeOfUse of PURPOSES) {
    const kind = kindOf({ purposeOfUse: purpose(purposeOfUse) });
    by[kind] = [...(by[kind] ?? []), purposeOfUse];
  }
  assert.deepEqual(by.EMERGENCY, ["BTG"]);
  for (const purpose of [
    "GOV",
    "DONAT",
    "HDECD",
    "HDIRECT",
    "HLEGAL",
    "MILCDM",
    "MILDCRG",
    "CLINTRL",
    "HRESCH",
    "PUBHLTH",
    "HMARKT",
  ])
    assert.ok(by.OTHER?.includes(purpose), purpose);
  assert.ok(by.TREATMENT?.includes("ETREAT") && by.PAYMENT?.includes("HPAYMT") && by.OPERATIONS?.includes("HQUALIMP"));
  for (const purposeOfUse of [null, "TREATMENT", "https://example.org|TREAT"])
    assert.equal(kindOf({ purposeOfUse: purpose(purposeOfUse) }), "OTHER", String(purposeOfUse));
});

test("an emergency is accounted for, whatever the purpose", () => {
  assert.equal(kindOf({ inEmergency: true }), "EMERGENCY");
  assert.deepEqual(ACCOUNTED_KINDS, ["EMERGENCY", "OTHER"]);
});

test("to the individual is to the patient, served as one: no relative, no clinician at work, no other type of the same id", () => {
  const scopes = ["patient/Observation.rs"];
  const own = { scopes, purposeOfUse: "PATRQT" as const };
  const cases: readonly (readonly [Partial<AccessSummary>, DisclosureKind])[] = [
    [{ ...own, subject: { type: "user", id: "ada" } }, "TO_INDIVIDUAL"],
    [{ subject: { type: "Patient", id: "ada" }, purposeOfUse: null }, "TO_INDIVIDUAL"],
    [{ ...own, subject: { type: "user", id: "u1" } }, "OTHER"],
    [{ ...own, subject: { type: "device", id: "ada" } }, "OTHER"],
    [{ ...own, subject: { type: "user", id: "ada" }, scopes: ["view_notes"] }, "OTHER"],
    [{ ...own, subject: { type: "user", id: "ada" }, purposeOfUse: "HRESCH" }, "OTHER"],
    [{ ...own, subject: null }, "OTHER"],
  ];
  for (const [more, kind] of cases) assert.equal(kindOf(more), kind, JSON.stringify(more));
});

test("a consent is an authorization where nothing before it is true", () => {
  assert.equal(kindOf({ byConsent: true, purposeOfUse: "HRESCH" }), "AUTHORIZATION");
  assert.equal(kindOf({ byConsent: true }), "TREATMENT");
});

test("law: what the store leaves out for its purpose is of no kind that is listed", () => {
  for (const kind of DISCLOSURE_KINDS) {
    const out = purposesWithout([kind]);
    for (const purposeOfUse of PURPOSES)
      if (out.includes(purposeOfUse))
        assert.notEqual(kindOf({ purposeOfUse: purpose(purposeOfUse) }), kind, `${kind} ${purposeOfUse}`);
  }
  assert.deepEqual(purposesWithout(DISCLOSURE_KINDS), []);
});

test("every purpose of HL7 has words of its own, others are told as they are", () => {
  const words = [...PURPOSES].map(purposeText);
  assert.equal(new Set(words).size, PURPOSES.size);
  for (const [i, purpose] of [...PURPOSES].entries())
    assert.doesNotMatch(words[i] ?? "", new RegExp(`\\b${purpose}\\b`));
  assert.equal(purposeText("x|y"), "for the purpose x|y");
});
