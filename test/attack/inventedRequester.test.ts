import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Identity } from "../../src/domain/callers/types.ts";
import { apply, openWorld, type World } from "../graphql/world.ts";
import { bearerOf } from "../support/keyCallers.ts";

/*
 * A key that only asks for decisions needs no proposal under four eyes, and asks for access for others. An admin makes one that says to be
 * somebody else's, asks with it for access, and approves what they asked.
 */

const user = (id: string) => ({ type: "user", id });

describe("an admin asks for access in an invented name", () => {
  let world: World;
  const made = (by: string, id: string, role: "admin" | "service"): Promise<Identity> =>
    bearerOf(world.storage, { by, subject: user(id), roles: [role], fourEyes: true });
  const ask = (caller: Identity, id: string) =>
    world.domain.accessRequests.request(caller, {
      ...{ subject: { id }, role: "provider", organization: "ward", minutes: 60, reason: "a shift" },
    });
  const approve = (caller: Identity, id: string) =>
    world.domain.accessRequests.decide(caller, { id, approve: true, reason: "read" });
  before(async () => {
    world = await openWorld();
    await apply(world, [
      { putRole: { name: "provider" } },
      { putOrganization: { id: "*", settings: { accessRequestMaxMinutes: 60 } } },
    ]);
  });

  test("whoever made the key does not approve what it asks for; somebody else does", async () => {
    const [ada, ben] = [
      await made("machine:root@host", "ada", "admin"),
      await made("machine:root@host", "ben", "admin"),
    ];
    const { id } = await ask(await made(ada.id, "invented", "service"), "mallory");
    await assert.rejects(approve(ada, id), { code: "FORBIDDEN", message: /a program's key stands for who made it/ });
    assert.equal((await approve(ben, id)).state, "APPROVED");
  });

  test("what the machine made stands for its person alone", async () => {
    const ada = await made("machine:root@host", "ada", "admin");
    const { id } = await ask(await made("machine:root@host", "gateway", "service"), "nina");
    assert.equal((await approve(ada, id)).state, "APPROVED");
  });

  test("a client does not approve a scope for itself", async () => {
    await apply(world, [
      { putClient: { id: "app", name: "App" } },
      { putScope: { name: "labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
      { activateScope: { name: "labs" } },
    ]);
    const own = await bearerOf(world.storage, {
      ...{ by: "machine:root@host", subject: { type: "client", id: "APP" }, roles: ["reviewer"], fourEyes: true },
    });
    const ada = await made("machine:root@host", "ada", "admin");
    const { id } = await world.domain.accessRequests.request(ada, {
      ...{ clientId: "app", scope: "labs", minutes: 60, reason: "a test" },
    });
    await assert.rejects(approve(own, id), { code: "FORBIDDEN" });
  });
});
