import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { type Answer, type AuthorizeInput, type Client, createClient } from "../../clients/node/src/client.ts";
import { attributesOf, matches, redact, toFhirSearch, toResource } from "../../clients/node/src/fhir/fhir.ts";
import { applyPolicy, type Service, startService } from "../http/support.ts";
import { runs } from "../support/budget.ts";

type Resource = { readonly resourceType: string; readonly [name: string]: unknown };

const HL7 = "http://terminology.hl7.org/CodeSystem/";
const CATEGORY = `${HL7}observation-category`;
const CONFIDENTIALITY = `${HL7}v3-Confidentiality`;
const ACT = `${HL7}v3-ActCode`;
const LOINC = "http://loinc.org";

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });
const some = <T>(of: fc.Arbitrary<T>, most = 2) => maybe(fc.array(of, { minLength: 1, maxLength: most }));

const category = pick<object>(
  { coding: [{ system: CATEGORY, code: "laboratory" }] },
  { coding: [{ system: CATEGORY, code: "vital-signs" }] },
  { coding: [{ code: "laboratory" }] },
  {
    coding: [
      { system: CATEGORY, code: "laboratory" },
      { system: "https://house.example", code: "x" },
    ],
  },
  { text: "Laboratory" },
  { coding: [{ system: CATEGORY, display: "?" }] },
);
const code = pick<object>(
  { coding: [{ system: LOINC, code: "4548-4" }] },
  { coding: [{ system: LOINC, code: "8867-4" }] },
  { coding: [{ system: "https://house.example", code: "4548-4" }] },
  { text: "HbA1c" },
);
const label = pick<object>(
  { system: CONFIDENTIALITY, code: "N" },
  { system: CONFIDENTIALITY, code: "R" },
  { system: CONFIDENTIALITY, code: "V" },
  { system: ACT, code: "ETH" },
  { system: ACT, code: "OPIOIDUD" },
  { system: ACT, code: "PSYTHPN" },
  { system: ACT, code: "HIV" },
  { code: "HIV" },
  { system: "https://house.example/labels", code: "R" },
  { display: "secret" },
);
const reference = (...ids: readonly string[]) =>
  pick<object>(
    ...ids.map((id) => ({ reference: id })),
    { reference: "#c" },
    { reference: "urn:uuid:7f0e7c0c-3ab1-4a2b-9d43-4d2f5f4f6a3e" },
    { display: "in words" },
  );
const date = pick("2025", "2026-01-15", "2026-03-02T10:00:00Z", "2026-07");
const quantity = pick<object>(
  { value: 6.1, unit: "mg/dl", system: "http://unitsofmeasure.org", code: "mg/dL" },
  { value: 5, comparator: "<" },
  { value: 7, unit: "mg" },
  JSON.parse('{ "value": 6.1234567890123456789 }'),
);

/** An Observation of a patient, as odd as servers have them. */
const observation = (id: string, patient: string): fc.Arbitrary<Resource> =>
  fc
    .record({
      meta: maybe(
        fc.oneof(
          { weight: 2, arbitrary: fc.constant({ security: [{ system: CONFIDENTIALITY, code: "N" }] }) },
          { weight: 1, arbitrary: fc.record({ security: some(label, 3) }, { requiredKeys: [] }) },
        ),
      ),
      status: pick("final", "preliminary"),
      category: some(category),
      code: maybe(code),
      subject: pick({ reference: `Patient/${patient}` }, { reference: `https://fhir.example/r4/Patient/${patient}` }),
      encounter: maybe(reference("Encounter/e1", "Encounter/e2", "Encounter/e2/_history/3")),
      performer: some(reference("Practitioner/paul", "Organization/lab", "PractitionerRole/r")),
      effectiveDateTime: maybe(date),
      effectivePeriod: maybe(pick({ start: "2026-01-01", end: "2026-02-01" })),
      valueQuantity: maybe(quantity),
      component: some(fc.record({ code })),
      contained: maybe(
        pick(
          [{ resourceType: "Practitioner", id: "c" }],
          [{ resourceType: "Medication", id: "c", code: { coding: [{ system: LOINC, code: "8867-4" }] } }],
        ),
      ),
      _status: maybe(pick({ extension: [] })),
    })
    .map((members) => JSON.parse(JSON.stringify({ resourceType: "Observation", id, ...members })) as Resource);

