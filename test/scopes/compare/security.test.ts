import { compareLabel } from "../../../src/domain/scopes/compare/compare.ts";
import { testComparison } from "./testComparison.ts";

const CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

testComparison(compareLabel, {
  met: [
    ["R", "R"],
    ["R", `${CONFIDENTIALITY}|R`],
    ["V", `${CONFIDENTIALITY}|`],
    [`${CONFIDENTIALITY}|R`, "R"],
    [`${ACT_CODE}|PSY`, "PSY"],
    ["PSY", `${ACT_CODE}|PSY`],
    ["PSY", "urn:oid:2.16.840.1.113883.5.4|PSY"],
    ["secret", "secret"],
  ],
  unmet: [
    ["N", "R"],
    ["N", `${CONFIDENTIALITY}|R`],
    ["R", `${ACT_CODE}|R`],
    ["r", "R"],
    ["https://house.example/labels|R", "R"],
    ["https://house.example/labels|R", `${CONFIDENTIALITY}|R`],
  ],
  unknown: [
    ["secret", "https://house.example/labels|secret"],
    ["", "R"],
  ],
});
