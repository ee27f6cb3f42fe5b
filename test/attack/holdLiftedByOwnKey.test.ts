import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { openWorld, type World } from "../graphql/world.ts";
import { bearerOf } from "../support/keyCallers.ts";

const user = (id: string) => ({ type: "user", id });

describe("an auditor places a legal hold, and lifts it with another auditor's key that they made", () => {
  let world: World;
  before(async () => {
    world = await openWorld({ fourEyes: true });
  });

  test("who placed it lifts it with no key that they made", async () => {
    const auditor = (by: string, subject: { type: string; id: string }) =>
      bearerOf(world.storage, { by, subject, roles: ["auditor"], fourEyes: true });
    const otto = await auditor("machine:root@host", user("otto"));
    const invented = await auditor(otto.id, user("kim"));
    const kim = await auditor("machine:root@host", user("kim"));
    const { id } = await world.domain.legalHolds.place(otto, { clientId: "app", reason: "Case 17" });
    const about = { id, reason: "It is over" };
    for (const caller of [otto, invented])
      await assert.rejects(world.domain.legalHolds.lift(caller, about), { code: "FORBIDDEN" });
    assert.ok((await world.domain.legalHolds.lift(kim, about)).lifted);
  });
});
