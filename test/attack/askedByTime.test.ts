// Whoever knows when a patient was seen learns by a moment what was read of them then: a question about past decisions has none.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { at, type World } from "../graphql/world.ts";
import { admin, auditor, denyWhen, openWard, REPLAY, RULE, reviewer, START } from "./world.ts";

const NINA = { type: "user", id: "nina", properties: { name: "Nina", unit: "ward-3" } };
const PUT = 'mutation ($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "r") { count } }';
const OUTCOME = "query ($id: ID!) { proposalOutcome(id: $id) { since until few deniedSince } }";

describe("an attacker asks what was decided at a moment", () => {
  let world: World;
  before(async () => {
    world = await openWard();
    await world.data(PUT, { entities: [NINA] });
    // All that was decided lies behind.
    world.clock.now += 5 * 86_400_000;
  });
  /** At both doors, and as a proposal, whose report has no figures for them then. */
  async function refused(operations: readonly object[]): Promise<void> {
    for (const door of [REPLAY, START])
      for (const caller of [reviewer, admin]) {
        const { message } = await world.error("FORBIDDEN", door, { input: { operations } }, caller);
        assert.match(message, /or a time of the day needs the role auditor/);
      }
    await world.data(REPLAY, { input: { operations } }, auditor);
    const input = { title: "t", reason: "r", change: { operations } };
    const propose =
      "mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) { reportedAt replay { read } } }";
    const proposed = at(await world.data(propose, { input }, reviewer), "proposePolicy");
    assert.equal(at(proposed, "replay"), null);
    assert.notEqual(at(proposed, "reportedAt"), null);
  }
  const asked = async (operations: readonly object[]) =>
    at(await world.data(REPLAY, { input: { operations } }, reviewer), "replay", "allowToDeny");

  test("by a condition on the time", async () => {
    await refused([denyWhen('now > timestamp("2026-11-24T11:59:00Z") && now < timestamp("2026-11-24T12:01:00Z")')]);
    await refused([denyWhen("now.getMinutes() == 0")]);
    await refused([denyWhen('now.getDayOfMonth("+12:01") == 25')]);
    assert.equal(await asked([denyWhen('now < timestamp("2026-11-24T00:00:00Z")')]), 0);
    assert.equal(await asked([denyWhen("now.getHours() < 8 || now.getDayOfWeek() == 0")]), 0);
  });

  test("by when data is of, in a condition or a scope", async () => {
    await refused([denyWhen('resource.attributes.date == "2026-11-24T12:00:00Z"')]);
    const scoped = (date: string) => [
      { putRule: { id: "probe", ...RULE, scope: `user/Observation.r?date=${date}`, effect: "DENY" } },
    ];
    await refused(scoped("2026-11-24T12:00:00Z"));
    for (const date of ["2026-11-24", "ge2026-11"])
      assert.equal(
        typeof at(await world.data(REPLAY, { input: { operations: scoped(date) } }, reviewer), "replay"),
        "object",
      );
  });

  test("by the device that asked", async () => {
    await refused([denyWhen('context.userAgent == "Phone 7"')]);
  });

  test("by when a role or a grant begins", async () => {
    const role = (validFrom: string | null) => [
      { putRole: { name: "probed" } },
      { putRule: { id: "probe", ...RULE, role: "probed", effect: "DENY" } },
      {
        assignRole: {
          subjectId: "nina",
          role: "probed",
          organization: "north",
          ...(validFrom !== null && { validFrom }),
        },
      },
    ];
    await refused(role("2026-11-24T12:00:01Z"));
    for (const whole of [null, "2026-11-25T00:00:00Z"])
      assert.equal(await asked(role(whole)), whole === null ? null : 0, String(whole));
    // What is to come was no past decision's.
    assert.equal(await asked(role(new Date(world.clock.now + 3_600_001).toISOString())), 0);
  });

  test("by when a proposal was applied: its outcome is of the whole day", async () => {
    const operations = [{ deleteRule: { id: "nurse-labs" } }];
    const input = { title: "t", reason: "r", change: { operations } };
    const propose = "mutation ($input: ProposePolicyInput!) { proposePolicy(input: $input) { id digest } }";
    const named = (id: string) => ({ ...admin, id: `key:${id}`, subject: { id, type: "user", issuer: null } });
    const [one, other] = [named("ann"), named("bea")];
    const proposed = at(await world.data(propose, { input }, one), "proposePolicy");
    const [id, digest] = [String(at(proposed, "id")), String(at(proposed, "digest"))];
    const approve =
      'mutation ($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "r") { state } }';
    await world.data(approve, { id, digest }, other);
    await world.data("mutation ($id: ID!) { applyProposal(id: $id) { revision } }", { id }, one);
    world.clock.now += 60_000;
    const since = async (caller: typeof admin) =>
      at(await world.data(OUTCOME, { id }, caller), "proposalOutcome", "since");
    assert.equal(await since(reviewer), "2026-11-29T00:00:00.000Z");
    assert.equal(await since(auditor), "2026-11-29T12:00:00.000Z");
  });
});
