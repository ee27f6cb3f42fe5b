import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { apply, at, callerOf, openWorld, ROOT, type World } from "../graphql/world.ts";
import { atLeast, runs } from "../support/budget.ts";

const [PATIENT, OTHER] = ["ada", "ben"];
const OF_READ = { scope: "s", action: "read", resourceType: "*", justification: "This policy is for a test." };

/** What somebody would ask of a patient by way of a rule. */
const PROBES = [
  "resource.attributes.vip",
  'resource.attributes.unit == "ward-7"',
  "subject.attributes.unit == resource.attributes.unit",
  "subject.id in resource.attributes.careTeam",
  "subject.id in resource.attributes.relatives",
  "resource.patient == subject.attributes.patientRecord",
  "resource.patient in subject.attributes.represents",
  "subject.attributes.vip",
  'subject.attributes.unit == "ward-7"',
  'resource.organization == "north"',
  'resource.attributes.exists(name, name == "vip")',
  'subject.attributes.accounts.exists(account, account.id == "omar@house")',
  "has(resource.patient)",
];
const probe = (when: string, effect: string) => ({ putRule: { id: "probe", role: "*", ...OF_READ, effect, when } });

const CONSENT_MATTERS = [{ silence: "BREAK_GLASS_ONLY" as const }];
const BREAK_GLASS = { roles: ["nurse"], maxMinutes: 60, reviewWithinHours: 24 };
const STAFF = { type: "user", id: "omar", properties: { name: "Omar", unit: "ward-7" } };

let world: World;
before(async () => {
  world = await openWorld();
  await apply(world, [
    { putClient: { id: "ehr", name: "The EHR" } },
    { putRole: { name: "nurse" } },
    { assignRole: { subjectId: "omar", role: "nurse", organization: "north" } },
    {
      putScope: {
        name: "s",
        atoms: ["Observation", "Patient"].map((resourceType) => ({ resourceType, actions: ["read"] })),
      },
    },
    { activateScope: { name: "s" } },
    { grantScope: { clientId: "ehr", scope: "s" } },
    { putRule: { id: "nurses", role: "nurse", ...OF_READ, effect: "ALLOW" } },
    { putOrganization: { id: "north", settings: { breakGlass: BREAK_GLASS, consentOnSilence: CONSENT_MATTERS } } },
    ...PROBES.map((when, i) => ({ putRule: { id: `probe-${i}`, role: "*", ...OF_READ, effect: "ALLOW", when } })),
  ]);
});

const PUT = 'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "r") { count } }';
const DELETE = 'mutation ($entities: [EntityRef!]!) { deleteEntities(entities: $entities, reason: "r") { count } }';
const DECIDED =
  "outcome scope reasons { code message ruleId } reasonCount sufficientScopes obligations { type parameters }";
const CONDITIONS = "access conditions { cel text }";
const ROW = `holders access reaches { ruleId ${CONDITIONS} }`;
const CELL = `clientId scope resourceType action ${CONDITIONS} reasons { message }`;
const QUESTIONS = `query (
  $simulate: SimulateInput!, $whoCan: WhoCanInput!, $subject: SubjectAccessInput!, $client: ClientAccessInput!,
  $operations: [PolicyOperation!], $cases: [FileInput!]!
) {
  simulate(input: $simulate) { results { before { ${DECIDED} } after { ${DECIDED} } } notes }
  whoCan(input: $whoCan) { matches { subjectId subjectType scope roles ${CONDITIONS} obligations { type } } notes }
  patientAccess(patient: "${PATIENT}", operations: $operations) {
    edges { node { clientId role organization purposeOfUse ${ROW} before { ${ROW} } } } notes }
  subjectAccess(input: $subject) { cells { ${CELL} } }
  clientAccess(input: $client) { cells { ${CELL} } }
  find(text: "a") { matches { kind id name what } }
  patients: entities(filter: { type: "Patient" }) { edges { node { id properties } } }
  entities { edges { node { type id properties } } }
  ofPatient: entity(type: "Patient", id: "${PATIENT}") { id properties }
  ofResource: entity(type: "Observation", id: "o-1") { id properties }
  ofStaff: entity(type: "user", id: "omar") { id properties }
  testPolicy(cases: $cases) { results { status lines } }
}`;

