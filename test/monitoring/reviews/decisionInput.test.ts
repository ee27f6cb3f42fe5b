import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReviewItem } from "../../../src/domain/monitoring/reviews/campaign.ts";
import { type DecideReviewItemInput, readDecision } from "../../../src/domain/monitoring/reviews/decisionInput.ts";
import { DAY_MS } from "../../../src/domain/policy/use.ts";
import { assignmentAccess, grantAccess, reviewItem } from "../../support/reviews.ts";

const by = { callerId: "key:rita", subject: null };
const NOW = 1_000;
const GRANT = reviewItem("i1", { access: grantAccess({ validUntil: 9_000 }), advice: null });
const EVERYWHERE = reviewItem("i1", { access: assignmentAccess({ organization: "*" }), advice: null });
const CUSTOM = reviewItem("i1", { access: grantAccess({ scope: "view_labs" }), advice: null });
const read = (more: Partial<DecideReviewItemInput>, item: ReviewItem = GRANT) =>
  readDecision({ id: "i1", verdict: "REMOVE", reason: "Not needed", ...more }, { item, now: NOW, version: "R4", by });

function problemsOf(more: Partial<DecideReviewItemInput>, item?: ReviewItem): readonly string[] {
  try {
    read(more, item);
    return [];
  } catch (error) {
    const { code, problems } = error as {
      readonly code: string;
      readonly problems: readonly { readonly path: string }[];
    };
    assert.equal(code, "BAD_USER_INPUT");
    return problems.map(({ path }) => path);
  }
}

test("a decision is read as it was said, what it is reduced to each once and in order", () => {
  assert.deepEqual(read({ verdict: "KEEP", exceptUntil: 5_000 }), {
    verdict: "KEEP",
    at: NOW,
    by,
    reason: "Not needed",
    to: null,
    exceptUntil: 5_000,
  });
  const scopes = ["user/Patient.r", "user/Condition.rs", "user/Patient.r"];
  const { to } = read({ verdict: "REDUCE", reduceTo: { scopes, validUntil: 8_000 } });
  assert.deepEqual(to, { scopes: ["user/Condition.rs", "user/Patient.r"], organizations: null, validUntil: 8_000 });
  assert.deepEqual(read({ verdict: "REDUCE", reduceTo: { organizations: ["ward"] } }, EVERYWHERE).to?.organizations, [
    "ward",
  ]);
});

test("without a word on what it is reduced to, it is what the advice proves", () => {
  const to = { scopes: ["user/Observation.r"], organizations: null, validUntil: null };
  const advised = reviewItem("i1", { ...GRANT, advice: { verdict: "REDUCE", to, formula: "f" } });
  assert.deepEqual(read({ verdict: "REDUCE" }, advised).to, to);
  assert.deepEqual(problemsOf({ verdict: "REDUCE" }), ["reduceTo"]);
});

for (const [title, more, item, paths] of [
  ["no reason", { reason: "  " }, GRANT, ["reason"]],
  ["no verdict", { verdict: "UNDECIDED" }, GRANT, ["verdict"]],
  ["a removal to something", { reduceTo: { validUntil: 5_000 } }, GRANT, ["reduceTo"]],
  ["a reduction to nothing", { verdict: "REDUCE", reduceTo: {} }, GRANT, ["reduceTo"]],
  ["a reduction to no scope", { verdict: "REDUCE", reduceTo: { scopes: [] } }, GRANT, ["reduceTo.scopes"]],
  [
    "scopes beyond the grant, and no scopes",
    { verdict: "REDUCE", reduceTo: { scopes: ["system/Patient.r", "user/Patient.r", "user/Patient.x"] } },
    GRANT,
    ["reduceTo.scopes[0]", "reduceTo.scopes[2]"],
  ],
  ["the grant itself", { verdict: "REDUCE", reduceTo: { scopes: ["user/*.cruds"] } }, GRANT, ["reduceTo.scopes[0]"]],
  [
    "scopes for a scope that is held by name",
    { verdict: "REDUCE", reduceTo: { scopes: ["user/Patient.r"] } },
    CUSTOM,
    ["reduceTo.scopes"],
  ],
  [
    "scopes for a role",
    { verdict: "REDUCE", reduceTo: { scopes: ["user/Patient.r"] } },
    EVERYWHERE,
    ["reduceTo.scopes"],
  ],
  [
    "organizations for a grant",
    { verdict: "REDUCE", reduceTo: { organizations: ["ward"] } },
    GRANT,
    ["reduceTo.organizations"],
  ],
  [
    "organizations for a role in one",
    { verdict: "REDUCE", reduceTo: { organizations: ["clinic"] } },
    reviewItem("i1"),
    ["reduceTo.organizations"],
  ],
  [
    "all organizations among some",
    { verdict: "REDUCE", reduceTo: { organizations: ["*"] } },
    EVERYWHERE,
    ["reduceTo.organizations[0]"],
  ],
  ["an end that has passed", { verdict: "REDUCE", reduceTo: { validUntil: NOW } }, GRANT, ["reduceTo.validUntil"]],
  ["an end that is no earlier", { verdict: "REDUCE", reduceTo: { validUntil: 9_000 } }, GRANT, ["reduceTo.validUntil"]],
  ["an exception of what goes", { exceptUntil: 5_000 }, GRANT, ["exceptUntil"]],
  ["an exception that is over", { verdict: "KEEP", exceptUntil: NOW }, GRANT, ["exceptUntil"]],
  ["an exception without an end", { verdict: "KEEP", exceptUntil: NOW + 401 * DAY_MS }, GRANT, ["exceptUntil"]],
] as const)
  test(`${title} is refused, by name`, () => assert.deepEqual(problemsOf(more, item), paths));
