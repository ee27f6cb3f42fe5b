import assert from "node:assert/strict";
import { test } from "node:test";
import type { WatchedEntity } from "../../../src/domain/monitoring/detectors/detector.ts";
import { rankOf } from "../../../src/domain/monitoring/watch/rank.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { watchedDecision, watchedPatient } from "../../support/watching.ts";

const PERSON: WatchedEntity = { kind: "SUBJECT", id: "user/rose" };
const CLIENT: WatchedEntity = { kind: "CLIENT", id: "portal" };
const of = (more: Partial<WatchedDecision>, entity = PERSON) => rankOf({ entity }, watchedDecision(1, more));
const patient = (more: Partial<WatchedDecision["patients"][number]>) => ({ ...watchedPatient("ann"), ...more });
const explanation = { kind: "CARE_TEAM" } as unknown as NonNullable<WatchedDecision["patients"][number]["explanation"]>;
const emergency = { kind: "BREAK_GLASS" } as unknown as typeof explanation;

test("sensitive data of somebody that nothing explains come first: by label, a person many would look at, one's own family", () => {
  assert.equal(of({}), "UNEXPLAINED");
  assert.equal(of({ labels: ["R"] }), "SENSITIVE_UNEXPLAINED");
  assert.equal(of({ labels: ["N"] }), "UNEXPLAINED");
  assert.equal(of({ patients: [patient({ vip: true })] }), "SENSITIVE_UNEXPLAINED");
  for (const relation of ["SELF", "RELATIVE", "HOUSEHOLD"] as const)
    assert.equal(of({ patients: [patient({ relation })] }), "SENSITIVE_UNEXPLAINED", relation);
});

test("what is explained is unusual at most, however sensitive; an emergency that one opened explains nothing, nor a denial reaches", () => {
  assert.equal(of({ labels: ["R"], patients: [patient({ explanation })] }), "UNUSUAL");
  assert.equal(of({ labels: ["R"], patients: [patient({ explanation: emergency })] }), "SENSITIVE_UNEXPLAINED");
  assert.equal(of({ labels: ["R"], outcome: "DENY" }), "UNEXPLAINED");
  // An explanation is of what a person looked at, not of what a client does.
  assert.equal(of({ patients: [patient({ explanation })] }, CLIENT), "UNEXPLAINED");
});

test("of an alert about a patient that one alone counts", () => {
  const patients = [patient({ explanation }), { ...watchedPatient("bob"), vip: true }];
  assert.equal(of({ patients }, { kind: "PATIENT", id: "ann" }), "UNUSUAL");
  assert.equal(of({ patients }, { kind: "PATIENT", id: "bob" }), "SENSITIVE_UNEXPLAINED");
});
