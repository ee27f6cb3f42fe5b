import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { apply, at, callerOf, openWorld, type World } from "../graphql/world.ts";
import { admin, auditor, reviewer } from "./world.ts";

const VIP = { vip: true, unit: "ward-7", careTeam: ["nina"], relatives: ["omar"] };
const OF_PATIENTS = [
  { type: "Patient", id: "ada", properties: VIP },
  { type: "Observation", id: "o-1", properties: { patient: "ada" } },
  { type: "Observation", id: "o-2", properties: { references: ["Patient/ada"] } },
  { type: "RelatedPerson", id: "son", properties: { name: "A son" } },
  { type: "user", id: "u-ada", properties: { name: "Ada", patientRecord: "ada" } },
  { type: "user", id: "mother", properties: { name: "A mother", represents: ["ada"] } },
  { type: "user", id: "ada", properties: { name: "Ada" } },
  { type: "user", id: "linked", properties: { fhirReferences: ["Patient/ada"] } },
];
const ACCOUNTS = [{ issuer: "https://idp.example", id: "nina@house" }];
const NINA = { name: "Nina", unit: "ward-7", fhirReferences: ["Practitioner/nina"] };
const STAFF = [
  {
    ...{ type: "user", id: "nina" },
    properties: { ...NINA, accounts: ACCOUNTS, patientRecord: "p-nina", relatives: ["ada"], household: "h" },
  },
  { type: "Location", id: "ward-7", properties: { name: "Ward 7" } },
  { type: "client", id: "ehr", properties: null },
];

const ENTITY =
  "query ($type: String!, $id: ID!, $reason: String, $proposal: ID) { entity(type: $type, id: $id, reason: $reason, proposal: $proposal) { id properties } }";
const LIST =
  "query ($first: Int, $after: String) { entities(first: $first, after: $after) { edges { node { type id properties } } pageInfo { hasNextPage endCursor } } }";
const PUT = 'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "r") { count } }';
const DELETE = 'mutation ($entities: [EntityRef!]!) { deleteEntities(entities: $entities, reason: "r") { count } }';
const PROPOSE =
  "mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) { id putEntities deleteEntities entityCounts { type property put deleted } } }";
const ASKED = "{ questionsAsked(first: 1) { edges { node { field asked patients by { id } } } } }";

const listed = async (world: World, caller: typeof admin) => {
  const nodes: unknown[] = [];
  for (let after: unknown = null; ; ) {
    const page = await world.data(LIST, { first: 2, after }, caller);
    nodes.push(...(at(page, "entities", "edges") as readonly { node: unknown }[]).map(({ node }) => node));
    if (at(page, "entities", "pageInfo", "hasNextPage") !== true) return nodes;
    after = at(page, "entities", "pageInfo", "endCursor");
  }
};

