import assert from "node:assert/strict";
import { test } from "node:test";
import { createPolicyAdmin, type PolicyAdmin } from "../../../src/domain/policy/admin.ts";
import type { PolicyOperation } from "../../../src/domain/policy/operations.ts";
import { apply, callerOf, NOW, openWorld, type World } from "../../graphql/world.ts";
import { facts, subjectOf } from "../../support/proposals.ts";

const who = (id: string) => ({ ...callerOf(`key:${id}`, "admin"), subject: subjectOf(id) });
const [ada, ben] = [who("ada"), who("ben")];
const LABS = { scope: "labs", action: "read", resourceType: "Observation", effect: "ALLOW" as const };

async function approved({ domain }: World, ...operations: readonly PolicyOperation[]): Promise<string> {
  const { id, digest } = await domain.proposals.propose(ada, { title: "t", change: { operations }, reason: "r" });
  await domain.proposals.approve(ben, { id, digest, reason: "read", flipsReason: "nobody is known to the directory" });
  return id;
}

test("a role in an organization that is new is applied as it was approved, also once others name it", async () => {
  const world = await openWorld();
  await apply(world, [{ putRole: { name: "nurse" } }, { putOrganization: { id: "ward", settings: {} } }]);
  const held = (subjectId: string) => ({ assignRole: { subjectId, role: "nurse", organization: "icu" } });
  const [first, second] = [await approved(world, held("nina")), await approved(world, held("omar"))];
  const { findings } = await world.domain.proposals.apply(ada, { id: first, dryRun: false });
  assert.deepEqual(findings.map(({ code }) => code).sort(), ["ORGANIZATION_UNKNOWN", "WIDENS_ALLOW"]);
  assert.equal((await world.domain.proposals.find(second))?.state, "APPROVED");
  await world.domain.proposals.apply(ada, { id: second, dryRun: false });
});

test("what ends an obligation is the same to a service that has just started", async () => {
  const world = await openWorld();
  await apply(world, [
    { putRole: { name: "nurse" } },
    { putScope: { name: "labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
    { assignRole: { subjectId: "omar", role: "nurse", organization: "*" } },
    { putRule: { id: "masked", role: "nurse", ...LABS, obligations: [{ type: "mask" }] } },
  ]);
  for (const id of ["a", "c", "b"])
    await apply(world, [{ putRule: { id, role: "nurse", ...LABS, when: `resource.type == "${id}"` } }]);
  const change = { operations: [{ deleteRule: { id: "masked" } }] };
  const found = async (policy: Pick<PolicyAdmin, "trial">) => {
    const tried = await policy.trial(change);
    return tried.ok && tried.findings;
  };
  const started = createPolicyAdmin({ store: world.storage.policy, facts, clock: () => NOW });
  await started.refresh();
  assert.deepEqual(await found(started), await found(world.domain.policy));
});
