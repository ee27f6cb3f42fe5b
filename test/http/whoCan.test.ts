import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { readActs } from "../../src/storage/journal/acts.ts";
import { clientKey, post, seed } from "./authzenSupport.ts";
import { type Service, startService } from "./support.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const folder = mkdtempSync(join(tmpdir(), "scopewarden-whocan-"));
const url = `sqlite:${join(folder, "test.db")}`;
let service: Service;
let [reviewer, auditor, admin, pep] = ["", "", "", ""];

before(async () => {
  service = await startService({ DATABASE_URL: url }, { clock: () => NOW });
  await seed(service, "hospital");
  reviewer = (await service.createKey("REVIEWER")).key;
  auditor = (await service.createKey("AUDITOR")).key;
  admin = (await service.createKey("ADMIN")).key;
  pep = (await clientKey(service, "ehr")).key;
});
after(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function simulationActs() {
  const dialect = dialectOf(url);
  const { run, close } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
  try {
    const acts = await readActs({ run, dialect }, { after: 0, first: 10_000 });
    return acts.flatMap(({ kind, record }) =>
      kind === "SIMULATION" ? [record as unknown as Record<string, unknown>] : [],
    );
  } finally {
    await close();
  }
}

const WHO_CAN = `query($input: WhoCanInput!, $first: Int, $after: String) { whoCan(input: $input, first: $first, after: $after) {
  policyRevision complete pageInfo { hasNextPage endCursor } matches { clientId subjectId subjectType scope roles access conditions { cel text } obligations { type } } } }`;
interface Match {
  readonly clientId: string;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  readonly roles: readonly string[];
  readonly access: string;
  readonly conditions: readonly { readonly cel: string | null; readonly text: string }[];
}
const ask = async (
  input: object,
  { key = reviewer, ...page }: { key?: string; first?: number; after?: string | null } = {},
) => service.ask(WHO_CAN, { key, variables: { input, ...page } });
async function everybody(input: object, key = reviewer, first = 200): Promise<Match[]> {
  const matches: Match[] = [];
  for (let after: string | null = null; ; ) {
    const { body, text } = await ask(input, { key, first, after });
    assert.equal(body.errors, undefined, text);
    const page = body.data.whoCan;
    matches.push(...page.matches);
    assert.ok(page.matches.length <= first);
    assert.equal(page.complete, page.pageInfo.endCursor === null);
    if (page.complete) return matches;
    after = page.pageInfo.endCursor;
  }
}
type Failed = { readonly code: string; readonly paths: readonly string[] };
const failed = ({ body, text }: Awaited<ReturnType<typeof ask>>): Failed => {
  assert.equal(body.errors?.length, 1, text);
  const { code, problems = [] } = body.errors[0].extensions;
  return { code, paths: problems.map(({ path }: { path: string }) => path) };
};

const LAB = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
const RESOURCE = {
  type: "Observation",
  id: "o1",
  patient: "ada",
  organization: "general-hospital",
  labels: ["N"],
  attributes: { category: LAB },
};
const QUESTION = { action: "read", resource: RESOURCE, purposeOfUse: "TREAT" };

describe("whoCan in the demo hospital", () => {
  test("lists whom decisions allow, with the roles by which, and nobody else", async () => {
    const allowed = (await everybody(QUESTION)).filter(({ access }) => access === "ALLOW");
    const byEhr = allowed.filter(({ clientId }) => clientId === "ehr");
    assert.deepEqual(
      byEhr.map(({ roles, subjectId }) => [subjectId, ...roles]),
      [
        ["chika", "charge_nurse", "nurse", "clinician"],
        ["dana", "nurse", "clinician"],
        ["mia", "clinician"],
        ["nina", "nurse", "clinician"],
        ["omar", "provider", "clinician"],
        ["paul", "provider", "clinician"],
        ["tom", "nurse", "clinician"],
      ],
    );
    const people = [
      "chika",
      "dana",
      "mia",
      "nina",
      "omar",
      "paul",
      "tom",
      "petra",
      "bill",
      "ada",
      "ivy",
      "alma",
      "tess",
    ];
    const clients = ["ehr", "lab-portal", "legacy-smart-app", "scheduling-desk", "patient-app", "old-kiosk"];
    for (const clientId of clients) {
      const inputs = people.map((id) => ({ clientId, subject: { id }, ...QUESTION }));
      const { body } = await service.ask(
        "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome subjectId } }",
        { variables: { inputs } },
      );
      const decided = body.data.authorizeBatch.filter(({ outcome }: { outcome: string }) => outcome === "ALLOW");
      const listed = allowed.filter((match) => match.clientId === clientId && people.includes(match.subjectId ?? ""));
      assert.deepEqual(
        listed.map(({ subjectId }) => subjectId),
        decided.map(({ subjectId }: { subjectId: string }) => subjectId).sort(),
      );
    }
  });

  test("finds what AuthZEN's subject search finds", async () => {
    const { labels, organization, patient, type, id, attributes } = RESOURCE;
    const body = {
      subject: { type: "user" },
      action: { name: "read" },
      resource: { type, id, properties: { ...attributes, labels, organization, patient } },
      context: { purpose_of_use: "TREAT" },
    };
    const found = await post(service, "/access/v1/search/subject", body, { key: pep });
    const matches = await everybody({ ...QUESTION, clientId: "ehr", subjectType: "user" });
    assert.deepEqual(
      found.body.results.map(({ id: subjectId }: { id: string }) => subjectId),
      matches.filter(({ access }) => access === "ALLOW").map(({ subjectId }) => subjectId),
    );
    assert.ok(found.body.results.length > 5);
  });

  test("what the question leaves open is a condition, in CEL and in words", async () => {
    const open = {
      action: "read",
      resource: { type: "Observation", id: "o1", patient: "ada", organization: "general-hospital" },
    };
    const matches = await everybody(open);
    const byPatientApp = matches.filter(({ clientId }) => clientId === "patient-app");
    const own = byPatientApp.find(({ subjectId }) => subjectId === "ada");
    assert.equal(own?.access, "CONDITIONAL");
    assert.ok(
      own.conditions.some(({ cel }) => cel?.includes('purposeOfUse == "PATRQT"')),
      JSON.stringify(own),
    );
    // In the words of `clientAccess`.
    assert.deepEqual(
      own.conditions.map(({ text }) => text),
      [
        "only if the purpose of use is PATRQT and ada is the subject",
        "not if (the resource is labelled V and (the purpose of use is not BTG or PATRQT)) and the subject is not among the resource's careTeam, or if that is not given",
        "not if (the resource is labelled R or the resource is labelled V) and (the purpose of use is not TREAT or ETREAT or BTG or PATRQT), or if that is not given",
      ],
    );
    // Nobody's app reaches another patient's record.
    assert.ok(!byPatientApp.some(({ subjectId }) => subjectId === "ben"));
    const itself = matches.find(({ clientId }) => clientId === "nightly-pipeline");
    assert.deepEqual([itself?.subjectId, itself?.roles], [null, ["data_pipeline"]]);
  });

  test("pages go on where they ended, and are the same walk", async () => {
    assert.deepEqual(await everybody(QUESTION, reviewer, 3), await everybody(QUESTION));
  });

  test("what nobody knows is an empty answer", async () => {
    for (const input of [
      { ...QUESTION, resource: { type: "Spaceship", id: "x" } },
      { ...QUESTION, action: "fly" },
      { ...QUESTION, clientId: "nobody" },
      { ...QUESTION, subjectType: "robot" },
      { ...QUESTION, clientId: "old-kiosk" },
    ])
      assert.deepEqual(await everybody(input), []);
  });

  test("the policy and the periods of a time count", async () => {
    const before = await ask({ ...QUESTION, asOf: "2020-01-01T00:00:00Z" });
    assert.deepEqual(before.body.data.whoCan, {
      ...{ policyRevision: 0, complete: true, matches: [] },
      pageInfo: { hasNextPage: false, endCursor: null },
    });
    const people = (matches: Match[]) =>
      matches.filter(({ clientId }) => clientId === "ehr").map(({ subjectId }) => subjectId);
    const empty = await ask({ ...QUESTION, asOfRevision: 0 });
    assert.deepEqual(empty.body.data.whoCan, before.body.data.whoCan);
    const beyond = failed(await ask({ ...QUESTION, asOfRevision: 9999 }));
    assert.deepEqual(beyond, { code: "BAD_USER_INPUT", paths: ["input.asOfRevision"] });
    const later = people(await everybody({ ...QUESTION, asOf: "2032-01-01T00:00:00Z" }));
    assert.ok(later.includes("ivy") && !later.includes("tom"), String(later));
    const now = people(await everybody({ ...QUESTION, asOf: new Date(NOW).toISOString() }));
    assert.deepEqual(now, people(await everybody(QUESTION)));
  });

  test("bad input is named by its path", async () => {
    const { body } = await ask(QUESTION, { first: 1 });
    const { endCursor } = body.data.whoCan.pageInfo;
    const refused = async (input: object, page: { first?: number; after?: string }) => failed(await ask(input, page));
    const bad = (...paths: string[]): Failed => ({ code: "BAD_USER_INPUT", paths });
    for (const after of ["xyz", [...endCursor].reverse().join(""), endCursor.slice(0, -4), ""])
      assert.deepEqual(await refused(QUESTION, { after }), bad("after"), after);
    assert.deepEqual(await refused({ ...QUESTION, action: "search" }, { after: endCursor }), bad("after"));
    for (const first of [0, -1, 201]) assert.deepEqual(await refused(QUESTION, { first }), bad("first"));
    assert.deepEqual(await refused({ ...QUESTION, action: "" }, {}), bad("input.action"));
    assert.deepEqual(await refused({ ...QUESTION, resource: { type: "" } }, {}), bad("input.resource.type"));
    assert.deepEqual(await refused({ ...QUESTION, subjectType: "*" }, {}), bad("input.subjectType"));
    assert.deepEqual(await refused({ ...QUESTION, clientId: "" }, {}), bad("input.clientId"));
    const contradiction = { type: "Patient", id: "ada", patient: "ben" };
    assert.deepEqual(await refused({ ...QUESTION, resource: contradiction }, {}), bad("input.resource.patient"));
  });

  test("a service asks about its own client, and sees no conditions; an admin does not ask", async () => {
    const { purposeOfUse: _, ...open } = QUESTION;
    const matches = await everybody(open, pep);
    assert.ok(matches.length > 5 && matches.every(({ clientId }) => clientId === "ehr"));
    assert.ok(
      matches.some(({ access }) => access === "CONDITIONAL") &&
        matches.every(({ conditions }) => conditions.length === 0),
    );
    assert.equal(failed(await ask({ ...QUESTION, clientId: "lab-portal" }, { key: pep })).code, "FORBIDDEN");
    const homeless = (await clientKey(service, null)).key;
    assert.deepEqual(failed(await ask(QUESTION, { key: homeless })), {
      code: "BAD_USER_INPUT",
      paths: ["input.clientId"],
    });
    assert.ok((await everybody({ ...QUESTION, clientId: "ehr" }, homeless)).length > 5);
    assert.equal(failed(await ask(QUESTION, { key: admin })).code, "FORBIDDEN");
  });
});

const PATIENT_ACCESS = `query($patient: ID!, $asOf: DateTime, $asOfRevision: Int, $first: Int, $after: String) { patientAccess(patient: $patient, asOf: $asOf, asOfRevision: $asOfRevision, first: $first, after: $after) {
  policyRevision complete pageInfo { hasNextPage endCursor } edges { cursor node { clientId asItself role organization purposeOfUse holders access
    reaches { resourceTypes exceptTypes actions scope ruleId access conditions { cel text } exceptPurposes } } } } }`;
type Variables = {
  patient: string;
  asOf?: string;
  readonly asOfRevision?: number;
  first?: number;
  after?: string | null;
};
const askRows = (variables: Variables, key = reviewer) => service.ask(PATIENT_ACCESS, { key, variables });
// biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
async function allRows(variables: Variables, key = reviewer): Promise<any[]> {
  const rows = [];
  for (let after: string | null = null; ; ) {
    const { body, text } = await askRows({ ...variables, after }, key);
    assert.equal(body.errors, undefined, text);
    const page = body.data.patientAccess;
    rows.push(...page.edges.map(({ node }: { node: unknown }) => node));
    assert.equal(page.complete, !page.pageInfo.hasNextPage);
    if (page.complete) return rows;
    assert.notEqual(page.pageInfo.endCursor, null);
    after = page.pageInfo.endCursor;
  }
}

describe("patientAccess in the demo hospital", () => {
  test("tells by client, role, organization and purpose who could see a patient's data, and names nobody", async () => {
    const rows = await allRows({ patient: "ada", first: 200 });
    const row = rows.find(
      (each) =>
        each.clientId === "ehr" &&
        each.role === "clinician" &&
        each.organization === "general-hospital" &&
        each.purposeOfUse === "TREAT",
    );
    // chika, dana, mia, nina, paul, tom, alma; and omar, who is a provider everywhere.
    assert.equal(row?.holders, 8);
    const labs = row.reaches.find(({ ruleId }: { ruleId: string }) => ruleId === "clinician-view-labs");
    assert.deepEqual([labs.scope, labs.resourceTypes], ["view_lab_results", ["Observation"]]);
    const roles = new Set(rows.map(({ clientId, role }) => `${clientId} ${role}`));
    for (const each of [
      "patient-app patient",
      "patient-app guardian",
      "nightly-pipeline data_pipeline",
      "claims-system billing_clerk",
    ])
      assert.ok(roles.has(each), each);
    assert.ok(![...roles].some((each) => each.startsWith("old-kiosk ") || each.startsWith("trial-app ")));
    for (const name of ['"ada"', '"nina"', '"ben"']) assert.ok(!JSON.stringify(rows).includes(name), name);
  });

  test("whatever whoCan allows has a row", async () => {
    const rows = await allRows({ patient: "ada", first: 200 });
    for (const { clientId, roles, subjectId } of (await everybody(QUESTION)).filter(({ access }) => access === "ALLOW"))
      assert.ok(
        rows.some(
          (row) =>
            row.clientId === clientId &&
            row.asItself === (subjectId === null) &&
            (row.role === null || roles.includes(row.role)) &&
            [null, "general-hospital"].includes(row.organization) &&
            row.purposeOfUse === "TREAT" &&
            row.reaches.some(
              (reach: { resourceTypes: string[]; actions: string[] }) =>
                reach.resourceTypes.includes("Observation") && reach.actions.includes("read"),
            ),
        ),
        `${clientId} ${subjectId}`,
      );
  });

  test("pages are the same walk, Patient/x is x, and a patient whom nobody knows is no error", async () => {
    const rows = await allRows({ patient: "ada", first: 200 });
    assert.deepEqual(await allRows({ patient: "Patient/ada", first: 7 }), rows);
    assert.ok((await allRows({ patient: "nobody", first: 200 })).length > 50);
  });

  test("that somebody asked about the patient is on record, durably before the answer", async () => {
    const before = (await simulationActs()).length;
    await askRows({ patient: "Patient/ada", first: 1 }, auditor);
    const [act] = (await simulationActs()).slice(before);
    assert.deepEqual([act?.field, act?.patients, act?.at], ["patientAccess", ["ada"], NOW]);
    await ask(QUESTION, { first: 1 });
    const acts = await simulationActs();
    assert.deepEqual([acts.at(-1)?.field, acts.at(-1)?.patients], ["whoCan", ["ada"]]);
    // What is refused has been answered nothing.
    await askRows({ patient: "" });
    assert.equal((await simulationActs()).length, acts.length);
  });

  test("before the first revision there is nobody; bad input is named; a service and an admin do not ask", async () => {
    assert.deepEqual(await allRows({ patient: "ada", asOf: "2020-01-01T00:00:00Z" }), []);
    assert.deepEqual(await allRows({ patient: "ada", asOfRevision: 0 }), []);
    const later = await allRows({ patient: "ada", asOf: "2032-01-01T00:00:00Z", first: 200 });
    const nurses = later.find(
      (row) => row.clientId === "ehr" && row.role === "nurse" && row.organization === "general-hospital",
    );
    const now = (await allRows({ patient: "ada", first: 200 })).find(
      (row) => row.clientId === "ehr" && row.role === "nurse" && row.organization === "general-hospital",
    );
    // tom's assignment has ended.
    assert.equal(nurses?.holders, now?.holders - 1);
    const refused = async (variables: Variables) => failed(await askRows(variables));
    const bad = (...paths: string[]): Failed => ({ code: "BAD_USER_INPUT", paths });
    for (const patient of ["", "*", "Patient/", "Patient/ada/x", " ada"])
      assert.deepEqual(await refused({ patient }), bad("patient"), patient);
    const { body } = await askRows({ patient: "ada", first: 1 });
    const { endCursor } = body.data.patientAccess.pageInfo;
    for (const after of ["xyz", [...endCursor].reverse().join("")])
      assert.deepEqual(await refused({ patient: "ada", after }), bad("after"));
    assert.deepEqual(await refused({ patient: "ben", after: endCursor }), bad("after"));
    assert.deepEqual(await refused({ patient: "ada", first: 0 }), bad("first"));
    for (const key of [pep, admin]) assert.equal(failed(await askRows({ patient: "ada" }, key)).code, "FORBIDDEN");
  });
});

const PATIENT_PEOPLE = `query($patient: ID!, $filter: PatientPeopleFilter, $asOf: DateTime, $operations: [PolicyOperation!], $first: Int, $after: String) {
  patientPeople(patient: $patient, filter: $filter, asOf: $asOf, operations: $operations, first: $first, after: $after) {
  policyRevision complete notes pageInfo { hasNextPage endCursor } people { subjectId subjectType subjectName by { role access } } } }`;
interface Person {
  readonly subjectId: string;
  readonly subjectName: string | null;
  readonly by: readonly { readonly role: string | null; readonly access: string }[];
}
const askPeople = (variables: object, key = auditor) => service.ask(PATIENT_PEOPLE, { key, variables });
async function people(variables: object, key = auditor): Promise<readonly Person[]> {
  const found: Person[] = [];
  for (let after: string | null = null; ; ) {
    const { body, text } = await askPeople({ patient: "ada", ...variables, after }, key);
    assert.equal(body.errors, undefined, text);
    const page = body.data.patientPeople;
    found.push(...page.people);
    assert.equal(page.complete, !page.pageInfo.hasNextPage);
    if (page.complete) return found;
    after = page.pageInfo.endCursor;
  }
}
/** By the rules for a role; `!`: without a condition. */
const of = (found: readonly Person[], role: string): readonly string[] =>
  found.flatMap(({ by, subjectId }) =>
    by.flatMap((each) => (each.role === role ? [`${subjectId}${each.access === "ALLOW" ? "!" : ""}`] : [])),
  );

describe("patientPeople in the demo hospital", () => {
  test("names whom a role lets reach this patient's data, and not who only holds it", async () => {
    const found = await people({});
    // All patients hold the role, and each reaches their own record; she is somebody's guardian whom no request has named yet.
    assert.deepEqual(of(found, "patient"), ["ada!"]);
    assert.deepEqual(of(found, "guardian"), ["gina"]);
    assert.deepEqual(of(found, "lab_technician"), ["lars!", "tess!"]);
    assert.deepEqual(of(found, "lab_supervisor"), ["lars"]);
    assert.equal(found.find(({ subjectId }) => subjectId === "tess")?.subjectName, "Tess Jansen");
    assert.deepEqual(await people({ first: 3 }), found);
    // What an organization or a practitioner is like is nobody's data.
    assert.deepEqual(await people({ filter: { resourceType: "Practitioner" } }), []);
    const claims = await people({ filter: { resourceType: "Claim", action: "create" } });
    assert.deepEqual(of(claims, "billing_clerk"), ["bianca!", "bill!"]);
    assert.deepEqual(of(claims, "clinician"), []);
    assert.deepEqual(await people({ filter: { clientId: "old-kiosk" } }), []);
    assert.deepEqual(of(await people({ filter: { role: "lab_supervisor" } }), "lab_technician"), []);
  });

  test("who has the id of a client reaches by way of the other ones", async () => {
    const rule = { effect: "ALLOW", role: "patient", scope: "patient/*.rs", action: "*", resourceType: "*" };
    const operations = [
      { deleteRule: { id: "patient-own-record" } },
      { putRule: { ...rule, id: "users", when: 'subject.type == "user"' } },
    ];
    for (const subjectId of ["legacy-smart-app", "member-app", "patient-app", "us-core-app"]) {
      const held = { assignRole: { subjectType: "user", subjectId, role: "patient", organization: "*" } };
      const found = await people({ operations: [...operations, held] });
      assert.ok(of(found, "patient").includes(`${subjectId}!`), subjectId);
    }
  });

  test("a change and a day count; what is asked is on record", async () => {
    const operations = [{ deleteRule: { id: "lab-supervisor-correct-labs" } }];
    assert.deepEqual(of(await people({ operations }), "lab_supervisor"), []);
    assert.deepEqual(await people({ asOf: "2020-01-01T00:00:00Z" }), []);
    const [act] = (await simulationActs()).slice(-1);
    assert.deepEqual([act?.field, act?.patients], ["patientPeople", ["ada"]]);
  });

  test("what the patient said is known to an auditor alone", async () => {
    const desk = (await service.createKey("CONSENT")).key;
    /** Whom the rules of lab technicians let in once she has refused this to them, which is then taken back. */
    const after = async (limits: object, role = "lab_technician") => {
      const { body, text } = await service.ask(
        "mutation ($input: RecordConsentInput!) { recordConsent(input: $input) { id } }",
        {
          key: desk,
          variables: {
            input: {
              ...{ patient: "cleo", effect: "DENY", roles: ["lab_technician"], reason: "She said so" },
              ...{ source: { kind: "PAPER" }, ...limits },
            },
          },
        },
      );
      assert.equal(body.errors, undefined, text);
      const found = of(await people({ patient: "cleo" }), role);
      const withdraw = 'mutation ($id: ID!) { withdrawConsent(id: $id, reason: "test") { id } }';
      const taken = await service.ask(withdraw, { key: desk, variables: { id: body.data.recordConsent.id } });
      assert.equal(taken.body.errors, undefined, taken.text);
      return found;
    };
    assert.deepEqual(await after({}), []);
    // What she did not speak of, such as what a court asks for, is open where the rule takes any purpose.
    assert.deepEqual(await after({}, "lab_supervisor"), ["lars"]);
    // So is what is no such data, for no such purpose, or by who is not known to belong there.
    assert.deepEqual(await after({ labels: ["HIV"] }), ["lars!", "tess!"]);
    assert.deepEqual(await after({ roles: null, organization: "city-lab" }), ["lars", "tess"]);
    assert.deepEqual(await after({ purposes: ["TREAT"] }), ["lars!", "tess!"]);
    assert.deepEqual(await after({ resourceTypes: ["DiagnosticReport"] }), ["lars!", "tess!"]);
    assert.deepEqual(await after({ resourceTypes: ["DiagnosticReport", "Observation"] }), []);
    assert.deepEqual(of(await people({ patient: "cleo" }, reviewer), "lab_technician"), ["lars!", "tess!"]);
    const { body } = await askPeople({ patient: "ada" }, reviewer);
    assert.match(body.data.patientPeople.notes[0], /^Of patients this uses only what the question says/);
  });

  test("bad input is named; a service and an admin do not ask", async () => {
    const bad = (...paths: string[]): Failed => ({ code: "BAD_USER_INPUT", paths });
    assert.deepEqual(failed(await askPeople({ patient: "" })), bad("patient"));
    const { body } = await askPeople({ patient: "ada", first: 1 });
    const { endCursor } = body.data.patientPeople.pageInfo;
    assert.deepEqual(failed(await askPeople({ patient: "ben", after: endCursor })), bad("after"));
    assert.deepEqual(
      failed(await askPeople({ patient: "ada", filter: { role: "x" }, after: endCursor })),
      bad("after"),
    );
    for (const key of [pep, admin]) assert.equal(failed(await askPeople({ patient: "ada" }, key)).code, "FORBIDDEN");
  });
});
