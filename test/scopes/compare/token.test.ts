import { compareToken } from "../../../src/domain/scopes/compare/compare.ts";
import { testComparison } from "./testComparison.ts";

testComparison(compareToken, {
  met: [
    ["s|a", "s|a"],
    ["s|a", "a"],
    ["s|a", "s|"],
    ["|a", "|a"],
    ["|a", "a"],
    ["a", "a"],
    ["true", "true"],
    ["s|", "s|"],
    ["a|b|c", "a|b|c"],
  ],
  unmet: [
    ["s|a", "s|b"],
    ["s|a", "t|a"],
    ["s|a", "t|"],
    ["s|a", "|a"],
    ["|a", "s|a"],
    ["|a", "s|"],
    ["s|a", "A"],
    ["S|a", "s|a"],
    ["a", "b"],
    ["a", "s|b"],
    ["a", "|b"],
  ],
  unknown: [
    // The system of a bare code is not said.
    ["a", "s|a"],
    ["a", "|a"],
    ["a", "s|"],
    // No tokens.
    ["", ""],
    ["", "a"],
    ["|", "a"],
    ["s|", "s|a"],
    ["x|s|a", "s|a"],
    ["x|s|a", "a"],
  ],
});
