// What is answered to a change that is made or proposed tells who guesses nothing of a patient: neither that the guess was right, nor wrong.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { at, openWorld, type World } from "../graphql/world.ts";
import { admin, auditor, reviewer } from "./world.ts";

const PUT = 'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "r") { count revision } }';
const DELETE =
  'mutation ($entities: [EntityRef!]!) { deleteEntities(entities: $entities, reason: "r") { count revision } }';
const VERSION = '{ entity(type: "Location", id: "ward-7") { version } }';
const TRUE = { type: "Patient", id: "ada", properties: { vip: true } };
const WRONG = { type: "Patient", id: "ben", properties: { vip: true } };
const ACCOUNTS = [{ issuer: "https://idp.example", id: "ada@portal" }];

describe("an attacker guesses what the directory knows of a patient", () => {
  let world: World;
  let room = 0;
  before(async () => {
    world = await openWorld();
    const ben = { ...WRONG, properties: { vip: false } };
    const account = { type: "user", id: "u-ada", properties: { patientRecord: "ada", accounts: ACCOUNTS } };
    await world.data(PUT, { entities: [TRUE, ben, account] });
  });
  /** By how many revisions the directory moves, as the version of an entry that is nobody's tells who puts it before and after. */
  async function revisionsOf(change: () => Promise<unknown>): Promise<number> {
    const mark = async () => {
      const entities = [{ type: "Location", id: "ward-7", properties: { room: room++ } }];
      await world.data(PUT, { entities }, admin);
      return Number(at(await world.data(VERSION, {}, admin), "entity", "version"));
    };
    const first = await mark();
    await change();
    return (await mark()) - first;
  }

  test("by how many entities a load changed, and by whether it was a revision", async () => {
    const told: unknown[] = [];
    for (const guess of [TRUE, WRONG]) {
      let count: unknown;
      const revisions = await revisionsOf(async () => {
        count = at(await world.data(PUT, { entities: [guess] }, admin), "putEntities", "count");
      });
      told.push({ count, revisions });
    }
    assert.deepEqual(told, [
      { count: 1, revisions: 2 },
      { count: 1, revisions: 2 },
    ]);
    const nothing = await world.data(PUT, { entities: [TRUE] }, auditorAndAdmin);
    assert.equal(at(nothing, "putEntities", "count"), 0, "an auditor is told");
  });

  test("by whether there was anything to delete", async () => {
    await world.data(PUT, { entities: [{ type: "Patient", id: "cy", properties: null }] });
    for (const id of ["cy", "nobody"]) {
      const revisions = await revisionsOf(async () => {
        const answer = await world.data(DELETE, { entities: [{ type: "Patient", id }] }, admin);
        assert.equal(at(answer, "deleteEntities", "count"), 1, id);
      });
      assert.equal(revisions, 2, id);
    }
  });

  test("by whose an account is", async () => {
    const entities = [{ type: "user", id: "probe", properties: { accounts: ACCOUNTS } }];
    const { message } = await world.error("BAD_USER_INPUT", PUT, { entities }, admin);
    assert.match(message, /which is another entity's: an account is one person's/);
    assert.doesNotMatch(message, /u-ada/);
    assert.match((await world.error("BAD_USER_INPUT", PUT, { entities }, auditorAndAdmin)).message, /user\/u-ada/);
  });

  test("by the digest of a proposal, which is another for the same change of the same entries", async () => {
    const propose =
      "mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) { id digest viewerMay { action allowed } } }";
    const input = { title: "t", reason: "r", change: { directory: { putEntities: [TRUE] } } };
    const proposed = async () => at(await world.data(propose, { input }, reviewer), "proposePolicy");
    const [one, other] = [await proposed(), await proposed()];
    assert.notEqual(at(one, "digest"), at(other, "digest"));
    // It stays what it is: what was read can be approved and applied.
    const read = `{ proposal(id: "${String(at(one, "id"))}") { digest state } }`;
    assert.deepEqual(at(await world.data(read, {}, auditor), "proposal"), { digest: at(one, "digest"), state: "OPEN" });
  });
});

const auditorAndAdmin = { ...admin, id: "key:both", roles: new Set(["admin", "auditor"] as const) };
