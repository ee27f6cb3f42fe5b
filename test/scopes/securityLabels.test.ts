import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  codeOfLabel,
  isHl7Label,
  labelOf,
  labelsOf,
  sensitivitiesNear,
} from "../../src/domain/scopes/securityLabels.ts";
import { runs } from "../support/budget.ts";

const CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const OBSERVATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";

const ONE_FORM: readonly (readonly [text: string, label: string])[] = [
  ["R", "R"],
  ["r", "R"],
  [`${CONFIDENTIALITY}|R`, "R"],
  [`${CONFIDENTIALITY}|r`, "R"],
  [`${CONFIDENTIALITY}^R`, "R"],
  ["2.16.840.1.113883.5.25|V", "V"],
  // A code of the other of the two systems is a slip of the system.
  [`${ACT_CODE}|R`, "R"],
  [`${CONFIDENTIALITY}|ETH`, "ETH"],
  [`${ACT_CODE}|eth`, "ETH"],
  [`${ACT_CODE}|2018-08-12|ETH`, "ETH"],
  [`${ACT_CODE}|ETH|9.0.0`, "ETH"],
  [`${ACT_CODE}#ETH`, "ETH"],
  ["v3-ActCode:ETH", "ETH"],
  ["ActCode/ETH", "ETH"],
  ["v3-ActCode ETH", "ETH"],
  ["urn:oid:2.16.840.1.113883.5.4|42cfrpart2", "42CFRPart2"],
  ["http://hl7.org/fhir/v3/ActCode|HIV", "HIV"],
  ["https://terminology.hl7.org/CodeSystem/v3-ActCode/|HIV", "HIV"],
  ["http://terminology.hl7.org/ValueSet/v3-ActCode|HIV", "HIV"],
  ["|ETH", "ETH"],
  // Any code of ActCode is known.
  [`${ACT_CODE}|comptoolkit`, "comptoolkit"],
  ["HCOMPT", "HCOMPT"],
  // Others' R is never R.
  ["https://house.example/labels|R", "https://house.example/labels|R"],
  [`${OBSERVATION}|R`, `${OBSERVATION}|R`],
  ["http://loinc.org|R", "http://loinc.org|R"],
  // A confidentiality that HL7 has not stays one, and counts as the highest.
  [`${CONFIDENTIALITY}|X`, `${CONFIDENTIALITY}|X`],
  ["ward-secret", "ward-secret"],
];
for (const [text, label] of ONE_FORM) test(`${text} is ${label}`, () => assert.equal(labelOf(text), label));

test("each is there once, in the order in which they came", () => {
  assert.deepEqual(labelsOf(["r", `${CONFIDENTIALITY}|R`, "sud", "N", "SUD"]), ["R", "SUD", "N"]);
  const one = ["R"];
  assert.equal(labelsOf(one), one);
});

test("the one form of the one form is itself, whatever the text", () => {
  const part = fc.constantFrom(
    ACT_CODE,
    CONFIDENTIALITY,
    "|",
    "#",
    "^",
    ":",
    "/",
    " ",
    "eth",
    "R",
    "X",
    "9.0",
    "ward",
    "https://a.b/c",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part, { maxLength: 5 }).map((parts) => parts.join("")),
      ),
      (text) => {
        const once = labelOf(text);
        assert.equal(labelOf(once), once);
        if (isHl7Label(once)) assert.equal(labelOf(codeOfLabel(once)), once, "nor does naming its system change it");
      },
    ),
    { numRuns: runs(5000) },
  );
});

test("a house's own label one letter from a sensitivity may be meant for it, HL7's own codes never", () => {
  assert.deepEqual(sensitivitiesNear("SUDD"), ["SUD"]);
  assert.deepEqual(sensitivitiesNear("hvi"), ["HIV"]);
  assert.ok(sensitivitiesNear("PSYTHP").includes("PSYTHPN"));
  for (const label of ["SUD", "R", "HCOMPT", "ward-secret", "https://house.example|SUDD"])
    assert.deepEqual(sensitivitiesNear(label), [], label);
});
