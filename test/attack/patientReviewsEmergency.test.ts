import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identity } from "../../src/domain/callers/types.ts";
import type { KeptBreakGlass } from "../../src/domain/consent/breakGlass/breakGlass.ts";
import { BREAK_GLASS_STEPS } from "../../src/domain/consent/breakGlass/whoMay.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";

const by = { callerId: "key:nora", subject: { type: "user", id: "nora", issuer: null } };
const emergency = { subject: { type: "user", id: "nora" }, openedBy: by, patient: "mrn-77" } as KeptBreakGlass;
const directory = directoryOf([{ type: "user", id: "otto", properties: { patientRecord: "mrn-77" }, version: 1 }], 1);
const callerOf = (type: string, id: string): Identity => ({
  ...{ id: `key:${id}`, kind: "KEY", name: id, roles: new Set(["reviewer"]), defaultClientId: null, expiresAt: null },
  subject: { type, id, issuer: null },
});

test("a patient who is staff reviews the emergency in which their own record was opened", () => {
  const review = (type: string, id: string) => () =>
    BREAK_GLASS_STEPS.review.require(callerOf(type, id), emergency, { directory });
  for (const [type, id] of [
    ["user", "otto"],
    ["employee", "Otto"],
    ["patient", "mrn-77"],
    ["user", "MRN-77"],
  ] as const)
    assert.throws(review(type, id), { code: "FORBIDDEN", message: /whose record it was about/ }, `${type}/${id}`);
  assert.doesNotThrow(review("user", "rita"));
});
