import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";
import type { Caller } from "../../src/domain/callers/types.ts";
import { CONSENTS_OF_PATIENT, CONSENTS_OF_REQUEST, IDS_OF_PATIENT } from "../../src/domain/consent/store.ts";
import type { Consent } from "../../src/domain/consent/types.ts";
import type { AuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { type Authorizer, createAuthorizer } from "../../src/domain/decisions/authorize.ts";
import { createConsentSource } from "../../src/domain/decisions/consentSource.ts";
import { MAX_RECORD_BYTES } from "../../src/domain/decisions/recordSize.ts";
import type { RuleEngine } from "../../src/domain/decisions/ruleEngine.ts";
import { badInput, ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import { partsOfDecision } from "../../src/domain/record/personal.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { consentOf } from "../support/consents.ts";
import { memoryJournal } from "../support/memory.ts";
import { NOW } from "../support/policies.ts";

const caller: Caller = { id: "key:a", roles: new Set(["service"]), defaultClientId: null };
const many = (patient: string, count: number, id = (i: number) => `${patient}-${i}`): readonly Consent[] =>
  Array.from({ length: count }, (_, i) => consentOf({ id: id(i), patient }));
const uuid = (patient: string) => (i: number) => `${patient}-0000-7000-8000-${String(i).padStart(18, "0")}`;
const read = (more: Partial<AuthorizeInput["resource"]>): AuthorizeInput => ({
  clientId: "app",
  action: "read",
  resource: { type: "Observation", ...more },
});

let engine: RuleEngine;
let journal: ReturnType<typeof memoryJournal>;
let onRecord: readonly Consent[];
let authorizer: Authorizer;

before(async () => {
  engine = await createEngine();
});
beforeEach(() => {
  journal = memoryJournal();
  let id = 0;
  const store = {
    async ofPatients(patients: readonly string[], most = Number.POSITIVE_INFINITY) {
      const found = onRecord.filter(({ patient }) => patients.includes(patient));
      if (found.length > most) throw badInput([{ path: "patients", message: "have more" }]);
      return found;
    },
  };
  authorizer = createAuthorizer({
    snapshot: emptySnapshot,
    engine,
    journal,
    clock: () => NOW,
    newId: () => `d${++id}`,
    factSources: [createConsentSource(store)],
  });
});

const ask = (...inputs: readonly AuthorizeInput[]) => authorizer.authorize(caller, inputs, (i) => `inputs[${i}]`);
async function refused(path: string, message: RegExp, ...inputs: readonly AuthorizeInput[]): Promise<void> {
  const before = journal.records.length;
  await assert.rejects(ask(...inputs), (error: unknown) => {
    assert.ok(error instanceof ScopewardenError);
    assert.equal(error.code, "BAD_USER_INPUT");
    assert.deepEqual(
      error.problems.map((problem) => problem.path),
      [path],
    );
    return message.test(error.message);
  });
  assert.equal(journal.records.length, before);
}

test("one request reads so many consents and no more, whoever they are of: it is refused by the question that names most", async () => {
  const patients = Array.from({ length: CONSENTS_OF_REQUEST / 100 }, (_, i) => `p${i}`);
  onRecord = patients.flatMap((patient) => many(patient, 100));
  const all = patients.map((patient) => read({ patient }));
  assert.equal((await ask(...all)).length, patients.length);
  onRecord = [...onRecord, consentOf({ id: "one more", patient: "q" })];
  const message = /more than 5000 consents/;
  await refused("inputs[0].resource.patient", message, ...all, read({ patient: "q" }));
  await refused("inputs[1].resource.patients", message, ...all.slice(0, 1), read({ patients: [...patients, "q"] }));
});

test("a record names all consents of a decision, or nothing is decided", async () => {
  onRecord = ["ann", "bob", "eve"].flatMap((patient) => many(patient, CONSENTS_OF_PATIENT, uuid(patient)));
  const [record] = await ask(read({ patients: ["ann", "bob"] }));
  assert.ok(record !== undefined && record.facts?.length === 2 * CONSENTS_OF_PATIENT);
  const { personal, record: open } = partsOfDecision(record);
  assert.ok(Buffer.byteLength(personal) + Buffer.byteLength(open) <= MAX_RECORD_BYTES);
  const message = /comes to 768 consents and emergencies, whose names would make the record of the decision larger/;
  await refused("inputs[1].resource.patients", message, read({}), read({ patients: ["ann", "bob", "eve"] }));
});

test("with the longest ids that a patient's consents may have there is room for a usual question", async () => {
  const longest = Math.floor(IDS_OF_PATIENT / CONSENTS_OF_PATIENT);
  onRecord = many("ann", CONSENTS_OF_PATIENT, (i) => String(i).padStart(longest, "0"));
  const attributes = { text: "x".repeat(16_000) };
  const [record] = await ask(read({ patient: "ann", attributes }));
  assert.equal(record?.facts?.length, CONSENTS_OF_PATIENT);
  const subject = { id: "tess", attributes };
  const full = { ...read({ patient: "ann", attributes }), subject, context: { patient: "ann", attributes } };
  await refused("inputs[0].resource.patient", /fewer patients, or with less in the other members/, full);
});
