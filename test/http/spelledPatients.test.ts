// Names of a patient, and types of FHIR, that are spelt so that they would be somebody or something else: none passes a refusal, by any door.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { post } from "./authzenSupport.ts";
import { applyPolicy, type Service, startService } from "./support.ts";

const justification = "This policy is for a test.";
const POLICY = [
  { putClient: { id: "ehr", name: "EHR" } },
  { putScope: { name: "view", atoms: [{ resourceType: "*", actions: ["read"] }], justification } },
  { activateScope: { name: "view" } },
  { grantScope: { clientId: "ehr", scope: "view" } },
  { grantScope: { clientId: "ehr", scope: "patient/*.rs" } },
  { putRule: { id: "any", effect: "ALLOW", role: "*", scope: "*", action: "*", resourceType: "*", justification } },
];
/** Each would be a patient of its own, and passes what P refuses. */
const SPELT = [
  ...["/Patient/P", "./Patient/P", "fhir/Patient/P", "//ehr.example/Patient/P", "ftp://ehr.example/Patient/P"],
  ...["Patient/P|1", "P|1", "P/", "Patient/P/", "Patient/P%20", "Patient/P;v=1", "Patient%2FP", "Patient/%50", "P,zz"],
  ...[
    "Patient?_id=P",
    "Patient?identifier=P",
    "#P",
    "urn:uuid:P",
    "URN:oid:1.2",
    "RelatedPerson/P",
    "Group/x/Patient/P",
  ],
  ...["Patient\\P", "Patient:P", "patient/P", "P Q", "P?x", '{"P"}'],
  ...["P\uFE0F", "P\u034F", "P\u3164", "P\u2800"],
];
const SAME = ["P", "Patient/P", "https://ehr.example/fhir/Patient/P", "Patient/P/_history/1"];
const TYPES = [
  ...["Observation|4.0.1", "http://hl7.org/fhir/StructureDefinition/Observation", "Observation/_history"],
  ...["Observation/o1", "fhir:Observation", "Observation.component", "observation"],
];

const ASK = "query($input: AuthorizeInput!) { authorize(input: $input) { outcome } }";
const GRANT = "query($input: DecideGrantInput!) { decideGrant(input: $input) { outcome } }";
const RECORD = "mutation($input: RecordConsentInput!) { recordConsent(input: $input) { id } }";
const RECORD_FHIR = 'mutation($resource: JSON!) { recordFhirConsent(resource: $resource, reason: "t") { id } }';
const PUT = 'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "t") { revision } }';

describe("a patient, or a type, in another spelling", () => {
  let service: Service;
  let [portal, asker] = ["", ""];
  before(async () => {
    service = await startService();
    assert.equal((await applyPolicy(service, POLICY)).body.errors, undefined);
    portal = (await service.createKey("CONSENT")).key;
    asker = (await service.createKey("SERVICE")).key;
    const input = { patient: "P", effect: "DENY", source: { kind: "PORTAL" }, reason: "t" };
    assert.equal((await service.ask(RECORD, { variables: { input }, key: portal })).body.errors, undefined);
  });
  after(() => service.stop());

  const requestOf = (resource: object) => ({
    ...{ clientId: "ehr", subject: { id: "doc" }, scopes: ["view"], action: "read", purposeOfUse: "TREAT" },
    resource: { type: "Observation", id: "o1", patient: "P", ...resource },
  });
  /** What comes of it: the outcome, or the paths of its problems. */
  async function answerTo(resource: object): Promise<unknown> {
    const { body } = await service.ask(ASK, { variables: { input: requestOf(resource) }, key: asker });
    return body.data?.authorize?.outcome ?? pathsOf(body);
  }
  const pathsOf = (body: {
    errors?: readonly { extensions: { code: string; problems?: readonly { path: string }[] } }[];
  }) =>
    body.errors?.flatMap(({ extensions }) => [extensions.code, ...(extensions.problems ?? []).map(({ path }) => path)]);
  async function evaluated(properties: object, type = "Observation"): Promise<unknown> {
    const evaluation = {
      subject: { type: "user", id: "doc" },
      action: { name: "read" },
      resource: { type, id: "o1", properties: { patient: "P", ...properties } },
      context: { client_id: "ehr", scopes: "view", purpose_of_use: "TREAT" },
    };
    return (await post(service, "/access/v1/evaluation", evaluation, { key: asker })).body.decision ?? null;
  }

  test("control: the patient is refused by each name that is read, and others are not", async () => {
    for (const patient of SAME) {
      assert.equal(await answerTo({ patient }), "DENY", patient);
      assert.equal(await evaluated({ patient }), false, patient);
    }
    assert.equal(await answerTo({ patient: "Q" }), "ALLOW");
    assert.equal(await evaluated({ patient: "Q" }), true);
  });

  for (const patient of SPELT)
    test(`the patient ${patient} is no patient`, async () => {
      const bad = (path: string) => ["BAD_USER_INPUT", path];
      assert.deepEqual(await answerTo({ patient }), bad("input.resource.patient"));
      assert.deepEqual(await answerTo({ patient: undefined, patients: [patient] }), bad("input.resource.patients[0]"));
      assert.notEqual(await evaluated({ patient }), true);
      const input = { clientId: "ehr", subject: { id: "doc" }, scopes: ["patient/*.rs"], context: { patient } };
      const grant = await service.ask(GRANT, { variables: { input }, key: asker });
      assert.deepEqual(pathsOf(grant.body), bad("input.context.patient"));
      const consent = { patient, effect: "DENY", source: { kind: "PORTAL" }, reason: "t" };
      const recorded = await service.ask(RECORD, { variables: { input: consent }, key: portal });
      assert.deepEqual(pathsOf(recorded.body), bad("input.patient"));
      const resource = {
        ...{ resourceType: "Consent", status: "active", dateTime: "2026-01-01", provision: { type: "deny" } },
        scope: {
          coding: [{ system: "http://terminology.hl7.org/CodeSystem/consentscope", code: "patient-privacy" }],
        },
        patient: { reference: patient },
      };
      const imported = await service.ask(RECORD_FHIR, { variables: { resource }, key: portal });
      assert.equal(imported.body.errors?.[0]?.extensions.code, "BAD_USER_INPUT", imported.text);
      for (const properties of [
        { patient },
        { patients: [patient] },
        { patientRecord: patient },
        { represents: [patient] },
      ]) {
        const entities = [{ type: "Basic", id: "b", properties }];
        const put = await service.ask(PUT, { variables: { entities } });
        assert.equal(put.body.errors?.[0]?.extensions.code, "BAD_USER_INPUT", put.text);
      }
    });

  test("an organization in another spelling is none", async () => {
    for (const organization of ["/Organization/o", "o/", "o|1", "urn:uuid:o", "Organization%2Fo", "#o"])
      assert.deepEqual(await answerTo({ patient: "Q", organization }), [
        "BAD_USER_INPUT",
        "input.resource.organization",
      ]);
    assert.equal(await answerTo({ patient: "Q", organization: "Organization/o" }), "ALLOW");
  });

  for (const type of TYPES)
    test(`${type} is no type of the house's own`, async () => {
      assert.deepEqual(await answerTo({ type, patient: "Q" }), ["BAD_USER_INPUT", "input.resource.type"]);
      assert.notEqual(await evaluated({ patient: "Q" }, type), true);
    });

  test("types of the house's own are its own", async () => {
    for (const type of ["lab_order", "Lab-Observation", "Observations", "observation_note"])
      assert.equal(await answerTo({ type, patient: "Q" }), "ALLOW", type);
  });
});
