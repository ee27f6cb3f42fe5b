import { grantsNothing } from "../../../src/domain/scopes/lint/grantsNothing.ts";
import { testRule } from "./testRule.ts";

testRule(grantsNothing, {
  code: "GRANTS_NOTHING",
  severity: "WARNING",
  finds: [[{ atoms: [] }, "no atoms"]],
  leaves: [{}],
});
