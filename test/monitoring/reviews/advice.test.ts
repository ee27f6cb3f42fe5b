import assert from "node:assert/strict";
import { test } from "node:test";
import { adviceFor as advised } from "../../../src/domain/monitoring/reviews/advice.ts";
import type { ReviewAccess, ReviewEvidence } from "../../../src/domain/monitoring/reviews/campaign.ts";
import { openEvidence } from "../../../src/domain/monitoring/reviews/openEvidence.ts";
import { assignmentAccess, evidence, grantAccess } from "../../support/reviews.ts";

/** Of many patients, unless something else is said. */
const adviceFor = (access: ReviewAccess, known: ReviewEvidence) => advised(access, openEvidence(known));
const grant = grantAccess();
const smaller = { scopes: ["user/Observation.rs"], checked: 12, complete: true };

test("what was not used in a whole window is to go, with the figures that say so", () => {
  assert.deepEqual(adviceFor(assignmentAccess(), evidence()), {
    verdict: "REMOVE",
    to: null,
    formula: "0 uses, observed 90 of 90 days",
  });
});

test("what is younger than the window is not called unused, and neither is what was excepted", () => {
  assert.equal(adviceFor(grant, evidence({ observedDays: 12 })), null);
  assert.equal(adviceFor(grant, evidence({ exceptUntil: 1_000 })), null);
});

test("a grant is reduced to the smaller set that was proven, as long as all was looked at and observed", () => {
  const used = evidence({ uses: 12, lastUsedAt: Date.parse("2026-11-01T08:00:00Z"), smaller });
  const advice = adviceFor(grant, used);
  assert.deepEqual(advice?.to, { scopes: smaller.scopes, organizations: null, validUntil: null });
  assert.equal(
    advice?.formula,
    "10 or more uses, last on 2026-11-01, observed 90 of 90 days; 10 or more allowed accesses decided again with user/Observation.rs instead, 0 came out otherwise",
  );
  for (const more of [
    { smaller: { ...smaller, complete: false } },
    { observedDays: 89 },
    { smaller: { ...smaller, scopes: ["user/*.cruds"] } },
    { smaller: null },
  ])
    assert.equal(adviceFor(grant, { ...used, ...more })?.verdict, "KEEP", JSON.stringify(more));
});

test("of grants that serve alike nothing is said: which of them is to stay is for people to say", () => {
  assert.equal(adviceFor(grant, evidence({ uses: 13, smaller: { ...smaller, scopes: [] } })), null);
});

test("a role in all organizations is reduced to the few in which all its uses were", () => {
  const everywhere = assignmentAccess({ organization: "*" });
  const used = evidence({ uses: 14, usedIn: ["clinic", "ward"] });
  assert.deepEqual(adviceFor(everywhere, used)?.to, {
    scopes: null,
    organizations: ["clinic", "ward"],
    validUntil: null,
  });
  for (const more of [{ usedIn: [null, "ward"] }, { usedIn: [..."abcdef"] }, { observedDays: 10 }, { usedInCount: 3 }])
    assert.equal(adviceFor(everywhere, { ...used, ...more })?.verdict, "KEEP", JSON.stringify(more));
  assert.equal(adviceFor(assignmentAccess(), used)?.verdict, "KEEP");
});

test("of few patients, or of who may be one, it says no more than that somebody who works here used it", () => {
  const lastUsedAt = Date.parse("2026-11-01T08:00:00Z");
  const used = evidence({ uses: 40, patients: 4, lastUsedAt, usedIn: ["ward"], smaller });
  assert.equal(adviceFor(grant, used), null);
  assert.equal(adviceFor(grant, { ...used, patients: null }), null);
  assert.deepEqual(adviceFor(assignmentAccess({ organization: "*" }), used), {
    ...{ verdict: "KEEP", to: null, formula: "used, last on 2026-11-01, observed 90 of 90 days" },
  });
  for (const known of [used, { ...used, patients: 12 }, evidence()])
    assert.equal(adviceFor(assignmentAccess(), { ...known, isStaff: false }), null);
});

test("what all who review see has days, and numbers of many patients alone, rounded down", () => {
  const lastUsedAt = Date.parse("2026-11-01T08:00:00Z");
  const used = evidence({ uses: 48, patients: 11, lastUsedAt, usedIn: ["ward"], smaller });
  const open = openEvidence(used);
  const day = Date.parse("2026-11-01T00:00:00Z");
  assert.deepEqual(
    [open.uses, open.lastUsedAt, open.few, open.usedIn, open.smaller?.checked],
    [40, day, false, ["ward"], 10],
  );
  const few = openEvidence({ ...used, patients: 10 });
  assert.deepEqual([few.uses, few.lastUsedAt, few.few, few.usedIn, few.smaller], [null, day, true, [], null]);
  const patients = openEvidence({ ...used, isStaff: false });
  assert.deepEqual([patients.uses, patients.lastUsedAt, patients.few, patients.usedIn], [null, null, true, []]);
  const unused = openEvidence({ ...evidence(), isStaff: false });
  assert.deepEqual([unused.uses, unused.lastUsedAt, unused.few], [null, null, true]);
});
