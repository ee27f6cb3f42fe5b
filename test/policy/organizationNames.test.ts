import assert from "node:assert/strict";
import { test } from "node:test";
import { slipOfOrganization } from "../../src/domain/policy/organizationNames.ts";

test("a slip is a letter that is changed, left out, doubled or swapped, in either case; digits and other letters are no slips", () => {
  for (const [name, known, meant] of [
    ["generalhospital", "general-hospital", true],
    ["general-hospitel", "general-hospital", true],
    ["genreal-hospital", "general-hospital", true],
    ["general-hosspital", "general-hospital", true],
    ["General-Hospital", "general-hospital", true],
    ["general-hospita", "general-hospital", true],
    ["eneral-hospital", "general-hospital", true],
    ["general-hospitals", "general-hospital", false],
    ["generl-hospitl", "general-hospital", false],
    ["general-hospital", "general-hospital", false],
    ["ward1", "ward2", false],
    ["ward", "ward1", false],
    ["ward11", "ward1", false],
    ["wardl", "ward1", false],
    ["war1d", "ward1", false],
    ["wrad1", "ward1", true],
    ["icu", "ccu", false],
    ["*", "a", false],
  ] as const)
    assert.equal(slipOfOrganization(name, new Set(["elsewhere", known])), meant ? known : null, `${name} ${known}`);
});
