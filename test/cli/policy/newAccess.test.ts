import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScopewardenClient } from "../../../src/cli/client.ts";
import { checkAccess, printAccess } from "../../../src/cli/policy/newAccess.ts";

const CELL = {
  ...{ clientId: null, role: "nurse", subjectId: null, organization: null },
  ...{ scope: "view_labs", resourceType: "Observation", action: "read", before: "DENY", after: "ALLOW", example: null },
};

/** What is made of the answer of a service that compared so much. */
const checked = (complete: boolean, ...changes: readonly string[]) =>
  checkAccess(
    {
      ask: async () => ({
        simulate: { access: { complete, equal: 0, cells: changes.map((change) => ({ ...CELL, change })) } },
      }),
    } as unknown as ScopewardenClient,
    { operations: [], revision: 1 },
  );

test("that nobody gets access is sure only where all was compared, and nothing is wider in any way", async () => {
  for (const [complete, changes, none] of [
    [true, [], true],
    [true, ["NARROWER", "EQUAL"], true],
    [true, ["NARROWER", "WIDER"], false],
    [true, ["INCOMPARABLE"], false],
    [true, ["A_NEW_KIND"], false],
    [false, [], false],
    [false, ["NARROWER"], false],
  ] as const)
    assert.equal((await checked(complete, ...changes)).none, none, JSON.stringify([complete, changes]));
});

test("what was not compared is told as a refusal", async () => {
  assert.deepEqual(printAccess(await checked(true, "NARROWER")), [
    "Nobody gets access that they do not have.",
    "Requests of 1 kind would be denied that are allowed:",
    "  - any client, role nurse: read of Observation by view_labs, DENY -> ALLOW",
  ]);
  assert.match(printAccess(await checked(false)).join("\n"), /^REFUSE The service could not compare all that differs/);
  assert.match(
    printAccess(await checked(true, "INCOMPARABLE")).join("\n"),
    /^REFUSE Requests of 1 kind would be allowed that are not:\n {2}\+ any client, role nurse: read of Observation by view_labs, DENY -> ALLOW$/,
  );
});
