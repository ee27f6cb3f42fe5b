import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  codeOfLabel,
  isHl7Label,
  isUnreadableLabel,
  labelOf,
  labelsOf,
  labelsPerhaps,
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
  // A version in whatever place, percent-encoding, other widths, pages for people, what HL7 calls the same elsewhere.
  [`${ACT_CODE}?v=2|HIV`, "HIV"],
  [`${ACT_CODE};v=2|HIV`, "HIV"],
  [`${ACT_CODE}/version/2|HIV`, "HIV"],
  [`${ACT_CODE}|HIV|2`, "HIV"],
  [`${ACT_CODE}%7CHIV`, "HIV"],
  [encodeURIComponent(`${ACT_CODE}|HIV`), "HIV"],
  ["\uff28\uff29\uff36", "HIV"],
  ["https://hl7.org/fhir/R4/v3/ActCode/cs.html|HIV", "HIV"],
  ["urn:oid:2.16.840.1.113883.1.11.20428|HIV", "HIV"],
  ["2.16.840.1.113883.1.11.10228|V", "V"],
  ["http://hl7.org/fhir/ValueSet/security-labels|HIV", "HIV"],
  ["urn:hl7-org:v3|HIV", "HIV"],
  ["urn:hl7-org:v3:ActCode|HIV", "HIV"],
  ["HIV^HIV information sensitivity^2.16.840.1.113883.5.4", "HIV"],
  [`HIV|${ACT_CODE}`, "HIV"],
  ["HIV#1", "HIV"],
  ["https://tx.example/r4/CodeSystem/v3-ActCode|HIV", "HIV"],
  [`${ACT_CODE}|HIV#x`, "HIV"],
  ["http://terminology.hl7.org:80/CodeSystem/v3-ActCode|HIV", "HIV"],
  [`${ACT_CODE}.json|HIV`, "HIV"],
  ["R^restricted^2.16.840.1.113883.5.25", "R"],
  ["H\ufe0fI\ufe0fV\u3164\u3164", "HIV"],
  ["\u{1d407}\u{1d408}\u{1d415}", "HIV"],
  ["HIV|1", "HIV"],
  ["42CFRPart2;v=1", "42CFRPart2"],
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

/** What none of HL7's codes is may be meant for one: for refusals, and never for a permission. */
const PERHAPS: readonly (readonly [text: string, meant: readonly string[]])[] = [
  ["SUDD", ["SUD"]],
  ["hvi", ["HIV"]],
  ["HIV,N", ["HIV", "N"]],
  ["N HIV", ["N", "HIV"]],
  ["R;V", ["R", "V"]],
  ['["HIV"]', ["HIV"]],
  ["HIV/AIDS information sensitivity", ["HIV"]],
  ["HIV-1", ["HIV"]],
  ["H.I.V.", ["HIV"]],
  [`${ACT_CODE}\\HIV`, ["HIV"]],
  ["restricted", ["R"]],
  ["R: restricted", ["R"]],
  ["confidentialityCode=R", ["R"]],
  [`${ACT_CODE}|HIV-1`, ["HIV"]],
  [`${ACT_CODE}|"HIV"`, ["HIV"]],
  [`${ACT_CODE}|HIV,${CONFIDENTIALITY}|R`, ["HIV", "R"]],
  [`${CONFIDENTIALITY}|R,${ACT_CODE}|HIV`, ["R", "HIV"]],
  [`${ACT_CODE}|HIV|${CONFIDENTIALITY}|R`, ["HIV", "R"]],
  [`${ACT_CODE}|HIV~PSY`, ["HIV", "PSY"]],
  [`${ACT_CODE}#v3-ActCode-HIV`, ["HIV"]],
  ["_ActInformationSensitivityPolicy|HIV", ["HIV"]],
  ["ActCode=HIV", ["HIV"]],
  ["HIV\u0301", ["HIV"]],
  ["http://terminology.hl7.org/CodeSystem/v3-ConfidentialityClassification|R", ["R"]],
  ["http://terminology.hl7.org/CodeSystem/v2-0177|V", ["V"]],
  ["HIV^HIV information sensitivity", ["HIV"]],
  ["\u041dIV", ["HIV"]],
  ["42 CFR Part 2", ["42CFRPart2"]],
  ["very restricted", ["V"]],
  ["http://terminology.hl7.org/CodeSystem/v3-ActReason|HIV", ["HIV"]],
  ["http://terminology.hl7.org/CodeSystem/v3-ObservationValue|HIV", ["HIV"]],
  ["urn:oid:2.16.840.1.113883.3.7|V", ["V"]],
  ["house|HIV", ["HIV"]],
  // HL7's own, a house's own and somebody else's are what they are.
  ["SUD", []],
  ["R", []],
  ["HCOMPT", []],
  ["ward-secret", []],
  ["ward R", []],
  ["https://house.example|SUDD", []],
  ["https://house.example|HIV", []],
  ["urn:oid:1.2.3|HIV", []],
  ["http://loinc.org|HIV", []],
];
for (const [text, meant] of PERHAPS)
  test(`${text} may be meant for ${meant.join(" and ") || "nothing else"}`, () => {
    const label = labelOf(text);
    assert.ok(!isHl7Label(label) || label === text, "and is none of them");
    assert.deepEqual(labelsPerhaps(label), meant);
  });

test("what names a system that nobody can have is not readable", () => {
  for (const text of ["urn:oid: 2.16.840.1.113883.5.999|X", "house|x", "urn:oid:2.16.840.1.113883.5.4.|X", "a#b"])
    assert.ok(isUnreadableLabel(labelOf(text)), text);
  for (const text of [
    "ward-secret",
    "ward: north",
    "https://house.example|x",
    "urn:oid:1.2.3|x",
    "HIV",
    "very restricted",
  ])
    assert.ok(!isUnreadableLabel(labelOf(text)), text);
});
