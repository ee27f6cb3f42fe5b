import assert from "node:assert/strict";
import { test } from "node:test";
import { dataText, doingText } from "../../src/domain/audit/disclosures/dataText.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { decision } from "../storage/samples.ts";

const of = (action: string, type: string, id: string | null): AccessRecord => {
  const record = decision(1) as AccessRecord;
  const resource = { ...record.request.resource, type, id, labels: null };
  return { ...record, obligations: [], request: { ...record.request, action, resource } };
};

test("what was done is said by its verb, an action of the policy's own too, and an operation by its name", () => {
  assert.equal(doingText(of("vread", "Observation", "o1")), "read the record Observation o1");
  assert.equal(doingText(of("approve", "MedicationRequest", "m1")), "approve the record MedicationRequest m1");
  assert.equal(doingText(of("$everything", "Patient", "ada")), "run $everything on the record Patient ada");
  assert.equal(dataText(of("approve", "MedicationRequest", null)), "Approve a record of type MedicationRequest");
});
