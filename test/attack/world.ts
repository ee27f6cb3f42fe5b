import assert from "node:assert/strict";
import { DEFAULT_PROPOSAL_RULES } from "../../src/domain/simulation/proposals/review.ts";
import { apply, at, callerOf, openWorld, type World } from "../graphql/world.ts";

/** Who asks for past decisions: only the auditor sees the record as it is. */
export const reviewer = callerOf("key:reviewer", "reviewer");
export const admin = callerOf("key:admin", "admin");
export const auditor = callerOf("key:auditor", "auditor");

/** An approval says why so many decisions flip. */
export const WITH_REPLAYS = { proposalRules: { ...DEFAULT_PROPOSAL_RULES, replayRequired: true } };

const READ = {
  clientId: "ehr",
  scopes: ["view_labs"],
  action: "read",
  purposeOfUse: "TREAT",
};

/** A ward in which omar looked at p-303 twice and nina once at somebody else: who looked at p-303 is what an attacker wants to know. */
export async function openWard(more: Parameters<typeof openWorld>[0] = {}): Promise<World> {
  const world = await openWorld(more);
  await apply(world, [
    { putClient: { id: "ehr", name: "The EHR" } },
    { putRole: { name: "nurse" } },
    { putRole: { name: "visitor" } },
    ...["nina", "omar"].map((subjectId) => ({ assignRole: { subjectId, role: "nurse", organization: "north" } })),
    { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
    { activateScope: { name: "view_labs" } },
    { grantScope: { clientId: "ehr", scope: "view_labs" } },
    { putRule: { id: "nurse-labs", ...RULE, effect: "ALLOW" } },
  ]);
  const inputs = [
    ["omar", "p-303"],
    ["omar", "p-303"],
    ["nina", "p-101"],
  ].map(([id, patient], i) => ({
    ...READ,
    subject: { id },
    resource: { type: "Observation", id: `obs-${i}`, patient, organization: "north" },
    context: { ipAddress: "10.1.2.3" },
  }));
  const data = await world.data("query ($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome } }", {
    inputs,
  });
  assert.deepEqual(at(data, "authorizeBatch"), [{ outcome: "ALLOW" }, { outcome: "ALLOW" }, { outcome: "ALLOW" }]);
  return world;
}

/** A rule over what the ward does, without its id, effect and condition. */
export const RULE = {
  role: "nurse",
  scope: "view_labs",
  action: "read",
  resourceType: "Observation",
};
export const denyWhen = (when: string) => ({ putRule: { id: "probe", ...RULE, effect: "DENY" as const, when } });

export const REPLAY = `query ($input: ReplayInput!) { replay(input: $input) {
  read allowToDeny denyToAllow groups { samples } samples { decision { id } } } }`;
export const START = "mutation ($input: ReplayInput!) { startReplay(input: $input) { id } }";
