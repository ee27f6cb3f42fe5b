import assert from "node:assert/strict";
import { test } from "node:test";
import { readCampaign, type StartReviewCampaignInput } from "../../../src/domain/monitoring/reviews/campaignInput.ts";
import { changeOf, emptySnapshot, withChanges } from "../../../src/domain/policy/snapshot.ts";
import { DAY_MS } from "../../../src/domain/policy/use.ts";
import { client, role } from "../../storage/samples.ts";

const NOW = 1_000_000;
const DUE = NOW + 10 * DAY_MS;
const snapshot = withChanges(
  emptySnapshot(),
  [changeOf("role", null, role("nurse")), changeOf("client", null, client("ehr"))],
  1,
);
const GOOD = { title: "Nurses", role: "nurse", dueAt: DUE, reason: "The yearly review" };
const known = new Set(["rita", "fiona", ...Array.from({ length: 101 }, (_, i) => `r${i}`)]);
const read = (more: Partial<StartReviewCampaignInput> = {}) =>
  readCampaign({ ...GOOD, ...more }, { known, snapshot, now: NOW });

function problemsOf(more: Partial<StartReviewCampaignInput>): readonly string[] {
  try {
    read(more);
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

test("what is left out has its default: any reviewer, no fallback, an end when it is due, a window of 90 days", () => {
  assert.deepEqual(read(), {
    title: "Nurses",
    reason: "The yearly review",
    role: "nurse",
    alertId: null,
    clientId: null,
    subjectId: null,
    subjectType: null,
    organization: null,
    unusedForDays: null,
    reviewers: [],
    fallbackReviewer: null,
    dueAt: DUE,
    endsAt: DUE,
    repeatEveryDays: null,
    repeatUntil: null,
    windowDays: 90,
  });
  assert.equal(read({ unusedForDays: 30 }).windowDays, 30);
  assert.equal(read({ fallbackReviewer: "fiona" }).endsAt, DUE + 7 * DAY_MS);
  assert.deepEqual(read({ reviewers: ["rita", "rita"] }).reviewers, ["rita"]);
});

for (const [title, more, paths] of [
  ["a title that says nothing", { title: " " }, ["input.title"]],
  ["a title that is too long", { title: "x".repeat(201) }, ["input.title"]],
  ["no reason", { reason: "" }, ["input.reason"]],
  ["nothing that is reviewed", { role: null }, ["input"]],
  ["a role that is not known", { role: "nurze" }, ["input.role"]],
  ["a client that is not known", { role: null, clientId: "ehx" }, ["input.clientId"]],
  ["an organization that is none", { organization: "" }, ["input.organization"]],
  ["no days", { unusedForDays: 0 }, ["input.unusedForDays"]],
  ["too many days", { unusedForDays: 401 }, ["input.unusedForDays"]],
  ["reviewers who are nobody", { reviewers: [] }, ["input.reviewers"]],
  ["too many reviewers", { reviewers: Array.from({ length: 101 }, (_, i) => `r${i}`) }, ["input.reviewers"]],
  ["a reviewer that is no id", { reviewers: ["rita", ""] }, ["input.reviewers[1]"]],
  ["a reviewer who can't decide", { reviewers: ["rita", "mia"] }, ["input.reviewers[1]"]],
  ["a fallback who can't decide", { fallbackReviewer: "mia" }, ["input.fallbackReviewer"]],
  ["a fallback that is a reviewer", { reviewers: ["rita"], fallbackReviewer: "rita" }, ["input.fallbackReviewer"]],
  ["a due date that has passed", { dueAt: NOW }, ["input.dueAt"]],
  ["a due date that never comes", { dueAt: NOW + 401 * DAY_MS }, ["input.dueAt"]],
  ["a due date that is no time", { dueAt: Number.NaN }, ["input.dueAt"]],
  ["an end without a fallback", { until: DUE + 1 }, ["input.until"]],
  ["an end before it is due", { fallbackReviewer: "fiona", until: DUE }, ["input.until"]],
  ["how often, but not until when", { repeatEveryDays: 90 }, ["input.repeatUntil"]],
  ["until when, but not how often", { repeatUntil: DUE }, ["input.repeatEveryDays"]],
  [
    "one that begins before the last is over",
    { repeatEveryDays: 9, repeatUntil: DUE + 90 * DAY_MS },
    ["input.repeatEveryDays"],
  ],
  ["a repetition without an end", { repeatEveryDays: 90, repeatUntil: NOW + 2_000 * DAY_MS }, ["input.repeatUntil"]],
  ["several at once", { title: "", reason: "", role: "x" }, ["input.title", "input.reason", "input.role"]],
] as const)
  test(`${title} is refused, by name`, () => assert.deepEqual(problemsOf(more), paths));
