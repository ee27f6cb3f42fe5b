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
const ASK_ALL = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome } }";
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

  /** What attributes of a resource whose members say `own` are answered with, by each of the doors for decisions; null: they are read. */
  async function attributeRefused(name: string, value: unknown, { type = "Observation", ...own }: Named) {
    const at = `resource.attributes.${name}`;
    const input = requestOf({ patient: undefined, type, ...own, attributes: { [name]: value } });
    const told = JSON.stringify([name, value, own]);
    const one = await service.ask(ASK, { variables: { input }, key: asker });
    const isRefused = one.body.errors !== undefined;
    if (isRefused) assert.deepEqual(pathsOf(one.body), ["BAD_USER_INPUT", `input.${at}`], told);
    const many = await service.ask(ASK_ALL, {
      variables: { inputs: [requestOf({ patient: "Q" }), input] },
      key: asker,
    });
    if (isRefused) assert.deepEqual(pathsOf(many.body), ["BAD_USER_INPUT", `inputs[1].${at}`], told);
    else assert.deepEqual(many.body.data.authorizeBatch[1], one.body.data.authorize, told);
    // There `patient` and the like are the members themselves.
    if (["organization", "patient", "patients"].includes(name)) return isRefused;
    const evaluation = {
      subject: { type: "user", id: "doc" },
      action: { name: "read" },
      resource: { type, id: "o1", properties: { ...own, [name]: value } },
      context: { client_id: "ehr", scopes: "view", purpose_of_use: "TREAT" },
    };
    const evaluated = await post(service, "/access/v1/evaluation", evaluation, { key: asker });
    const all = await post(service, "/access/v1/evaluations", { evaluations: [evaluation] }, { key: asker });
    if (isRefused) {
      assert.deepEqual(
        [evaluated.status, all.body.evaluations[0].decision, evaluated.text.includes(`resource.properties.${name}`)],
        [400, false, true],
        told,
      );
    } else assert.equal(evaluated.body.decision, all.body.evaluations[0].decision, told);
    return isRefused;
  }
  interface Named {
    readonly type?: string;
    readonly patient?: string;
    readonly patients?: readonly string[];
    readonly organization?: string;
  }

  test("a patient whom an attribute names alone, or beside another, is not passed over", async () => {
    const values = ["P", "Patient/P", "https://ehr.example/fhir/Patient/P", "Patient/P/_history/1", "patient/P"];
    const unread = ["/Patient/P", "P|1", "urn:uuid:P", "#P", "Patient?_id=P", { reference: "Patient/P" }, 5, [["P"]]];
    for (const value of [...values, ...unread, [...values], ["Patient/Q", "Patient/P"]])
      for (const own of [{}, { patient: "Q" }, { patients: ["Q", "R"] }, { patients: [] }] satisfies Named[]) {
        for (const name of ["patient", "patients", "subject"])
          assert.ok(await attributeRefused(name, value, own), JSON.stringify([name, value, own]));
        assert.ok(await attributeRefused("beneficiary", value, { ...own, type: "Coverage" }));
      }
    for (const name of ["patient", "patients"])
      for (const value of ["Group/P", "Device/P"]) assert.ok(await attributeRefused(name, value, { patient: "P" }));
    for (const type of ["lab_order", "Basic"]) assert.ok(await attributeRefused("patient", "P", { type }));
  });

  test("one whom the resource names too is read, and so is what is none", async () => {
    for (const value of ["P", "Patient/P", ["https://ehr.example/fhir/Patient/P", "P"], [], null])
      for (const own of [{ patient: "P" }, { patients: ["Q", "P"] }] satisfies Named[])
        for (const name of ["patient", "subject"]) assert.ok(!(await attributeRefused(name, value, own)), name);
    for (const own of [{}, { patient: "Q" }] satisfies Named[]) {
      assert.ok(!(await attributeRefused("subject", ["Group/P", "Device/P"], own)));
      assert.ok(!(await attributeRefused("subject", "maths", { ...own, type: "lesson" })));
      assert.ok(!(await attributeRefused("performer", "Patient/P", own)));
      assert.ok(!(await attributeRefused("patient", null, own)));
    }
  });

  test("an organization of the resource is no attribute of another name", async () => {
    for (const own of [{ patient: "Q" }, { patient: "Q", organization: "there" }] satisfies Named[])
      for (const value of ["o", "Organization/o", { reference: "Organization/o" }, ["there"]])
        assert.ok(await attributeRefused("organization", value, own), JSON.stringify(value));
    const own = { patient: "Q", organization: "o" };
    assert.ok(!(await attributeRefused("organization", "Organization/o", own)));
    assert.ok(!(await attributeRefused("organization", "Organization/x", { ...own, type: "Device" })));
  });

  test("nor is the patient in context an attribute of it", async () => {
    const context = { attributes: { patient: "Patient/P" } };
    const input = { clientId: "ehr", subject: { id: "doc" }, scopes: ["patient/*.rs"], context };
    const bad = ["BAD_USER_INPUT", "input.context.attributes.patient"];
    const grant = await service.ask(GRANT, { variables: { input }, key: asker });
    assert.deepEqual(pathsOf(grant.body), bad);
    const named = { variables: { input: { ...input, context: { ...context, patient: "P" } } }, key: asker };
    assert.equal((await service.ask(GRANT, named)).body.data.decideGrant.outcome, "DENY");
    const rest = { client_id: "ehr", subject: { id: "doc" }, scopes: "patient/*.rs", context };
    const answer = await post(service, "/access/v1/grant", rest, { key: asker });
    assert.deepEqual([answer.status, answer.text.includes("context.attributes.patient")], [400, true]);
    const asked = { ...requestOf({ patient: "Q" }), context };
    const { body } = await service.ask(ASK, { variables: { input: asked }, key: asker });
    assert.deepEqual(pathsOf(body), bad);
  });

  test("a token is refused for the organization that an attribute of the subject says", async () => {
    const consent = { patient: "S", effect: "DENY", organization: "rival", source: { kind: "PORTAL" }, reason: "t" };
    const recorded = await service.ask(RECORD, { variables: { input: consent }, key: portal });
    assert.equal(recorded.body.errors, undefined, recorded.text);
    for (const [attributes, outcome] of [
      [{ organization: "clinic" }, "ALLOW"],
      [{ organization: "rival" }, "DENY"],
      [{ organization: ["clinic", "Organization/rival"] }, "DENY"],
    ] as const) {
      const subject = { id: "doc", organization: "clinic", attributes };
      const input = { clientId: "ehr", subject, scopes: ["patient/*.rs"], context: { patient: "S" } };
      const { body } = await service.ask(GRANT, { variables: { input }, key: asker });
      assert.equal(body.data.decideGrant.outcome, outcome, JSON.stringify(attributes));
      const rest = { client_id: "ehr", subject, scopes: "patient/*.rs", context: { patient: "S" } };
      const answer = await post(service, "/access/v1/grant", rest, { key: asker });
      assert.equal(answer.body.outcome, outcome, answer.text);
    }
  });

  test("the directory has no such entry either", async () => {
    for (const properties of [
      { subject: "Patient/P" },
      { subject: "P", patient: "Q" },
      { subject: ["Patient/P", "Patient/Q"], patients: ["Q", "R"] },
      { subject: "urn:uuid:P", patient: "P" },
    ]) {
      const entities = [{ type: "Observation", id: "b", properties }];
      const { body, text } = await service.ask(PUT, { variables: { entities } });
      assert.deepEqual(pathsOf(body), ["BAD_USER_INPUT", "entities[0].properties.subject"], text);
    }
    const entities = [
      { type: "Observation", id: "b1", properties: { subject: ["Patient/P"], patient: "P" } },
      { type: "Observation", id: "b2", properties: { subject: "Group/P" } },
      { type: "user", id: "b3", properties: { subject: "P" } },
    ];
    const { body, text } = await service.ask(PUT, { variables: { entities } });
    assert.equal(body.errors, undefined, text);
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
