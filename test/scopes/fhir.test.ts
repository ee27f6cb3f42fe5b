import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeCodeSystem } from "../../src/domain/scopes/codeSystems.ts";
import {
  fhirTypes,
  isFhirType,
  nearestFhirType,
  parameterKind,
  parameterNames,
  patientParameters,
  slipOfFhirType,
} from "../../src/domain/scopes/fhir.ts";
import { editDistance } from "../../src/domain/scopes/nearest.ts";

test("the 146 concrete resource types of R4 4.0.1", () => {
  assert.equal(fhirTypes.size, 146);
  for (const name of ["Patient", "Observation", "Binary", "Parameters", "VisionPrescription"])
    assert.ok(isFhirType(name));
  // Abstract, of another version, of another case, no type.
  for (const name of [
    "Resource",
    "DomainResource",
    "SubscriptionStatus",
    "Permission",
    "patient",
    "*",
    "",
    "constructor",
  ]) {
    assert.ok(!isFhirType(name), name);
  }
});

test("search parameters with their FHIR type", () => {
  assert.equal(parameterKind("Observation", "category"), "token");
  assert.equal(parameterKind("Observation", "date"), "date");
  assert.equal(parameterKind("Observation", "subject"), "reference");
  assert.equal(parameterKind("Observation", "combo-code-value-quantity"), "composite");
  assert.equal(parameterKind("RiskAssessment", "probability"), "number");
  assert.equal(parameterKind("Binary", "_id"), "token");
  assert.equal(parameterKind("*", "category"), null);
  assert.equal(parameterKind("Location", "near"), null, "special");
  assert.equal(parameterKind("Observation", "toString"), null);
  assert.deepEqual([...parameterNames("*")].sort(), [
    "_id",
    "_lastUpdated",
    "_profile",
    "_security",
    "_source",
    "_tag",
  ]);
});

test("the patient compartment", () => {
  assert.deepEqual(patientParameters("Observation"), ["subject", "performer"]);
  assert.deepEqual(patientParameters("Practitioner"), []);
  assert.equal([...fhirTypes].filter((type) => patientParameters(type).length > 0).length, 67);
});

test("the nearest type, and a slip", () => {
  assert.equal(nearestFhirType("Obseravtion"), "Observation");
  assert.equal(nearestFhirType("Qwertyuiop"), null);
  assert.equal(nearestFhirType("x".repeat(10_000)), null);
  assert.equal(slipOfFhirType("patient"), "Patient");
  assert.equal(slipOfFhirType("Patient"), null);
  assert.equal(slipOfFhirType("lab_result"), null);
  assert.equal(editDistance("", "abc"), 3);
  assert.equal(editDistance("ab", "ba"), 1);
  assert.equal(editDistance("kitten", "sitting"), 3);
});

test("code systems", () => {
  const terminology = "http://terminology.hl7.org/CodeSystem";
  for (const system of [
    `${terminology}/observation-category`,
    `${terminology}/v2-0131`,
    `${terminology}/v3-Confidentiality`,
    "http://hl7.org/fhir/observation-status",
    "http://hl7.org/fhir/us/core/CodeSystem/condition-category",
    "http://loinc.org",
  ]) {
    assert.deepEqual(judgeCodeSystem(system), { kind: "KNOWN" }, system);
  }
  for (const system of ["http://example.org/codes", "urn:oid:1.2.3", "https://hospital.example/observation-category"]) {
    assert.deepEqual(judgeCodeSystem(system), { kind: "FOREIGN" }, system);
  }
  for (const system of [`${terminology}/brand-new-thing`, "http://hl7.org/fhir/uv/x/CodeSystem/condition-category"]) {
    assert.deepEqual(judgeCodeSystem(system), { kind: "UNRECOGNISED" }, system);
  }
  for (const system of [
    "http://terminology.hl7.org//CodeSystem-observation-category",
    "https://terminology.hl7.org/CodeSystem/observation-category",
    `${terminology}/observation-category/`,
    `${terminology}/observation-categroy`,
    `${terminology}/Observation-Category`,
    "http://terminology.hl7.org/ValueSet/observation-category",
    "http://terminology.hl7.org/observation-category",
    "http://hl7.org/fhir/observation-category",
    "observation-category",
  ]) {
    assert.deepEqual(
      judgeCodeSystem(system),
      { kind: "WRONG", nearest: `${terminology}/observation-category` },
      system,
    );
  }
  assert.deepEqual(judgeCodeSystem("https://loinc.org/"), { kind: "WRONG", nearest: "http://loinc.org" });
  assert.deepEqual(judgeCodeSystem("local"), { kind: "WRONG", nearest: null });
});
