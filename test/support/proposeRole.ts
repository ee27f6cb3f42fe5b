import type { Identity } from "../../src/domain/callers/types.ts";
import { at, type World } from "../graphql/world.ts";

const PROPOSE = "mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) { id digest } }";
const APPROVE =
  'mutation ($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "read") { state } }';

let roles = 0;

/** Proposes a new role, and answers with how somebody approves it. */
export async function proposeRole(world: World, author: Identity) {
  const operations = [{ putRole: { name: `role-${++roles}` } }];
  const proposed = await world.data(
    PROPOSE,
    { input: { title: "A role", change: { operations }, reason: "needed" } },
    author,
  );
  const about = { id: at(proposed, "proposePolicy", "id"), digest: at(proposed, "proposePolicy", "digest") };
  return {
    id: String(about.id),
    approve: {
      data: (as: Identity) => world.data(APPROVE, about, as),
      error: (code: string, as: Identity) => world.error(code, APPROVE, about, as),
    },
  };
}
