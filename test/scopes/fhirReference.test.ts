import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalReference, referenceTarget } from "../../src/domain/scopes/fhirReference.ts";

const ONE = "Encounter/e-9";

test("a reference has one form, however it is written", () => {
  for (const text of [
    ONE,
    "Encounter/e-9/_history/2",
    "https://fhir.example.org/Encounter/e-9",
    "http://fhir.example.org/r4/Encounter/e-9/_history/a.b",
  ])
    assert.equal(canonicalReference(text), ONE, text);
  assert.equal(canonicalReference("lab_order/7"), "lab_order/7", "a type of one's own");
});

test("a bare id says no type", () => {
  assert.deepEqual(referenceTarget("e-9"), { type: null, id: "e-9" });
  assert.equal(canonicalReference("e-9"), null);
});

test("what leads nowhere that can be told is read as nothing", () => {
  for (const text of [
    "",
    "#encounter",
    "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
    "urn:oid:1.2.3",
    "Encounter?identifier=1",
    "https://fhir.example.org/Encounter?identifier=1",
    "https://fhir.example.org/Encounter",
    "https://fhir.example.org/files/e-9",
    "Encounter/",
    "Encounter/a/b",
    "Encounter/e 9",
    "Encounter/e-9|1",
  ])
    assert.equal(referenceTarget(text), null, text);
});