describe("an attacker reads the directory, to learn of a patient", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    await world.data(PUT, { entities: [...OF_PATIENTS, ...STAFF] });
  });

  test("lists tell staff, clients and what is nobody's, page by page; auditors see all", async () => {
    const shown = [
      { type: "Location", id: "ward-7", properties: { name: "Ward 7" } },
      { type: "client", id: "ehr", properties: null },
      { type: "user", id: "nina", properties: NINA },
    ];
    for (const caller of [reviewer, admin]) assert.deepEqual(await listed(world, caller), shown);
    assert.equal((await listed(world, auditor)).length, OF_PATIENTS.length + STAFF.length);
  });

  test("their own accounts are there for the person", async () => {
    const nina = { ...reviewer, subject: { type: null, id: "nina@house", issuer: "https://idp.example" } };
    const own = await world.data(ENTITY, { type: "user", id: "nina" }, nina);
    assert.deepEqual(at(own, "entity", "properties"), { ...NINA, accounts: ACCOUNTS });
  });

  test("an entry of a patient is answered as one that is not there", async () => {
    for (const caller of [reviewer, admin])
      for (const { id, type } of OF_PATIENTS) {
        assert.equal(at(await world.data(ENTITY, { type, id }, caller), "entity"), null, `${type}/${id}`);
        const filter = `{ entities(filter: { type: "${type}", id: "${id}" }) { edges { node { id } } } }`;
        assert.deepEqual(at(await world.data(filter, {}, caller), "entities", "edges"), []);
      }
  });

  test("an admin opens one with a reason, which is on record before the answer; a reviewer does not", async () => {
    const asked = { type: "Patient", id: "ada", reason: "Registration asks for the ward" };
    assert.deepEqual(at(await world.data(ENTITY, asked, admin), "entity", "properties"), VIP);
    const [edge] = at(await world.data(ASKED, {}, auditor), "questionsAsked", "edges") as readonly unknown[];
    assert.deepEqual(at(edge, "node"), { field: "entity", asked, patients: ["ada"], by: { id: admin.id } });
    const { message } = await world.error("FORBIDDEN", ENTITY, asked, reviewer);
    assert.match(message, /^reason: admins and auditors alone open an entry/);
    await world.error("BAD_USER_INPUT", ENTITY, { ...asked, reason: " " }, admin);
  });

  test("a proposed load is told by property; who may approve it opens an entry in the same way", async () => {
    const directory = { putEntities: [OF_PATIENTS[0]], deleteEntities: [{ type: "user", id: "mother" }] };
    const input = { title: "t", reason: "r", change: { directory } };
    const ada = { ...admin, subject: { id: "ada-of-it", type: "user", issuer: null } };
    const proposed = at(await world.data(PROPOSE, { input }, ada), "proposePolicy");
    assert.deepEqual([at(proposed, "putEntities"), at(proposed, "deleteEntities")], [null, null]);
    const counted = (property: string | null) => ({ type: "Patient", property, put: 1, deleted: 0 });
    assert.deepEqual(at(proposed, "entityCounts"), [
      ...["careTeam", "relatives", "unit", "vip"].map(counted),
      counted(null),
      { type: "user", property: null, put: 0, deleted: 1 },
    ]);
    const id = String(at(proposed, "id"));
    const whole = await world.data(`{ proposal(id: "${id}") { putEntities deleteEntities } }`, {}, auditor);
    assert.deepEqual(at(whole, "proposal", "putEntities"), directory.putEntities);
    const asked = { type: "Patient", id: "ada", reason: "To approve it", proposal: id };
    const person = (name: string) => ({
      ...reviewer,
      id: `key:${name}`,
      subject: { id: name, type: "user", issuer: null },
    });
    const [ruth, rita] = [person("ruth"), person("rita")];
    assert.deepEqual(at(await world.data(ENTITY, asked, ruth), "entity", "properties"), VIP);
    const [edge] = at(await world.data(ASKED, {}, auditor), "questionsAsked", "edges") as readonly unknown[];
    const { proposal: proposalId, ...of } = asked;
    assert.deepEqual(at(edge, "node", "asked"), { ...of, proposalId });
    await world.error("BAD_USER_INPUT", ENTITY, { ...asked, reason: null }, ruth);
    const none = { ...asked, id: "ben" };
    assert.equal(at(await world.data(ENTITY, none, ruth), "entity"), null);
    await world.data(`mutation { withdrawProposal(id: "${id}", reason: "r") { id } }`, {}, admin);
    await world.error("CONFLICT", ENTITY, asked, ruth);
    // The author opens nothing by what was proposed, nor who is not known to be somebody else.
    const deleting = {
      directory: {
        deleteEntities: [
          { type: "Patient", id: "ada" },
          { type: "user", id: "u-ada" },
        ],
      },
    };
    const own = at(await world.data(PROPOSE, { input: { ...input, change: deleting } }, rita), "proposePolicy", "id");
    for (const caller of [rita, { ...rita, id: "key:another" }, reviewer]) {
      const { message } = await world.error("FORBIDDEN", ENTITY, { ...asked, proposal: own }, caller);
      assert.match(message, /opened by who may approve it/);
    }
    // Of one that is deleted the proposal says nothing of itself: admins, who open any entry, open it.
    const boss = { ...person("walter"), roles: admin.roles };
    assert.deepEqual(at(await world.data(ENTITY, { ...asked, proposal: own }, boss), "entity", "properties"), VIP);
    const { message } = await world.error("FORBIDDEN", ENTITY, { ...asked, proposal: own }, ruth);
    assert.match(message, /admins and auditors alone open an entry that a proposal deletes/);
    // Nor does a version tell a reviewer whether there is an entry.
    const change = { directory: { putEntities: [OF_PATIENTS[0], { type: "Patient", id: "p-987654" }] } };
    const put = at(await world.data(PROPOSE, { input: { ...input, change } }, rita), "proposePolicy", "id");
    const version = ENTITY.replace("{ id properties }", "{ version }");
    for (const id of ["ada", "p-987654"])
      assert.equal(at(await world.data(version, { ...asked, id, proposal: put }, ruth), "entity", "version"), 0);
  });

  test("a proposal that would change nothing is as one that would change something", async () => {
    for (const putEntities of [[OF_PATIENTS[0]], [{ ...OF_PATIENTS[0], properties: { vip: false } }]]) {
      const input = { title: "t", reason: "r", change: { directory: { putEntities } } };
      assert.ok(at(await world.data(PROPOSE, { input }, reviewer), "proposePolicy", "id"));
    }
    const input = {
      title: "t",
      reason: "r",
      change: { directory: { deleteEntities: [{ type: "Patient", id: "x" }] } },
    };
    assert.ok(at(await world.data(PROPOSE, { input }, admin), "proposePolicy", "id"));
  });
});

