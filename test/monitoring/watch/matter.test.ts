import assert from "node:assert/strict";
import { test } from "node:test";
import type { DetectorCode } from "../../../src/domain/monitoring/detectors/detector.ts";
import { isPair, lookedAt, matterOf, patientOfMatter, takesKind } from "../../../src/domain/monitoring/watch/matter.ts";

const subject = { kind: "SUBJECT", id: "user/sam" } as const;
const client = { kind: "CLIENT", id: "ehr" } as const;
const of = (detectors: readonly DetectorCode[], more: Partial<Parameters<typeof matterOf>[0]> = {}) =>
  matterOf({ detectors, entity: subject, patient: "pat", ...more });

test("looks of one person at one patient are that patient's matter, whatever tells of the same access beside", () => {
  assert.equal(of(["UNRELATED_PATIENT"]), "Patient/pat");
  assert.equal(of(["OFF_HOURS", "OWN_OR_RELATED_RECORD", "PRIVILEGE_THEN_USE"]), "Patient/pat");
});

test("else the matter is the kind of what was found, by what can make an alert alone", () => {
  assert.equal(of(["UNRELATED_PATIENT"], { entity: client }), "RELATION");
  assert.equal(of(["UNRELATED_PATIENT"], { patient: null }), "RELATION");
  assert.equal(of(["UNRELATED_PATIENT", "MANY_PATIENTS"]), "RELATION");
  assert.equal(of(["OFF_HOURS", "NEW_SCOPE"]), "OFF_HOURS");
  assert.equal(of(["OFF_HOURS", "FREQUENCY"]), "FREQUENCY");
  assert.equal(of(["PRIVILEGE_THEN_USE"]), "PRIVILEGE_THEN_USE");
});

test("a matter of one patient names it, and no other matter does", () => {
  assert.equal(patientOfMatter("Patient/pat"), "pat");
  assert.equal(patientOfMatter("RELATION"), null);
  assert.deepEqual([isPair("Patient/pat"), isPair("FREQUENCY"), isPair(null)], [true, false, false]);
});

test("looks are of one kind, whoever the patient and whichever detector; others are their own", () => {
  assert.ok(takesKind("Patient/pat", "MANY_PATIENTS"));
  assert.ok(takesKind("RELATION", "UNRELATED_PATIENT"));
  assert.ok(takesKind("FREQUENCY", "FREQUENCY"));
  assert.ok(!takesKind("FREQUENCY", "UNRELATED_PATIENT"));
  assert.ok(!takesKind("Patient/pat", "PRIVILEGE_THEN_USE"));
});

test("a look at one patient is told from all else", () => {
  const sam = { type: "user", id: "sam" };
  assert.equal(lookedAt({ detector: "UNRELATED_PATIENT", patients: ["pat"], subject: sam }), "Patient/pat");
  assert.equal(lookedAt({ detector: "UNRELATED_PATIENT", patients: ["pat", "pia"], subject: sam }), null);
  assert.equal(lookedAt({ detector: "UNRELATED_PATIENT", patients: ["pat"], subject: null }), null);
  assert.equal(lookedAt({ detector: "FREQUENCY", patients: ["pat"], subject: sam }), null);
});
