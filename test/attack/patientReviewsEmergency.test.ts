import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identity } from "../../src/domain/callers/types.ts";
import { requireStep, viewerMay } from "../../src/domain/cases/steps.ts";
import type { KeptBreakGlass } from "../../src/domain/consent/breakGlass/breakGlass.ts";
import { breakGlassKind } from "../../src/domain/consent/breakGlass/breakGlassKind.ts";
import { BREAK_GLASS_STEPS } from "../../src/domain/consent/breakGlass/whoMay.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";

const by = { callerId: "key:nora", subject: { type: "user", id: "nora", issuer: null } };
const emergency = {
  ...{ id: "e", subject: { type: "user", id: "nora" }, openedBy: by, patient: "mrn-77", organization: "north" },
  ...{ startedAt: 0, endsAt: 1, ended: null, review: null, reviewDueAt: 3 },
} as unknown as KeptBreakGlass;
const directory = directoryOf([{ type: "user", id: "otto", properties: { patientRecord: "mrn-77" }, version: 1 }], 1);
const steppable = { kind: breakGlassKind, of: emergency, facts: { directory }, now: 2 };
const callerOf = (type: string, id: string): Identity => ({
  ...{ id: `key:${id}`, kind: "KEY", name: id, roles: new Set(["reviewer"]), defaultClientId: null, expiresAt: null },
  subject: { type, id, issuer: null },
});

test("a patient who is staff reviews the emergency in which their own record was opened", () => {
  const review = (type: string, id: string) => () =>
    requireStep(BREAK_GLASS_STEPS.review, callerOf(type, id), steppable);
  for (const [type, id] of [
    ["user", "otto"],
    ["employee", "Otto"],
    ["patient", "mrn-77"],
    ["user", "MRN-77"],
  ] as const)
    assert.throws(review(type, id), { code: "FORBIDDEN", message: /whose record it was about/ }, `${type}/${id}`);
  assert.doesNotThrow(review("user", "rita"));
});

test("an attacker with a reviewer's key in a patient's name learns which of all emergencies are about that patient", () => {
  const mayReview = (caller: Identity) =>
    viewerMay(BREAK_GLASS_STEPS, caller, steppable).find(({ action }) => action === "reviewBreakGlass");
  const stranger = mayReview(callerOf("user", "rita"));
  assert.equal(stranger?.allowed, true);
  for (const id of ["otto", "mrn-77"]) assert.deepEqual(mayReview(callerOf("user", id)), stranger);
  // An auditor sees whose it is, and is told so at once.
  const seesNames = { ...callerOf("user", "otto"), roles: new Set(["reviewer", "auditor"] as const) };
  assert.match(mayReview(seesNames)?.because ?? "", /whose record it was about/);
});
