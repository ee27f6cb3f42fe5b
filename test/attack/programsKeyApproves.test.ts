import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { CallerRole, Identity } from "../../src/domain/callers/types.ts";
import { at, openWorld, type World } from "../graphql/world.ts";
import { bearerOf } from "../support/keyCallers.ts";
import { proposeRole } from "../support/proposeRole.ts";

const bot = (id: string) => ({ type: "service", id });
const ada = { type: "user", id: "ada" };

describe("an admin makes a key for a program, and approves with it what the admin proposed", () => {
  let world: World;
  const madeBy = (by: string, subject: { type: string; id: string }, ...roles: CallerRole[]): Promise<Identity> =>
    bearerOf(world.storage, { by, subject, roles });
  before(async () => {
    world = await openWorld();
  });

  test("neither the program's key nor one that this key made is somebody else", async () => {
    const author = await madeBy("key:admin", ada, "admin");
    const own = await madeBy(author.id, bot("deployer"), "admin", "reviewer");
    const ownsOwn = await madeBy(own.id, bot("checker"), "reviewer");
    for (const approver of [own, ownsOwn]) {
      const { approve } = await proposeRole(world, author);
      const { message } = await approve.error("FORBIDDEN", approver);
      assert.match(
        message,
        /^A proposal is approved by somebody else than its author; a program's key stands for who made it/,
      );
    }
    // Nor the other way round.
    const { approve } = await proposeRole(world, ownsOwn);
    await approve.error("FORBIDDEN", author);
    await approve.error("FORBIDDEN", own);
  });

  test("who did not make it approves, and so does a program of whom nobody is the maker", async () => {
    const author = await madeBy("key:admin", ada, "admin");
    const own = await madeBy(author.id, bot("deployer"), "admin", "reviewer");
    const ben = await madeBy(author.id, { type: "user", id: "ben" }, "reviewer");
    const ofMachine = await madeBy("machine:root@host", bot("robot"), "reviewer");
    for (const approver of [ben, ofMachine]) {
      const { approve } = await proposeRole(world, own);
      assert.equal(at(await approve.data(approver), "approveProposal", "state"), "APPROVED");
    }
  });
});
