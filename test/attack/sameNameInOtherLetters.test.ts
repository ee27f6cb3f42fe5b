import { before, describe, test } from "node:test";
import { callerOf, openWorld, type World } from "../graphql/world.ts";
import { proposeRole } from "../support/proposeRole.ts";

const as = (key: string, type: string | null, id: string) => ({
  ...callerOf(`key:${key}`, "admin", "reviewer"),
  subject: { type, id, issuer: null },
});

describe("somebody has a second key in other letters, or as another type of person", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });

  test("they do not approve what they proposed", async () => {
    const { approve } = await proposeRole(world, as("one", "user", "adm1"));
    for (const [type, id] of [
      ["user", "ADM1"],
      ["employee", "adm1"],
      ["Practitioner", "Adm1"],
      [null, "aDM1"],
    ] as const)
      await approve.error("FORBIDDEN", as("other", type, id));
    await approve.data(as("other", "user", "adm2"));
  });
});