interface Asked {
  readonly subject: { readonly id: string; readonly type: string };
  readonly resource: { readonly type: string; readonly id: string | null; readonly patient: string | null };
  readonly organization: string | null;
  readonly purposeOfUse: string;
  readonly when: string;
  readonly effect: string;
  readonly subjectType: string | null;
}
const asked: fc.Arbitrary<Asked> = fc.record({
  subject: fc.constantFrom(
    { id: "omar", type: "user" },
    { id: "u-ada", type: "user" },
    { id: PATIENT, type: "user" },
    { id: PATIENT, type: "Patient" },
  ),
  resource: fc.constantFrom(
    { type: "Patient", id: PATIENT, patient: null },
    { type: "Observation", id: "o-1", patient: null },
    { type: "Observation", id: "o-1", patient: PATIENT },
    { type: "Observation", id: "o-1", patient: OTHER },
    { type: "Observation", id: null, patient: PATIENT },
  ),
  organization: fc.constantFrom(null, "north", "clinic"),
  purposeOfUse: fc.constantFrom("TREAT", "BTG"),
  when: fc.constantFrom(...PROBES),
  effect: fc.constantFrom("ALLOW", "DENY"),
  subjectType: fc.constantFrom(null, "user", "Patient"),
});

const variablesOf = ({ effect, organization, purposeOfUse, subject, subjectType, when, ...of }: Asked) => {
  const resource = { ...of.resource, organization };
  const question = { action: "read", purposeOfUse, resource };
  const operations = [probe(when, effect)];
  return {
    simulate: { operations, requests: [{ clientId: "ehr", subject, scopes: ["s"], ...question }] },
    whoCan: { ...question, subjectType },
    operations,
    subject: { subject, operations },
    client: { clientId: "ehr", subject, operations, context: { patient: PATIENT } },
    cases: [{ name: "cases.yaml", text: casesOf(subject, resource) }],
  };
};
const casesOf = (subject: object, resource: object): string => {
  const request = { clientId: "ehr", subject, action: "read", scopes: ["s"], resource };
  const cases = { requests: [{ name: "one", request, expect: { outcome: "ALLOW" } }] };
  return JSON.stringify(cases, (_, value) => value ?? undefined);
};

/** What the directory and patients say, and what is open for them. */
interface Said {
  readonly patient: object | null;
  readonly ofOther: object | null;
  readonly resource: object | null;
  readonly account: object | null;
  readonly staff: object;
  readonly consent: "DENY" | "PERMIT" | null;
  readonly emergency: boolean;
  /** Whose access is restricted; null: nobody's. */
  readonly restricted: { readonly id: string; readonly type: string } | null;
}
const TEAM = fc.constantFrom(["omar"], ["nina"], []);
const properties = fc.record(
  {
    unit: fc.constantFrom("ward-7", "ward-8"),
    vip: fc.boolean(),
    organization: fc.constantFrom("north", "clinic"),
    careTeam: TEAM,
    relatives: TEAM,
    orders: TEAM,
  },
  { requiredKeys: [] },
);
const said: fc.Arbitrary<Said> = fc.record({
  patient: fc.option(properties),
  ofOther: fc.option(properties),
  resource: fc.option(
    fc.tuple(properties, fc.constantFrom(PATIENT, OTHER)).map(([more, patient]) => ({ ...more, patient })),
  ),
  account: fc.constantFrom(null, { patientRecord: PATIENT }, { represents: [PATIENT] }, { vip: true }),
  staff: fc.constantFrom(
    {},
    { patientRecord: PATIENT, represents: [OTHER] },
    { relatives: [PATIENT], household: "h", vip: true },
    { accounts: [{ issuer: "https://idp.example", id: "omar@house" }] },
  ),
  consent: fc.constantFrom(null, "DENY", "PERMIT"),
  emergency: fc.boolean(),
  restricted: fc.constantFrom(null, { id: "omar", type: "user" }, { id: "u-ada", type: "user" }),
});

