import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apply, at, callerOf, type World } from "../graphql/world.ts";
import { admin, auditor, denyWhen, openWard, REPLAY, RULE, reviewer, START, WITH_REPLAYS } from "./world.ts";

/** Everything that who is no auditor may see of a replay. */
const ALL = `query ($input: ReplayInput!) { replay(input: $input) {
  few read replayed notReplayable same drifted allowToDeny denyToAllow narrowed widened otherObligations ungrouped countsComplete complete from to
  groups { few kind clientId role scope resourceType action decisions days firstAt lastAt patients }
  byClient { key few allowToDeny } byRole { key few allowToDeny } byRule { key few allowToDeny } byReason { key few allowToDeny }
  cells { changed unused } causes { few path message decisions } samples { decision { id } } } }`;
const PUT = 'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "a load") { count } }';

const NURSES = Array.from({ length: 12 }, (_, i) => `nurse-${i}`);

/** Fourteen nurses, each of whom looked at twelve patients. Mia is a patient of the house as well, and looked at the record of her child, p-302, once. */
async function openHouse(): Promise<World> {
  const world = await openWard(WITH_REPLAYS);
  const nurses = ["mia", ...NURSES];
  await apply(
    world,
    nurses.map((subjectId) => ({ assignRole: { subjectId, role: "nurse", organization: "north" } })),
  );
  const known = { relatives: ["p-302"], patientRecord: "p-304", household: "h-1" };
  const entities = ["omar", "nina", ...nurses].map((id) => ({
    ...{ type: "user", id },
    properties: { unit: "ward-3", colleagues: [id], ...(id === "mia" && known) },
  }));
  await world.data(PUT, { entities });
  for (const id of nurses) {
    const inputs = Array.from({ length: 12 }, (_, i) => ({
      ...{ clientId: "ehr", scopes: ["view_labs"], action: "read", purposeOfUse: "TREAT", subject: { id } },
      resource: {
        type: "Observation",
        id: `${id}-${i}`,
        patient: `p-${i + (id === "mia" ? 292 : 1)}`,
        organization: "north",
      },
    }));
    await world.data("query ($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome } }", { inputs });
  }
  return world;
}
const world = await openHouse();
const HAS = (attribute: string) => `has(subject.attributes.${attribute})`;
const RELATIVE = "has(subject.attributes.relatives) && resource.patient in subject.attributes.relatives";

/** Both doors, for everybody who is no auditor, and none for an auditor. */
async function refused(operations: readonly object[]): Promise<void> {
  for (const door of [REPLAY, START])
    for (const caller of [reviewer, admin]) {
      const { message } = await world.error("FORBIDDEN", door, { input: { operations } }, caller);
      assert.match(message, /for a role that ten people or fewer hold.* needs the role auditor: others see pseudonyms/);
    }
  await world.data(REPLAY, { input: { operations } }, auditor);
}
const seen = async (when: string, filter: object = {}, of: World = world) =>
  at(await of.data(ALL, { input: { operations: [denyWhen(when)], filter } }, reviewer), "replay");

const person = (id: string) => ({ ...callerOf(`key:${id}`, "reviewer"), subject: { id, type: "user", issuer: null } });
const [rita, ruth] = [person("rita"), person("ruth")];

