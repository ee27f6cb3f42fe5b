import { compareQuantity } from "../../../src/domain/scopes/compare/compare.ts";
import { testComparison } from "./testComparison.ts";

const UCUM = "http://unitsofmeasure.org";

testComparison(compareQuantity, {
  met: [
    [`5.4|${UCUM}|mg`, `5.4|${UCUM}|mg`],
    [`5.42|${UCUM}|mg`, `5.4|${UCUM}|mg`],
    [`5.4|${UCUM}|mg`, "5.4||mg"],
    [`5.4|${UCUM}|mg`, "5.4"],
    ["5.4||mg", "5.4||mg"],
    ["5.4", "5.4"],
    ["5.5", "gt5.4"],
    [`6|${UCUM}|mg`, `gt5.4|${UCUM}|mg`],
    [`0.001|${UCUM}|g`, `1e-3|${UCUM}|g`],
  ],
  unmet: [
    [`5.46|${UCUM}|mg`, `5.4|${UCUM}|mg`],
    [`5|${UCUM}|mg`, `gt5.4|${UCUM}|mg`],
    ["5", "gt5.4"],
    ["5||mg", "gt5.4||mg"],
  ],
  unknown: [
    // Other units are not converted, and a unit that is not said is not assumed.
    [`5400|${UCUM}|ug`, `5.4|${UCUM}|mg`],
    [`5.4|${UCUM}|mg`, `5.4|http://other.example|mg`],
    ["5.4", `5.4|${UCUM}|mg`],
    ["5.4||mg", `5.4|${UCUM}|mg`],
    ["9", `gt5.4|${UCUM}|mg`],
    [`5.4|${UCUM}|`, "5.4"],
    ["5.4|mg", "5.4"],
    ["5.4|a|b|c", "5.4"],
    [`5.4|${UCUM}|mg`, `ap5.4|${UCUM}|mg`],
    ["", "5.4"],
  ],
});
