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
  ],
  unmet: [
    ["N", "R"],
    ["N", `${CONFIDENTIALITY}|R`],
    ["R", `${ACT_CODE}|R`],
    ["r", "R"],
  ],
  unknown: [
    ["PSY", `${ACT_CODE}|PSY`],
    ["", "R"],
  ],
});
