import { compareComposite } from "../../../src/domain/scopes/compare/compare.ts";
import { testComparison } from "./testComparison.ts";

testComparison(compareComposite, {
  met: [["http://loinc.org|8480-6$100", "http://loinc.org|8480-6$100"]],
  unmet: [],
  unknown: [
    ["http://loinc.org|8480-6$120", "http://loinc.org|8480-6$gt100"],
    ["", "a$b"],
  ],
});