/** What a patient says, as members of a consent or an exception. */
const terms = fc.record(
  {
    labels: some(pick("R", "V", "ETH", "HIV", "PSYTHPN", "SUD")),
    categories: some(pick(`${CATEGORY}|laboratory`, `${CATEGORY}|vital-signs`)),
    codes: some(pick(`${LOINC}|4548-4`, `${LOINC}|8867-4`)),
    authors: some(pick("Practitioner/paul", "PractitionerRole/r")),
    references: some(
      fc.record({
        meaning: pick("INSTANCE", "RELATED", "DEPENDENTS", "AUTHOREDBY"),
        reference: pick("Encounter/e1", "Observation/o1", "Practitioner/paul"),
      }),
    ),
    dataFrom: maybe(pick("2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z")),
    dataUntil: maybe(pick("2026-07-15T00:00:00Z", "2027-01-01T00:00:00Z")),
  },
  { requiredKeys: [] },
);
const consent = fc.oneof(
  fc.record({ effect: fc.constant("PERMIT"), terms, exceptions: fc.array(terms, { maxLength: 2 }) }),
  fc.record({ effect: fc.constant("DENY"), terms, exceptions: fc.constant([]) }),
);

const CONSTRAINTS = [
  `category=${CATEGORY}|laboratory`,
  "category=laboratory,vital-signs",
  `code=${LOINC}|4548-4&category=laboratory`,
  "status=final",
  "date=ge2026-02",
  "date=2026",
  "encounter=Encounter/e1",
  "encounter=e2",
  "subject=Patient/p0",
  "performer=Practitioner/paul",
  "value-quantity=gt6",
  "value-quantity=6.1|http://unitsofmeasure.org|mg/dL",
  `_security=${CONFIDENTIALITY}|N`,
  "_id=p0-o1",
  `combo-code=${LOINC}|8867-4`,
];

let service: Service;
let client: Client;
before(async () => {
  service = await startService({ SCOPEWARDEN_MAX_REQUEST_BYTES: String(1 << 20) });
  const justification = "This policy is for a law.";
  const made = await applyPolicy(service, [
    { putRole: { name: "member" } },
    { assignRole: { subjectId: "dana", role: "member", organization: "*" } },
    {
      putRule: {
        id: "all",
        role: "member",
        scope: "*",
        action: "*",
        resourceType: "*",
        effect: "ALLOW",
        justification,
      },
    },
    ...["", ...CONSTRAINTS.map((each) => `?${each}`)].flatMap((query, i) => [
      { putClient: { id: `app-${i}`, name: `App ${i}` } },
      { grantScope: { clientId: `app-${i}`, scope: `user/Observation.rs${query}` } },
    ]),
  ]);
  assert.equal(made.body.errors, undefined, made.text);
  client = createClient({ url: service.url, key: (await service.createKey("SERVICE")).key, timeoutMs: 60_000 });
});
after(() => service.stop());

const OPTIONS = { base: "https://fhir.example/r4" };
const common = (clientId: string) => ({ clientId, subject: { id: "dana" }, purposeOfUse: "TREAT" });
const organization = "clinic";
const search = (clientId: string, patient: string): AuthorizeInput => ({
  ...common(clientId),
  action: "search",
  resource: { type: "Observation", patient, organization },
});
function read(clientId: string, resource: Resource): AuthorizeInput {
  const facts = toResource(attributesOf(resource, OPTIONS), organization);
  assert.ok(facts !== null);
  return { ...common(clientId), action: "read", resource: facts };
}

