import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalCode, canonicalSystem } from "../../src/domain/scopes/codeSystems.ts";

const HL7 = "http://terminology.hl7.org/CodeSystem/";

test("a code system has one form: that of FHIR R4", () => {
  for (const [system, canonical] of [
    [`${HL7}v3-ActCode`, `${HL7}v3-ActCode`],
    ["urn:oid:2.16.840.1.113883.5.4", `${HL7}v3-ActCode`],
    ["2.16.840.1.113883.5.4", `${HL7}v3-ActCode`],
    ["http://hl7.org/fhir/v3/ActCode", `${HL7}v3-ActCode`],
    ["http://hl7.org/fhir/v3/Confidentiality", `${HL7}v3-Confidentiality`],
    ["urn:oid:2.16.840.1.113883.5.25", `${HL7}v3-Confidentiality`],
    ["urn:oid:2.16.840.1.113883.5.8", `${HL7}v3-ActReason`],
    ["http://hl7.org/fhir/v2/0203", `${HL7}v2-0203`],
    ["http://hl7.org/fhir/observation-category", `${HL7}observation-category`],
    ["urn:oid:2.16.840.1.113883.6.1", "http://loinc.org"],
    ["http://hl7.org/fhir/sid/ndc", "http://hl7.org/fhir/sid/ndc"],
    ["http://hl7.org/fhir/observation-status", "http://hl7.org/fhir/observation-status"],
    ["https://example.org/codes", "https://example.org/codes"],
    ["urn:oid:1.2.3", "urn:oid:1.2.3"],
  ])
    assert.equal(canonicalSystem(system ?? ""), canonical);
});

test("a code has the form of its system, and one without a system is as it was", () => {
  assert.equal(canonicalCode("urn:oid:2.16.840.1.113883.5.4|HIV"), `${HL7}v3-ActCode|HIV`);
  for (const code of ["HIV", "|HIV", "https://example.org/codes|a", ""]) assert.equal(canonicalCode(code), code);
});
