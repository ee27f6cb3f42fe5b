import { broadName } from "../../../src/domain/scopes/lint/broadName.ts";
import { testRule } from "./testRule.ts";

testRule(broadName, {
  code: "BROAD_NAME",
  severity: "REFUSE",
  finds: [
    [{ name: "read_all_data" }, 'says "all"'],
    [{ name: "readAllData" }, 'says "all"'],
    [{ name: "any.observation" }, 'says "any"'],
    [{ name: "full-access" }, 'says "full"'],
    [{ name: "observations.*" }, 'says "*"'],
    [{ name: "ALL_DATA" }, 'says "all"'],
    [{ name: "all_or_any" }, '"all" and "any"'],
  ],
  leaves: [
    { name: "allocate_beds" },
    { name: "view_wall_chart" },
    { name: "company_data" },
    { name: "fulfil_orders" },
    { name: "many" },
    { name: "patient/*.*" },
  ],
});
