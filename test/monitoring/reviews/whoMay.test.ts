import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identity } from "../../../src/domain/callers/types.ts";
import type { Campaign, ReviewAccess } from "../../../src/domain/monitoring/reviews/campaign.ts";
import { requireLosesNothing, requireMayDecide } from "../../../src/domain/monitoring/reviews/whoMay.ts";
import { callerOf } from "../../graphql/world.ts";
import { assignmentAccess, campaign, grantAccess } from "../../support/reviews.ts";

const caller = (id: string | null, type: string | null = "user"): Identity => ({
  ...callerOf(`key:${id}`, "reviewer"),
  subject: id === null ? null : { type, id, issuer: null },
});
const code = (who: Identity, of: Partial<Campaign>, now = 500, access: ReviewAccess = assignmentAccess()): string => {
  try {
    requireMayDecide(who, { campaign: campaign("c1", of), access, now });
    return "may";
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
};

test("nobody decides about their own access: by whatever key, as a program, or without saying who they are", () => {
  assert.equal(code(caller("rose"), {}), "FORBIDDEN");
  assert.equal(code(caller("rose", null), {}), "FORBIDDEN");
  assert.equal(code(caller(null), {}), "FORBIDDEN");
  assert.equal(code(caller("ehr", "client"), {}, 500, grantAccess()), "FORBIDDEN");
  assert.equal(code(caller("Rose", "Practitioner"), {}), "FORBIDDEN");
  assert.equal(code(caller("rita"), {}), "may");
});

test("before it is due the reviewers decide, where there are any", () => {
  const reviewers = ["rita", "rob"];
  assert.equal(code(caller("rita"), { reviewers }), "may");
  assert.equal(code(caller("fiona"), { reviewers }), "FORBIDDEN");
  assert.equal(code(caller("rita", "Practitioner"), { reviewers }), "FORBIDDEN");
});

test("what is undecided when it is due goes to the fallback reviewer alone, and is nobody's once the time is over", () => {
  const reviewers = ["rita"];
  assert.equal(code(caller("rita"), { reviewers }, 999), "may");
  assert.equal(code(caller("rita"), { reviewers }, 1_000), "FORBIDDEN");
  assert.equal(code(caller("fiona"), { reviewers }, 1_000), "may");
  assert.equal(code(caller("fiona"), { reviewers }, 2_000), "CONFLICT");
  assert.equal(code(caller("rita"), { reviewers, state: "PROPOSED" }), "CONFLICT");
});

test("the reviewers' own access goes to the fallback reviewer at once", () => {
  assert.equal(code(caller("fiona"), { reviewers: ["rose"] }), "may");
  assert.equal(code(caller("rita"), { reviewers: ["rose"] }), "FORBIDDEN");
  assert.equal(code(caller("rita"), { reviewers: ["rose", "rita"] }), "may");
});

test("what a review takes away is not stopped by its holder: by whatever key, as a client, or without saying who they are", () => {
  const operations = [
    { unassignRole: { subjectId: "rose", subjectType: "user", role: "nurse", organization: "ward" } },
    { revokeScope: { clientId: "ehr", scope: "user/*.cruds" } },
    { assignRole: { subjectId: "rita", role: "nurse", organization: "ward" } },
  ];
  for (const who of [
    caller("rose"),
    caller("rose", null),
    caller("Rose", "Practitioner"),
    caller("ehr", "client"),
    caller(null),
  ])
    for (const stopped of ["rejected", "withdrawn", "refreshed"] as const)
      assert.throws(() => requireLosesNothing(who, operations, stopped), {
        code: "FORBIDDEN",
        message: new RegExp(` ${stopped} by`),
      });
  for (const who of [caller("rita"), caller("ehr")])
    assert.doesNotThrow(() => requireLosesNothing(who, operations, "rejected"));
  assert.doesNotThrow(() => requireLosesNothing(caller(null), [], "rejected"));
});
