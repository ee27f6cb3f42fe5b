import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Consent } from "../../src/domain/consent/types.ts";
import { createConsentSource } from "../../src/domain/decisions/consentSource.ts";
import type { FactQuery } from "../../src/domain/decisions/gather.ts";
import type { AccessRequest, GrantRequest, RequestContext } from "../../src/domain/decisions/types.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import { consentOf } from "../support/consents.ts";

const inContext = (patient: string | null): RequestContext => ({
  attributes: null,
  ipAddress: null,
  patient,
  region: null,
  tokenId: null,
  userAgent: null,
});
const common = { clientId: "app", subject: null, purposeOfUse: null, requestId: null };
const access = (resource: Partial<AccessRequest["resource"]>, more: Partial<AccessRequest> = {}): AccessRequest => ({
  ...common,
  scopes: null,
  action: "read",
  context: null,
  resource: {
    type: "Observation",
    id: null,
    patient: null,
    patients: null,
    organization: null,
    labels: null,
    attributes: null,
    ...resource,
  },
  ...more,
});
const grant = (patient: string | null): GrantRequest => ({
  ...common,
  scopes: ["a"],
  heldScopes: [],
  languages: null,
  context: inContext(patient),
});

const ON_RECORD: readonly Consent[] = [
  consentOf({ id: "a1" }),
  consentOf({ id: "a2", version: 2, step: "WITHDRAWN" }),
  consentOf({ id: "b1", patient: "bob", validUntil: 1 }),
  consentOf({ id: "e1", patient: "eve", effect: "DENY" }),
];
let asked: string[][];
const source = createConsentSource({
  async ofPatients(patients) {
    asked.push([...patients].sort());
    return ON_RECORD.filter(({ patient }) => patients.includes(patient));
  },
});
const gather = async (kind: FactQuery["kind"], requests: FactQuery["requests"]) => {
  const facts = await source.gather({ kind, requests, snapshot: emptySnapshot() });
  return facts.map(({ consents }) => consents?.map(({ id }) => id).join(" "));
};
beforeEach(() => {
  asked = [];
});

describe("the consents that decisions rest on", () => {
  test("are read once for a whole batch, and each question has those of its own patients, whatever their state", async () => {
    const requests = [
      access({ patient: "ann" }),
      access({ patient: "bob" }),
      access({ patient: "nobody" }),
      access({ patients: ["eve", "ann"] }),
      access({ type: "Patient", id: "bob" }),
      access({ patient: "ann" }),
    ];
    assert.deepEqual(await gather("ACCESS", requests), ["a1 a2", "b1", "", "e1 a1 a2", "b1", "a1 a2"]);
    assert.deepEqual(asked, [["ann", "bob", "eve", "nobody"]]);
  });

  test("of a token are those of the patient in context, and of nobody without one", async () => {
    assert.deepEqual(await gather("GRANT", [grant("ann"), grant(null)]), ["a1 a2", ""]);
    assert.deepEqual(await gather("GRANT", [{ ...grant(null), context: null }]), [""]);
    assert.deepEqual(asked, [["ann"]]);
  });

  test("of a search that names nobody are those of the patient in context; of what it names else, of that alone", async () => {
    const context = inContext("ann");
    const requests = [
      access({}, { action: "search", context }),
      access({}, { action: "_history", context }),
      access({ patient: "bob" }, { action: "search", context }),
      access({ type: "Practitioner", id: "x" }, { context }),
    ];
    assert.deepEqual(await gather("ACCESS", requests), ["a1 a2", "a1 a2", "b1", ""]);
  });

  test("are not read where nobody is named", async () => {
    assert.deepEqual(await gather("ACCESS", [access({}), access({ type: "Practitioner", id: "x" })]), ["", ""]);
    assert.deepEqual(asked, []);
  });
});