/** Whether what an answer says lets a resource out, if perhaps without what is contained in it. */
function letsOut(answer: Answer, resource: Resource): boolean {
  if (answer.outcome === "error")
    assert.fail(`${answer.message} ${JSON.stringify(answer.problems)} ${JSON.stringify(resource)}`);
  if (answer.outcome === "denied") return false;
  return answer.obligations.every((obligation) => {
    if (obligation.type === "filter") return matches(obligation.parameters, resource, OPTIONS) === true;
    if (obligation.type === "redact") return redact(resource, obligation, OPTIONS) !== null;
    if (obligation.type === "label") return attributesOf(resource).labels !== undefined;
    return obligation.type === "noRedisclosure";
  });
}

// One seed gives one value: each draw has its own, after the one of the build where there is one.
let seed = fc.readConfigureGlobal()?.seed ?? Date.now() % 2 ** 30;
function sample<T>(of: fc.Arbitrary<T>): T {
  seed += 1;
  return fc.sample(of, { seed, numRuns: 1 })[0] as T;
}

test("what a search's filter lets out is what a read of each would", async () => {
  const resources = Array.from({ length: runs(600) }, (_, i) => sample(observation(`p0-o${i}`, "p0")));
  let [out, held] = [0, 0];
  for (const [i, constraint] of ["", ...CONSTRAINTS].entries()) {
    const [found, ...each] = await client.authorizeBatch([
      search(`app-${i}`, "p0"),
      ...resources.map((resource) => read(`app-${i}`, resource)),
    ]);
    assert.ok(found?.outcome === "allowed");
    for (const [k, resource] of resources.entries()) {
      const expected = letsOut(each[k] as Answer, resource);
      assert.equal(letsOut(found, resource), expected, `${constraint} ${JSON.stringify(resource)}`);
      if (expected) out++;
      else held++;
    }
    const filter = found.obligations.find(({ type }) => type === "filter");
    if (constraint === "") assert.equal(filter, undefined);
    else {
      const said = toFhirSearch(filter?.parameters, "Observation");
      assert.deepEqual(said, {
        parameters: constraint
          .split("&")
          .map((entry) => entry.split("="))
          .sort(),
        complete: true,
      });
    }
  }
  assert.ok(out > resources.length && held > resources.length, `${out} ${held}`);
});

test("and so is what consents leave of it", async () => {
  const count = runs(300);
  const tried = { allowed: 0, out: 0, held: 0 };
  for (let n = 0; n < count; n++) {
    const patient = `q${n}`;
    const { effect, exceptions, terms: said } = sample(consent);
    const recorded = await service.ask(
      "mutation ($input: RecordConsentInput!) { recordConsent(input: $input) { id } }",
      {
        variables: {
          input: {
            patient,
            effect,
            ...said,
            exceptions: exceptions.filter((each) => Object.values(each).some((value) => value !== undefined)),
            source: { kind: "PAPER" },
            reason: "a law",
          },
        },
      },
    );
    if (recorded.body.errors !== undefined) continue;
    const resources = Array.from({ length: 20 }, (_, i) => sample(observation(`o${i}`, patient)));
    const [found, ...each] = await client.authorizeBatch([
      search("app-0", patient),
      ...resources.map((resource) => read("app-0", resource)),
    ]);
    if (found?.outcome !== "allowed") continue;
    tried.allowed++;
    for (const [k, resource] of resources.entries()) {
      const expected = letsOut(each[k] as Answer, resource);
      tried[expected ? "out" : "held"]++;
      assert.equal(
        letsOut(found, resource),
        expected,
        JSON.stringify(
          { effect, said, exceptions, obligations: found.obligations, answer: each[k], resource },
          null,
          1,
        ),
      );
    }
  }
  assert.ok(tried.out > count / 4 && tried.held > count / 4, JSON.stringify(tried));
});
