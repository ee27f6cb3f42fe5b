import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Identity } from "../../src/domain/callers/types.ts";
import { at, callerOf, openWorld, type World } from "../graphql/world.ts";
import { bearerOf } from "../support/keyCallers.ts";

const CREATE =
  'mutation ($input: CreateApiKeyInput!, $proposal: ID) { createApiKey(input: $input, reason: "r", proposal: $proposal) { apiKey { id } } }';
const PROPOSE = "mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) { id digest } }";
const APPROVE =
  'mutation ($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "read") { state } }';

describe("under four eyes an admin makes the second pair of eyes alone", () => {
  let world: World;
  const caller = (id: string, role: "admin" | "reviewer" | "auditor"): Promise<Identity> =>
    bearerOf(world.storage, { by: "machine:root@host", subject: { type: "user", id }, roles: [role], fourEyes: true });
  const key = (role: string, more: object = {}) => ({
    input: { name: role, roles: [role], subject: { id: "invented" }, ...more },
  });
  before(async () => {
    world = await openWorld({ fourEyes: true });
  });

  test("every key but a plain service's is proposed, and none is made without", async () => {
    const [ada, otto] = [await caller("ada", "admin"), await caller("otto", "auditor")];
    for (const role of ["ADMIN", "REVIEWER", "CONSENT"])
      await world.error("FOUR_EYES_REQUIRED", CREATE, key(role), ada);
    await world.error("FOUR_EYES_REQUIRED", CREATE, key("SERVICE", { roles: ["SERVICE", "CONSENT"] }), ada);
    const assertRoles = [{ role: "nurse", organization: "ward" }];
    await world.error("FOUR_EYES_REQUIRED", CREATE, key("SERVICE", { assertRoles }), ada);
    await world.error("FOUR_EYES_REQUIRED", CREATE, key("AUDITOR"), otto);
    await world.data(CREATE, key("SERVICE"), ada);
  });

  test("a program's key that may approve is made by a person, for whom it stands: not by the first key, nor by a program's token", async () => {
    const [ada, ben] = [await caller("ada", "admin"), await caller("ben", "admin")];
    const { input } = key("REVIEWER", { subject: { type: "service", id: "checker" } });
    const proposed = await world.data(
      PROPOSE,
      { input: { title: "A program", change: { apiKey: input }, reason: "r" } },
      ada,
    );
    const { id, digest } = at(proposed, "proposePolicy") as { readonly id: string; readonly digest: string };
    await world.data(APPROVE, { id, digest }, ben);
    const token = { ...ada, id: "jwt:https://id.example#ci", kind: "TOKEN", withoutPerson: true } as const;
    for (const nobody of [callerOf("key:admin", "admin"), token])
      await world.error("FORBIDDEN", CREATE, { input, proposal: id }, nobody);
    const made = await world.data(CREATE, { input, proposal: id }, ada);
    assert.ok(at(made, "createApiKey", "apiKey", "id"));
  });

  test("an auditor's key is proposed by an admin, approved by another, and made by an auditor", async () => {
    const [ada, rita] = [await caller("ada", "admin"), await caller("rita", "reviewer")];
    const otto = await caller("otto", "auditor");
    const { input } = key("AUDITOR");
    const proposed = await world.data(
      PROPOSE,
      { input: { title: "An auditor", change: { apiKey: input }, reason: "r" } },
      ada,
    );
    const { id, digest } = at(proposed, "proposePolicy") as { readonly id: string; readonly digest: string };
    await world.error("FORBIDDEN", APPROVE, { id, digest }, ada);
    await world.data(APPROVE, { id, digest }, rita);
    await world.error("FORBIDDEN", CREATE, { input, proposal: id }, ada);
    const made = await world.data(CREATE, { input, proposal: id }, otto);
    assert.ok(at(made, "createApiKey", "apiKey", "id"));
  });
});
