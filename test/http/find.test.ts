import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { sqliteRaw } from "../storage/backends.ts";
import { type Answer, applyPolicy, type Service, startService } from "./support.ts";

const FIND =
  "query ($text: String!, $kinds: [FoundKind!], $first: Int) { find(text: $text, kinds: $kinds, first: $first) { complete matches { kind id type name unit what } } }";
const PUT = 'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "r") { count } }';

describe("find", () => {
  let service: Service;
  const keys: Record<string, string> = {};
  const ask = (by: string, variables: object): Promise<Answer> => service.ask(FIND, { variables, key: keys[by] ?? "" });
  const found = async (by: string, variables: object) => {
    const { body, text } = await ask(by, variables);
    assert.equal(body.errors, undefined, text);
    return body.data.find as { complete: boolean; matches: readonly Record<string, string | null>[] };
  };
  const namesOf = async (by: string, text: string, more: object = {}) =>
    (await found(by, { text, ...more })).matches.map(({ kind, id }) => `${kind} ${id}`);
  const refusal = async (by: string, variables: object) => {
    const { body, status } = await ask(by, variables);
    const [{ extensions }] = body.errors;
    return { status, code: extensions.code, paths: extensions.problems?.map(({ path }: { path: string }) => path) };
  };
  let folder: string;
  let url: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-find-"));
    url = `sqlite:${join(folder, "test.db")}`;
    service = await startService({ DATABASE_URL: url });
    const answer = await applyPolicy(service, [
      { putClient: { id: "lab-portal", name: "Laboratory Portal", description: "Shows results." } },
      { putClient: { id: "portal", name: "Patients' view", status: "SUSPENDED" } },
      { putClient: { id: "old_portal%", name: "Other" } },
      {
        putScope: {
          name: "view_lab_results",
          title: "See results of laboratories",
          atoms: [{ resourceType: "Observation", actions: ["read"] }],
        },
      },
      { activateScope: { name: "view_lab_results" } },
      { putRole: { name: "lab_technician", description: "Runs the tests." } },
      {
        putRule: {
          id: "lab-reads",
          role: "lab_technician",
          scope: "view_lab_results",
          action: "read",
          resourceType: "Observation",
          effect: "ALLOW",
        },
      },
      { putOrganization: { id: "city-lab", name: "City Laboratory", settings: {} } },
      { assignRole: { subjectId: "tess", role: "lab_technician", organization: "lab-annexe" } },
    ]);
    assert.equal(answer.body.errors, undefined, answer.text);
    const entities = [
      { type: "user", id: "tess", properties: { name: "Tess Labrador", unit: "city-lab" } },
      { type: "user", id: "lars", properties: { unit: "city-lab" } },
      { type: "user", id: "gina", properties: { name: "Gina Labelle", represents: ["p-1"] } },
      { type: "user", id: "mia", properties: { name: "Mia Labonte", patientRecord: "p-2", unit: "ward-3" } },
      { type: "Practitioner", id: "dr-1", properties: { name: "Dr. Élodie Laborde" } },
      { type: "Patient", id: "p-1", properties: { name: "Lab Rat" } },
      { type: "RelatedPerson", id: "r-1", properties: { name: "Lab Kin" } },
      { type: "Organization", id: "lakeside", properties: { name: "Lakeside Lab" } },
    ];
    assert.equal((await service.ask(PUT, { variables: { entities } })).body.data.putEntities.count, entities.length);
    for (const role of ["SERVICE", "ADMIN", "REVIEWER", "AUDITOR", "CONSENT"])
      keys[role.toLowerCase()] = (await service.createKey(role)).key;
    const made = await service.ask(
      'mutation { createApiKey(input: { name: "Portal", roles: [CONSENT], subject: { type: "service", id: "portal" } }, reason: "r") { key } }',
    );
    keys.portal = made.body.data.createApiKey.key;
  });
  after(async () => {
    await service.stop();
    await rm(folder, { recursive: true });
  });

  test("finds by id and name, in any letter case: just so, then what begins so, then inside, by kind and id", async () => {
    assert.deepEqual(await namesOf("reviewer", "LAB"), [
      "CLIENT lab-portal",
      "ROLE lab_technician",
      "RULE lab-reads",
      "ORGANIZATION lab-annexe",
      "SCOPE view_lab_results",
      "ORGANIZATION city-lab",
      "ORGANIZATION lakeside",
      "STAFF dr-1",
      "STAFF mia",
      "STAFF tess",
    ]);
    assert.deepEqual(await namesOf("admin", "portal"), ["CLIENT portal", "CLIENT lab-portal", "CLIENT old_portal%"]);
    assert.deepEqual(await namesOf("admin", "l%"), ["CLIENT old_portal%"], "nothing in a text is a wildcard");
    assert.deepEqual(await namesOf("reviewer", "élodie"), ["STAFF dr-1"]);
    assert.deepEqual(await namesOf("reviewer", "lars"), [], "no name in the directory");
  });

  test("says what each is", async () => {
    const { matches } = await found("reviewer", { text: "lab" });
    const whatOf = (id: string) => matches.find((match) => match.id === id);
    assert.deepEqual(whatOf("lab-portal"), {
      kind: "CLIENT",
      id: "lab-portal",
      type: null,
      name: "Laboratory Portal",
      unit: null,
      what: "A client, active: Shows results.",
    });
    assert.equal(whatOf("view_lab_results")?.what, "A scope, active, version 1");
    assert.equal(
      whatOf("lab-reads")?.what,
      "A rule that allows lab_technician read on Observation with view_lab_results",
    );
    assert.deepEqual(whatOf("tess"), {
      kind: "STAFF",
      id: "tess",
      type: "user",
      name: "Tess Labrador",
      unit: "city-lab",
      what: "A user of the directory, unit city-lab",
    });
  });

  test("a bounded answer says whether it is all", async () => {
    const short = await found("admin", { text: "portal", first: 2 });
    assert.deepEqual([short.complete, short.matches.length], [false, 2]);
    assert.equal((await found("admin", { text: "portal", first: 3 })).complete, true);
  });

  test("each caller finds what its roles let it see; a kind that is asked for and is not, is FORBIDDEN", async () => {
    assert.deepEqual(await namesOf("admin", "labrador"), []);
    assert.deepEqual(await namesOf("auditor", "labrador"), ["STAFF tess"]);
    assert.deepEqual(
      await namesOf("consent", "lab"),
      ["CLIENT lab-portal", "SCOPE view_lab_results"],
      "staff on purpose",
    );
    assert.deepEqual(await namesOf("portal", "lab"), []);
    assert.deepEqual(await namesOf("consent", "Patient/p-1"), ["PATIENT p-1"]);
    for (const [by, kind] of [
      ["admin", "STAFF"],
      ["admin", "PATIENT"],
      ["reviewer", "PATIENT"],
      ["consent", "ROLE"],
      ["consent", "RULE"],
      ["consent", "ORGANIZATION"],
      ["portal", "CLIENT"],
      ["portal", "SCOPE"],
      ["portal", "STAFF"],
    ] as const)
      assert.equal((await refusal(by, { text: "xyz", kinds: ["PATIENT", kind] })).code, "FORBIDDEN", `${by} ${kind}`);
    assert.deepEqual(await refusal("service", { text: "x" }), { status: 403, code: "FORBIDDEN", paths: undefined });
  });

  test("a patient is found by the whole id alone, and each such look is on record before the answer", async () => {
    const acts = async () =>
      (await sqliteRaw(url, "SELECT record FROM journal WHERE kind = 'AUDIT' ORDER BY seq")).map(({ record }) => {
        const { field, shown } = JSON.parse(String(record));
        return { field, shown };
      });
    const before = (await acts()).length;
    assert.deepEqual(await namesOf("auditor", "p-1"), ["PATIENT p-1"]);
    assert.deepEqual(await namesOf("auditor", "Patient/p-2", { kinds: ["PATIENT"] }), ["PATIENT p-2"]);
    assert.deepEqual(await namesOf("auditor", "P-1"), []);
    assert.deepEqual(await namesOf("auditor", "p-"), []);
    assert.deepEqual(await namesOf("auditor", "lab-rat"), []);
    assert.deepEqual(await namesOf("reviewer", "p-1"), []);
    assert.deepEqual(await namesOf("auditor", "p-1", { kinds: ["STAFF"] }), []);
    const [one, none] = [
      { field: "find", shown: 1 },
      { field: "find", shown: 0 },
    ];
    assert.deepEqual((await acts()).slice(before), [one, one, none, none, none]);
    const [{ record }] = (await sqliteRaw(
      url,
      "SELECT record FROM journal WHERE kind = 'AUDIT' ORDER BY seq DESC LIMIT 1",
    )) as [{ record: string }];
    assert.ok(!record.includes("lab-rat"), "what was sought is personal, and not in the open part");
  });

  test("a consent desk, who is a person, picks staff by three letters, at most 20; each search is listed for auditors", async () => {
    const staff = (text: string, more: object = {}) => found("consent", { text, kinds: ["STAFF"], ...more });
    const [tess] = (await staff("labr")).matches;
    assert.deepEqual(tess, {
      ...{ kind: "STAFF", id: "tess", type: "user", name: "Tess Labrador", unit: "city-lab" },
      what: "A user of the directory, unit city-lab",
    });
    assert.deepEqual(await namesOf("consent", "Lab", { kinds: ["STAFF"] }), ["STAFF dr-1", "STAFF mia", "STAFF tess"]);
    for (const [variables, paths] of [
      [{ text: "la" }, ["text"]],
      [{ text: " l. a " }, ["text"]],
      [{ text: "lab", first: 21 }, ["first"]],
      [{ text: "la", first: 21 }, ["text", "first"]],
    ] as const)
      assert.deepEqual(await refusal("consent", { ...variables, kinds: ["STAFF"] }), {
        ...{ status: 200, code: "BAD_USER_INPUT", paths },
      });
    assert.deepEqual(await namesOf("consent", "la", { kinds: ["CLIENT"] }), ["CLIENT lab-portal"]);
    const listed = await service.ask(
      "{ questionsAsked(first: 9) { edges { node { field asked questions patients by { id } } } } }",
      { key: keys.auditor ?? "" },
    );
    const searches = listed.body.data.questionsAsked.edges.map(({ node }: { node: object }) => node);
    const by = { id: searches[0].by.id };
    assert.deepEqual(
      searches,
      [
        { kind: "STAFF", text: "Lab", shown: ["Practitioner/dr-1", "user/mia", "user/tess"] },
        { kind: "STAFF", text: "labr", shown: ["user/tess"] },
      ].map((asked) => ({ field: "find", asked, questions: 0, patients: [], by })),
      "those that were refused showed nothing, and reviewers' are no such searches",
    );
  });

  test("bad input names the argument", async () => {
    for (const [variables, paths] of [
      [{ text: "" }, ["text"]],
      [{ text: "  " }, ["text"]],
      [{ text: "x".repeat(257) }, ["text"]],
      [{ text: "a\0" }, ["text"]],
      [{ text: "a", kinds: [] }, ["kinds"]],
      [{ text: "a", first: 0 }, ["first"]],
      [{ text: "a", first: 101 }, ["first"]],
    ] as const)
      assert.deepEqual(await refusal("auditor", variables), { status: 200, code: "BAD_USER_INPUT", paths });
    const { body } = await ask("auditor", { text: "a", kinds: ["NURSE"] });
    assert.match(body.errors[0].message, /kinds/);
  });
});