describe("an attacker learns by a replay what is so of one colleague", () => {
  const ofRole = (when: string) => [
    { putRole: { name: "spy" } },
    { assignRole: { subjectId: "mia", role: "spy", organization: "*" } },
    { putRule: { ...RULE, id: "spy", role: "spy", effect: "DENY", when } },
  ];

  test("with a role of that one, and a condition on what the directory knows, or on whose record it is", async () => {
    for (const when of [
      ...["patientRecord", "relatives", "household", "vip", "represents"].map(HAS),
      RELATIVE,
      "has(subject.attributes.household) && subject.attributes.household == resource.attributes.household",
      "resource.patient == subject.attributes.patientRecord",
      "subject.id in resource.attributes.careTeam",
      "subject.attributes.relatives.exists(r, true)",
    ])
      await refused(ofRole(when));
  });

  test("with a role given to many of whom one did anything, or that few hold, or none, before or after", async () => {
    const many = [...NURSES, "mia"].map((subjectId) => ({ assignRole: { subjectId, role: "spy", organization: "*" } }));
    await refused([...ofRole(RELATIVE), ...many.slice(0, -1)]);
    await refused([{ putRule: { ...RULE, id: "spy", role: "visitor", effect: "DENY", when: RELATIVE } }]);
    await refused([
      ...NURSES.map((subjectId) => ({ unassignRole: { subjectId, role: "nurse", organization: "north" } })),
      denyWhen(RELATIVE),
    ]);
  });

  test("with a standing rule, by giving its role, or another that inherits it, to that one", async () => {
    const of = await openHouse();
    await apply(of, [{ putRule: { ...RULE, id: "relatives", effect: "DENY", when: RELATIVE } }]);
    await apply(of, [{ putRole: { name: "floater", inherits: ["nurse"] } }]);
    for (const role of ["nurse", "floater"]) {
      const operations = [{ assignRole: { subjectId: "mia", role, organization: "*" } }];
      for (const door of [REPLAY, START]) await of.error("FORBIDDEN", door, { input: { operations } }, reviewer);
    }
  });

  test("but what only takes from scopes is answered, as the preview of a retirement is, and nothing that gives beside it", async () => {
    const of = await openHouse();
    await apply(of, [{ putRule: { ...RULE, id: "relatives", role: "visitor", effect: "DENY", when: RELATIVE } }]);
    const retire = { retireScope: { name: "view_labs", force: true } };
    const answer = at(await of.data(ALL, { input: { operations: [retire] } }, admin), "replay");
    assert.ok(Number(at(answer, "allowToDeny")) > 10);
    assert.deepEqual([at(answer, "denyToAllow"), at(answer, "samples")], [0, []]);
    const wider = [{ resourceType: "Observation", actions: ["read", "search"] }];
    for (const more of [
      [retire, { assignRole: { subjectId: "mia", role: "visitor", organization: "*" } }],
      [retire, { putRule: { ...RULE, id: "spy", role: "visitor", effect: "DENY", when: RELATIVE } }],
      [{ updateScope: { name: "view_labs", atoms: wider } }, { activateScope: { name: "view_labs" } }],
    ])
      await of.error("FORBIDDEN", REPLAY, { input: { operations: more } }, admin);
  });

  test("with a rule of a whole role, or of all: nobody can't be told from few", async () => {
    const of = (when: string, found: number) =>
      Promise.all([
        seen(when),
        world
          .data(REPLAY, { input: { operations: [denyWhen(when)] } }, auditor)
          .then((answer) => assert.equal(at(answer, "replay", "allowToDeny"), found, when)),
      ]).then(([answer]) => answer);
    // Three decisions were made before the directory knew anybody: there the condition fails, and denies.
    const nobody = await of(HAS("represents"), 3);
    // Mia's are of twelve patients, but of one person.
    assert.deepEqual(await of(HAS("patientRecord"), 3 + 12), nobody);
    assert.deepEqual(await of(RELATIVE, 3 + 1), nobody);
    assert.equal(at(nobody, "allowToDeny"), null);
    assert.deepEqual([at(nobody, "groups"), at(nobody, "byClient"), at(nobody, "same")], [[], [], null]);
    const day = { from: "2026-01-01T00:00:00Z", clientId: "ehr" };
    assert.deepEqual(await seen(RELATIVE, day), await seen(HAS("represents"), day));
  });

  test("but of what is so of many a reviewer sees numbers and groups, without a list from which others could be subtracted", async () => {
    const answer = await seen("subject.id in subject.attributes.colleagues");
    assert.deepEqual([at(answer, "allowToDeny"), at(answer, "denyToAllow"), at(answer, "same")], [150, null, null]);
    assert.deepEqual((at(answer, "groups") as unknown[]).length, 1);
    assert.equal(at(answer, "groups", 0, "decisions"), 150);
    assert.deepEqual([at(answer, "byRole"), at(answer, "countsComplete")], [[], false]);
  });

  test("with a fact of a colleague that the attacker wrote into the directory, as a fact meets no identity", async () => {
    const of = await openHouse();
    const put = (properties: object) =>
      of.data(PUT, { entities: [...NURSES, "mia", "omar"].map((id) => ({ type: "user", id, properties })) });
    await put({ unit: "ward-3", status: "p-303", organization: "p-303", relatives: ["p-303"] });
    const input = {
      ...{ clientId: "ehr", scopes: ["view_labs"], action: "read", purposeOfUse: "TREAT", subject: { id: "omar" } },
      resource: { type: "Observation", id: "obs-9", patient: "p-303", organization: "north" },
    };
    await of.data("query ($input: AuthorizeInput!) { authorize(input: $input) { outcome } }", { input });
    for (const when of [
      "has(subject.attributes.status) && resource.patient == subject.attributes.status",
      "has(subject.organization) && resource.patient == subject.organization",
    ])
      for (const door of [REPLAY, START])
        await of.error("FORBIDDEN", door, { input: { operations: [denyWhen(when)] } }, reviewer);
    // Neither does an identity of a patient who was looked at come out.
    assert.deepEqual(await seen(RELATIVE, {}, of), await seen(HAS("represents"), {}, of));
  });

  test("by the report of a proposal, or by whether its approval asks for a reason", async () => {
    const PROPOSE = `mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) { id digest replay {
      few read same allowToDeny groups { decisions } byClient { key } } } }`;
    const APPROVE = `mutation ($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "read") { state } }`;
    const made = [];
    for (const when of [RELATIVE, HAS("represents")]) {
      const input = { title: "a probe", reason: "a reason", change: { operations: [denyWhen(when)] } };
      const { digest, id, ...shown } = at(await world.data(PROPOSE, { input }, rita), "proposePolicy") as Record<
        string,
        string
      >;
      made.push(shown);
      const { message } = await world.error("BAD_USER_INPUT", APPROVE, { id, digest }, ruth);
      assert.match(message, /flipsReason/);
    }
    assert.deepEqual(made[0], made[1]);
    const few = [
      { putRole: { name: "spy" } },
      { putRule: { ...RULE, id: "spy", role: "spy", effect: "DENY", when: RELATIVE } },
    ];
    const input = { title: "a probe", reason: "a reason", change: { operations: few } };
    assert.equal(at(await world.data(PROPOSE, { input }, rita), "proposePolicy", "replay"), null);
  });
});
