import { broadTitle } from "../../../src/domain/scopes/lint/broadTitle.ts";
import { testRule } from "./testRule.ts";

testRule(broadTitle, {
  code: "BROAD_TITLE",
  severity: "WARNING",
  finds: [
    [{ title: "Full blood count" }, 'says "full"'],
    [{ title: "All observations, any time" }, '"all" and "any"'],
  ],
  leaves: [{}, { title: "Laboratory results" }, { name: "read_all_data", title: "Laboratory results" }],
});
