import { compareString } from "../../../src/domain/scopes/compare/compare.ts";
import { testComparison } from "./testComparison.ts";

testComparison(compareString, {
  met: [
    ["Eve", "eve"],
    ["Evelyn", "EVE"],
    ["Évelyne", "eve"],
    ["E\u0301velyne", "eve"],
    ["Müller", "mull"],
    ["Straße 1", "STRASSE"],
    ["  Eve", "eve"],
    ["İstanbul", "istanbul"],
    ["van\t der", "van"],
  ],
  unmet: [
    ["Steve", "eve"],
    ["Ev", "eve"],
    ["", "eve"],
    ["O'Hara", "ohara"],
  ],
  unknown: [],
});
