import { compareUri } from "../../../src/domain/scopes/compare/compare.ts";
import { testComparison } from "./testComparison.ts";

testComparison(compareUri, {
  met: [["http://acme.org/fhir/ValueSet/123", "http://acme.org/fhir/ValueSet/123"]],
  unmet: [
    ["http://acme.org/fhir/ValueSet/123/", "http://acme.org/fhir/ValueSet/123"],
    ["http://acme.org/fhir/valueset/123", "http://acme.org/fhir/ValueSet/123"],
    ["http://acme.org/fhir/ValueSet/123|1.0", "http://acme.org/fhir/ValueSet/123"],
    ["", "urn:oid:1.2.3"],
  ],
  unknown: [],
});
