import assert from "node:assert/strict";
import { test } from "node:test";
import { adviceFor } from "../../../src/domain/monitoring/reviews/advice.ts";
import { assignmentAccess, evidence, grantAccess } from "../../support/reviews.ts";

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
    "12 uses, last on 2026-11-01, observed 90 of 90 days; 12 allowed accesses decided again with user/Observation.rs instead, 0 came out otherwise",
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
  assert.equal(adviceFor(grant, evidence({ uses: 3, smaller: { ...smaller, scopes: [] } })), null);
});

test("a role in all organizations is reduced to the few in which all its uses were", () => {
  const everywhere = assignmentAccess({ organization: "*" });
  const used = evidence({ uses: 4, usedIn: ["clinic", "ward"] });
  assert.deepEqual(adviceFor(everywhere, used)?.to, {
    scopes: null,
    organizations: ["clinic", "ward"],
    validUntil: null,
  });
  for (const more of [{ usedIn: [null, "ward"] }, { usedIn: [..."abcdef"] }, { observedDays: 10 }, { usedInCount: 3 }])
    assert.equal(adviceFor(everywhere, { ...used, ...more })?.verdict, "KEEP", JSON.stringify(more));
  assert.equal(adviceFor(assignmentAccess(), used)?.verdict, "KEEP");
});

test("one use is told as one", () => {
  assert.match(adviceFor(assignmentAccess(), evidence({ uses: 1 }))?.formula ?? "", /^1 use, observed/);
});
