import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  isBelowPurpose,
  isKnownPurpose,
  mayBePurpose,
  meantPurpose,
  PURPOSES,
  purposeOf,
} from "../../src/domain/scopes/purposes.ts";
import { runs } from "../support/budget.ts";

const HL7 = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

const ONE_FORM: readonly (readonly [text: string, purpose: string])[] = [
  ["TREAT", "TREAT"],
  ["treat", "TREAT"],
  ["Btg", "BTG"],
  [`${HL7}|BTG`, "BTG"],
  [`${HL7}|btg`, "BTG"],
  ["urn:oid:2.16.840.1.113883.5.8|btg", "BTG"],
  ["2.16.840.1.113883.5.8|HMARKT", "HMARKT"],
  ["http://hl7.org/fhir/v3/ActReason|hmarkt", "HMARKT"],
  ["https://www.terminology.hl7.org/CodeSystem/v3-ActReason/|HMARKT", "HMARKT"],
  ["http://terminology.hl7.org/CodeSystem/v3-actreason|TREAT", "TREAT"],
  ["https://house.example/purposes|audit", "https://house.example/purposes|audit"],
  ["https://house.example/purposes|HRESCH", "https://house.example/purposes|HRESCH"],
  ["urn:oid:1.2.3|audit trail", "urn:oid:1.2.3|audit trail"],
];
for (const [text, purpose] of ONE_FORM)
  test(`${text} is ${purpose}`, () => {
    assert.equal(purposeOf(text), purpose);
    assert.equal(isKnownPurpose(purposeOf(text)), true);
  });

/** What nobody knows is as it was written, and may be near to something. */
const UNKNOWN: readonly (readonly [text: string, near: string | null])[] = [
  ["HMRKT", "HMARKT"],
  ["TREATMENT", "TREAT"],
  ["T-TREAT", "TREAT"],
  [`${HL7}|3.1.0|HMARKT`, "HMARKT"],
  [`${HL7}#HMARKT`, "HMARKT"],
  ["http://terminology.hl7.org/ValueSet/v3-PurposeOfUse|TREAT", "TREAT"],
  ["http://terminology.hl7.org/CodeSystem/v3-ActCode|TREAT", "TREAT"],
  ["urn:oid:2.16.840.1.113883.1.11.20448|HRESCH", "HRESCH"],
  ["2.16.840.1.113883.1.11.20448|HRESCH", "HRESCH"],
  ["urn:hl7-org:v3|HRESCH", "HRESCH"],
  ["urn:hl7-org:v3:ActReason|HRESCH", "HRESCH"],
  ["urn:oid:2.16.840.1.113883.5.8/|HRESCH", "HRESCH"],
  ["urn:oid:2.16.840.1.113883.5.8.1|HRESCH", "HRESCH"],
  ["urn:oid: 2.16.840.1.113883.5.8|HRESCH", "HRESCH"],
  ["urn:oid:2.16.840.1.113883.3.18.7.1|RESEARCH", null],
  ["ftp://terminology.hl7.org/CodeSystem/v3-ActReason|HRESCH", "HRESCH"],
  ["https://build.fhir.hl7.org./v3-ActReason|HRESCH", "HRESCH"],
  [`${HL7}?v=1|HRESCH`, "HRESCH"],
  ["https://tx.example/r4/CodeSystem/v3-ActReason|HRESCH", "HRESCH"],
  [`https://house.example/?of=${HL7}|HRESCH`, "HRESCH"],
  [`${HL7}%7CHRESCH`, "HRESCH"],
  ["\uff28\uff32\uff25\uff33\uff23\uff28", "HRESCH"],
  ["https://house.example/purposes|HRESCH,audit", "HRESCH"],
  ["urn:other|BTG", "BTG"],
  ["urn:other|btg", "BTG"],
  ["curiosity", null],
];
for (const [text, near] of UNKNOWN)
  test(`${text} is not known, and near to ${near}`, () => {
    assert.equal(purposeOf(text), text);
    assert.equal(isKnownPurpose(text), false);
    assert.equal(meantPurpose(text), near);
  });

test("the one form of the one form is itself, whatever the text", () => {
  const part = fc.constantFrom(
    HL7,
    "urn:oid:2.16.840.1.113883.5.8",
    "|",
    "#",
    "btg",
    "TREAT",
    " ",
    "x",
    "3.1.0",
    "/",
    "https://a.b",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part, { maxLength: 5 }).map((parts) => parts.join("")),
      ),
      (text) => {
        const once = purposeOf(text);
        assert.equal(purposeOf(once), once);
      },
    ),
    { numRuns: runs(5000) },
  );
});

test("HL7's tree has one purpose below another, over several steps", () => {
  assert.ok(
    isBelowPurpose("ELIGVER", "HPAYMT") && isBelowPurpose("BTG", "TREAT") && isBelowPurpose("CLINTRCHPC", "HRESCH"),
  );
  assert.ok(
    !isBelowPurpose("TREAT", "TREAT") && !isBelowPurpose("HPAYMT", "ELIGVER") && !isBelowPurpose("curiosity", "TREAT"),
  );
  assert.ok(["MLTRAINING", "PMTDS", "TREATDS"].every((code) => PURPOSES.has(code)));
});

test("what may be meant for breaking the glass, or for legal proceedings, is found in whatever spelling", () => {
  for (const text of [
    ...[
      `${HL7}|BTG|1`,
      "BTG|1",
      "BTG#1",
      "BTG,TREAT",
      "TREAT BTG",
      "BTG^break the glass",
      "\uff22\uff34\uff27",
      "BTG%20",
      "BTGX",
    ],
    ...[
      "http://house|BTG",
      "http://house|BTG;v=1",
      "http://house|%42TG",
      "http://house|BTG(emergency)",
      "break the glass",
    ],
    ...["B\ufe0fTG", "BTG\u0301", "\u0412TG", "B.T.G.", "break-glass", "urn:other/btg"],
  ])
    assert.deepEqual([mayBePurpose(purposeOf(text), "BTG"), isKnownPurpose(purposeOf(text))], [true, false], text);
  for (const text of ["TREAT", "HMRKT", "curiosity", "https://btg.example/purposes|audit", "urn:oid:1.2.3|BTGS"])
    assert.ok(!mayBePurpose(purposeOf(text), "BTG"), text);
  for (const text of ["HLEGAL", "hlegal", "http://house|HLEGAL", "urn:hl7-org:v3|HLEGAL"])
    assert.ok(mayBePurpose(purposeOf(text), "HLEGAL"), text);
  assert.ok(!mayBePurpose(purposeOf("http://house|paralegal"), "HLEGAL"));
});