test("under four eyes a change that changes nothing is refused as any other", async () => {
  const world = await openWorld({ fourEyes: true });
  for (const id of ["ada", "nobody"])
    await world.error(
      "FOUR_EYES_REQUIRED",
      DELETE,
      { entities: [{ type: "Patient", id }] },
      callerOf("key:a", "admin"),
    );
});

describe("an attacker learns what only a patient's entry says", () => {
  const issuer = "https://idp.example";
  const account = (id: string) => [{ issuer, id }];
  let world: World;
  before(async () => {
    world = await openWorld({ service: { version: "test", tokens: [{ issuer, audience: null }] } });
    await apply(world, [{ putRole: { name: "nurse" } }]);
    await world.data(PUT, {
      entities: [
        { type: "Patient", id: "zoe", properties: { organization: "secret-hospice", accounts: account("portal-1") } },
        { type: "user", id: "yan", properties: { patientRecord: "p-9", accounts: account("portal-2") } },
        { type: "user", id: "nina", properties: { unit: "ward-7", accounts: account("nina@house") } },
        { type: "Location", id: "ward-7", properties: { organization: "general-hospital" } },
      ],
    });
  });

  test("by a dry run that finds the organization known, or its name a slip", async () => {
    const ASSIGN = `mutation ($organization: String!) { assignRole(
      input: { subjectId: "nina", role: "nurse", organization: $organization }, reason: "r", dryRun: true) { findings { code message } } }`;
    const of = async (organization: string) => {
      const text = JSON.stringify(await world.data(ASSIGN, { organization }, admin));
      assert.match(text, /ORGANIZATION_UNKNOWN/, organization);
      return text.replaceAll(organization, "ASKED");
    };
    const none = await of("nowhere-clinic");
    for (const organization of ["secret-hospice", "secret-hospixe", "secret-hospices"])
      assert.equal(await of(organization), none);
    const REQUEST = `mutation ($input: RequestAccessInput!) { requestAccess(input: $input) { state } }`;
    const input = { minutes: 5, role: "nurse", organization: "secret-hospixe", reason: "r" };
    const asker = { ...reviewer, subject: { id: "nina", type: "user", issuer: null } };
    const { message } = await world.error("BAD_USER_INPUT", REQUEST, { input }, asker);
    assert.match(message, /accessRequestMaxMinutes is not set/);
    assert.doesNotMatch(JSON.stringify(message), /secret-hospice|one letter/);
    // What staff, a place or the policy names is told as before.
    const slip = await world.error("BAD_USER_INPUT", ASSIGN, { organization: "general-hospitl" }, admin);
    assert.match(slip.message, /general-hospital is one letter away/);
  });

  test("by ending the access of a patient, and the list of what that shuts out", async () => {
    const END = `mutation ($subject: SubjectInput!) { endAccess(subject: $subject, reason: "left") { tokenRevocations { person } } }`;
    const TOKENS = "{ tokenRevocations(first: 10) { edges { node { person } } } }";
    const ended = async (subject: object, caller = admin) =>
      at(await world.data(END, { subject }, caller), "endAccess", "tokenRevocations");
    assert.deepEqual(await ended({ type: "Patient", id: "zoe" }), [{ person: null }]);
    assert.deepEqual(await ended({ type: "user", id: "yan" }), [{ person: null }]);
    assert.deepEqual(await ended({ type: "user", id: "nina" }), [{ person: "nina@house" }]);
    const listed = async (caller: typeof admin) =>
      (
        at(await world.data(TOKENS, {}, caller), "tokenRevocations", "edges") as readonly {
          node: { person: unknown };
        }[]
      )
        .map(({ node }) => node.person)
        .toSorted();
    for (const caller of [admin, reviewer]) assert.deepEqual(await listed(caller), ["nina@house", null, null]);
    assert.deepEqual(await listed(auditor), ["nina@house", "portal-1", "portal-2"]);
  });

  test("by the note on an account whose tokens are revoked", async () => {
    const REVOKE = "mutation ($input: RevokeTokensInput!) { revokeTokens(input: $input) { person notes } }";
    const of = async (person: string) =>
      at(await world.data(REVOKE, { input: { issuer, person, reason: "r" } }, admin), "revokeTokens", "notes");
    const said = (await of("nobody-0")) as readonly string[];
    for (const person of ["portal-1", "portal-2"])
      assert.deepEqual(
        await of(person),
        said.map((note) => note.replace("nobody-0", person)),
      );
    assert.deepEqual(await of("nina@house"), []);
  });
});