const REFS = [
  { type: "Patient", id: PATIENT },
  { type: "Patient", id: OTHER },
  { type: "Observation", id: "o-1" },
  { type: "user", id: "u-ada" },
  { type: "user", id: "omar" },
];
async function say({
  account,
  consent,
  emergency,
  ofOther,
  patient,
  resource,
  restricted,
  staff,
}: Said): Promise<void> {
  const of = [patient, ofOther, resource, account, { ...STAFF.properties, ...staff }];
  const entities = REFS.flatMap((ref, i) => (of[i] === null ? [] : [{ ...ref, properties: of[i] }]));
  await world.data(PUT, { entities });
  if (consent !== null) {
    const input = { patient: PATIENT, effect: consent, reason: "r", source: { kind: "PORTAL" } };
    const recorded = await world.data(
      "mutation ($input: RecordConsentInput!) { recordConsent(input: $input) { id } }",
      {
        input,
      },
    );
    recordedId = String(at(recorded, "recordConsent", "id"));
  }
  if (restricted !== null) {
    const input = { response: "SUSPENSION", subject: restricted, minutes: 30, reason: "r" };
    const impose = "mutation ($input: ImposeRestrictionInput!) { imposeRestriction(input: $input) { id } }";
    await world.data(
      impose,
      { input },
      { ...callerOf("key:who blocks", "admin"), subject: { id: "x", type: "user", issuer: null } },
    );
  }
  if (!emergency) return;
  const input = { subject: { id: "omar" }, patient: PATIENT, organization: "north", reason: "r", minutes: 30 };
  const by = { ...ROOT, subject: { id: "x", type: "user", issuer: null } };
  await world.data("mutation ($input: BreakGlassInput!) { breakGlass(input: $input) { id } }", { input }, by);
}
let recordedId: string | null = null;

/** Nobody has said anything, no emergency is open and nobody is restricted: staff alone is known. */
async function sayNothing(): Promise<void> {
  await world.data(DELETE, { entities: REFS });
  await world.data(PUT, { entities: [STAFF] });
  world.clock.now += 60 * 60 * 1000;
  const withdraw = 'mutation ($id: ID!) { withdrawConsent(id: $id, reason: "r") { id } }';
  if (recordedId !== null) await world.data(withdraw, { id: recordedId });
  recordedId = null;
}

test("what who sees pseudonyms asks does not depend on what is known of patients", async () => {
  let auditorSaw = 0;
  const auditor = callerOf("key:auditor", "auditor");
  const others = [callerOf("key:reviewer", "reviewer", "admin"), callerOf("key:mixed", "reviewer", "service")];
  await fc.assert(
    fc.asyncProperty(asked, said, async (question, facts) => {
      const variables = variablesOf(question);
      const ask = (caller: typeof auditor) => world.data(QUESTIONS, variables, caller);
      await sayNothing();
      const bare = { auditor: await ask(auditor), others: await Promise.all(others.map(ask)) };
      await say(facts);
      assert.deepEqual(await Promise.all(others.map(ask)), bare.others);
      if (JSON.stringify(await ask(auditor)) !== JSON.stringify(bare.auditor)) auditorSaw++;
    }),
    { numRuns: runs(150), includeErrorInReport: true },
  );
  assert.ok(auditorSaw > atLeast(50), String(auditorSaw));
});

test("what is known of staff stays known", async () => {
  await sayNothing();
  const variables = variablesOf({
    ...{ subject: { id: "omar", type: "user" }, organization: "clinic", purposeOfUse: "TREAT", effect: "ALLOW" },
    ...{ resource: { type: "Observation", id: null, patient: PATIENT }, subjectType: null },
    when: 'subject.attributes.unit == "ward-7"',
  });
  const answer = await world.data(QUESTIONS, variables, callerOf("key:reviewer", "reviewer"));
  assert.equal(at(answer, "simulate", "results", 0, "after", "outcome"), "ALLOW");
  assert.deepEqual(at(answer, "ofStaff", "properties"), STAFF.properties);
  assert.match(
    String((at(answer, "simulate", "notes") as readonly string[]).at(-1)),
    /^Of patients this uses only what the question says/,
  );
});
