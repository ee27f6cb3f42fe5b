import { compareReference } from "../../../src/domain/scopes/compare/compare.ts";
import { testComparison } from "./testComparison.ts";

testComparison(compareReference, {
  met: [
    ["Patient/23", "Patient/23"],
    ["Patient/23", "23"],
    ["23", "23"],
    ["Patient/23/_history/4", "Patient/23"],
    ["Patient/23/_history/4", "23"],
    ["Patient/23/_history/4", "Patient/23/_history/4"],
    ["https://a.example/fhir/Patient/23", "https://a.example/fhir/Patient/23"],
    ["https://a.example/fhir/Patient/23/_history/1", "https://a.example/fhir/Patient/23"],
    ["urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"],
    ["http://acme.org/Questionnaire/q|2.0", "http://acme.org/Questionnaire/q"],
  ],
  unmet: [
    ["Patient/23", "Patient/24"],
    ["Patient/23", "Practitioner/23"],
    ["Patient/23", "patient/23"],
    ["Patient/23", "2"],
    ["24", "Patient/23"],
    ["https://a.example/fhir/Patient/23", "https://b.example/fhir/Patient/23"],
    ["https://a.example/fhir/Patient/23", "Patient/24"],
    ["https://a.example/fhir/Practitioner/23", "Patient/23"],
    ["Patient/23/_history/4", "Patient/23/_history/5"],
    ["urn:uuid:a", "Patient/23"],
    ["", "Patient/23"],
  ],
  unknown: [
    // The type of an id alone, whose server, which version: not said.
    ["23", "Patient/23"],
    ["https://a.example/fhir/Patient/23", "Patient/23"],
    ["https://a.example/fhir/Patient/23", "23"],
    ["Patient/23", "https://a.example/fhir/Patient/23"],
    ["Patient/23", "Patient/23/_history/4"],
  ],
});
