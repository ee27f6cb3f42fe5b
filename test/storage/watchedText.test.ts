import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import type { WatchedPatient } from "../../src/domain/monitoring/watchedDecision.ts";
import { watchedDecisionOf } from "../../src/domain/monitoring/watchedDecisionOf.ts";
import type { Label } from "../../src/domain/scopes/securityLabels.ts";
import { watchedFrom, watchedText } from "../../src/storage/monitoring/watchedText.ts";
import { watchedPatient } from "../support/watching.ts";
import { decision, grantDecision } from "./samples.ts";

const known: WatchedPatient = {
  id: "p-1",
  explanation: { kind: "CARE_TEAM", reference: "Patient/p-1", since: 5 },
  relation: "COLLEAGUE",
  vip: true,
  seenByUnit: false,
};
const NOTHING = { roles: [], unit: null, place: null, widened: null, emergency: null };
const about = (...patients: readonly string[]): AccessRecord => {
  const record = decision(1) as AccessRecord;
  const resource = { ...record.request.resource, patient: null, patients };
  return { ...record, patients, request: { ...record.request, resource } };
};

test("a watched decision comes back as it was, whatever is known of its patients", () => {
  for (const patients of [
    [],
    [known],
    [{ ...watchedPatient("p-2"), seenByUnit: true }, watchedPatient("p-3"), known],
    [true, false].map((underCare) => ({ ...watchedPatient(`p-${underCare}`), underCare })),
  ]) {
    const record = about(...patients.map(({ id }) => id));
    const made = watchedDecisionOf(record, { ...NOTHING, patients, position: 7, request: record.request });
    assert.deepEqual(watchedFrom(watchedText(made, record), record, 7), made);
  }
});

test("it comes back whatever was known besides, of an access and of a token", () => {
  for (const record of [decision(1), decision(2), grantDecision(3)])
    for (const more of [
      NOTHING,
      { ...NOTHING, roles: ["nurse"], unit: "ward-1" },
      { ...NOTHING, place: { network: "10.0.0.0/24", autonomousSystem: 1, country: "DE" } },
      { ...NOTHING, widened: { at: 3, by: null }, emergency: { id: "e", reason: null, overdueReviews: 1 } },
    ]) {
      // The directory may know another organization and labels of the resource.
      const request =
        "resource" in record.request
          ? {
              ...record.request,
              resource: { ...record.request.resource, organization: "other", labels: ["PSY" as Label] },
            }
          : record.request;
      const patients = watchedDecisionOf(record, { ...NOTHING, patients: [], position: 1, request }).patients;
      const made = watchedDecisionOf(record, { ...more, patients, position: 1, request });
      const back = watchedFrom(watchedText(made, record), record, 1);
      assert.deepEqual({ ...back, patients }, made);
    }
});

test("what the record says takes no room: neither its values nor a patient of whom nothing is known", () => {
  const record = about("p-10", "p-11");
  const patients = ["p-10", "p-11"].map(watchedPatient);
  const made = watchedDecisionOf(record, { ...NOTHING, patients, position: 1, request: record.request });
  assert.equal(watchedText(made, record), "{}");
});
