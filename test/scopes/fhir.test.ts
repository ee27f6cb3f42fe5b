import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeCodeSystem } from "../../src/domain/scopes/codeSystems.ts";
import {
  DEFAULT_FHIR_VERSION,
  FHIR_VERSIONS,
  fhirTypesOf,
  isFhirType,
  nearestFhirType,
  parameterKind,
  parameterNames,
  patientParameters,
  slipOfFhirType,
  versionsOf,
} from "../../src/domain/scopes/fhir.ts";
import { editDistance } from "../../src/domain/scopes/nearest.ts";

test("the concrete resource types of each version", () => {
  const sizes = Object.fromEntries(FHIR_VERSIONS.map((version) => [version, fhirTypesOf(version).size]));
  // 1.0.2, 3.0.1, 4.0.1, 4.3.0 and 5.0.0: what each lists under http://hl7.org/fhir/resource-types, abstract ones aside.
  assert.deepEqual(sizes, { R4: 146, R5: 158, R4B: 141, STU3: 117, DSTU2: 94 });
  assert.equal(FHIR_VERSIONS[0], DEFAULT_FHIR_VERSION);
  for (const version of FHIR_VERSIONS) {
    for (const name of ["Patient", "Observation", "Binary", "Parameters", "VisionPrescription"])
      assert.ok(isFhirType(name, version));
    // Abstract, of another case, no type.
    for (const name of [
      "Resource",
      "DomainResource",
      "MetadataResource",
      "CanonicalResource",
      "patient",
      "*",
      "",
      "constructor",
    ])
      assert.ok(!isFhirType(name, version), `${name} in ${version}`);
  }
  assert.ok(!isFhirType("SubscriptionStatus", "R4"));
  assert.ok(isFhirType("SubscriptionStatus"));
  assert.deepEqual(versionsOf("Permission"), ["R5"]);
});

test("no type has a parameter of every resource with a type of its own", () => {
  for (const version of FHIR_VERSIONS) {
    const shared = parameterNames("*", version);
    assert.ok(shared.length >= 5);
    for (const type of fhirTypesOf(version))
      for (const name of shared) assert.equal(parameterKind(type, name, version), parameterKind("*", name, version));
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
  assert.equal(parameterKind("Location", "near", "R4"), null, "special");
  assert.equal(parameterKind("Observation", "toString"), null);
  assert.equal(parameterKind("Encounter", "length", "STU3"), "number");
  assert.equal(parameterKind("Encounter", "length", "R4"), "quantity");
  assert.equal(parameterKind("Encounter", "length"), "quantity", "of any version: R4 first");
  assert.equal(parameterKind("Conformance", "date"), "date", "of any version that has it");
  assert.equal(parameterKind("Conformance", "date", "R4"), null);
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
  assert.equal([...fhirTypesOf("R4")].filter((type) => patientParameters(type).length > 0).length, 67);
  assert.deepEqual(patientParameters("MedicationOrder"), ["patient"], "of the version that has the type");
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
