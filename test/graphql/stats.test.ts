import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { apply, at, callerOf, NOW, openWorld, type World } from "./world.ts";

const DAY = 86_400_000;
const iso = (time: number): string => new Date(time).toISOString();
const REVIEWER = callerOf("key:reviewer", "reviewer");
const [GATEWAY, OTHER] = [callerOf("key:gateway", "service"), callerOf("key:other", "service")];
const STATS = `query ($from: DateTime!, $to: DateTime, $by: [StatsDimension!], $filter: DecisionFilter) { stats(measure: DECISIONS, from: $from, to: $to, by: $by, filter: $filter) {
  from to total complete rows { key count allowed denied previous } } }`;
const DECISIONS =
  "query ($filter: DecisionFilter) { decisions(filter: $filter) { edges { node { organization: request } } } }";
let world: World;

before(async () => {
  world = await openWorld();
  world.clock.now = NOW - 3 * DAY;
  await apply(world, [
    { putClient: { id: "portal", name: "Portal" } },
    { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
    { activateScope: { name: "view_labs" } },
    { grantScope: { clientId: "portal", scope: "view_labs" } },
    {
      putRule: {
        id: "all",
        effect: "ALLOW",
        justification: "This policy is for a test.",
        role: "*",
        scope: "view_labs",
        action: "*",
        resourceType: "*",
      },
    },
  ]);
  for (const [days, clientId, caller, organization] of [
    [2, "portal", GATEWAY, "north"],
    [1, "portal", GATEWAY, "north"],
    [1, "portal", OTHER, "south"],
    [1, "stranger", OTHER, "south"],
  ] as const) {
    world.clock.now = NOW - days * DAY;
    const resource = { type: "Observation", organization };
    const context = { ipAddress: organization === "north" ? "10.0.0.1" : "10.0.0.2" };
    await world.data(
      "query ($input: AuthorizeInput!) { authorize(input: $input) { outcome } }",
      { input: { clientId, scopes: ["view_labs"], action: "read", resource, context } },
      caller,
    );
  }
  // Figures wait for nothing.
  await world.storage.journalSpan();
  world.clock.now = NOW;
});

describe("stats of decisions", () => {
  const window = { from: iso(NOW - DAY - (NOW % 3_600_000)), to: iso(NOW + 3_600_000) };

  test("counts accesses by two of what they say, beside the window before", async () => {
    const input = { ...window, by: ["CLIENT", "REASON"] };
    const stats = at(await world.data(STATS, input, REVIEWER), "stats");
    assert.deepEqual(at(stats, "rows"), [
      { key: ["portal", "ALLOWED_BY_RULE"], count: 2, allowed: 2, denied: 0, previous: 1 },
      { key: ["stranger", "UNKNOWN_CLIENT"], count: 1, allowed: 0, denied: 1, previous: 0 },
    ]);
    assert.deepEqual([at(stats, "total"), at(stats, "complete")], [3, true]);
  });

  test("names the member that is not counted, and whatever else is wrong", async () => {
    const input = { from: window.to, to: window.from, by: ["CLIENT", "CLIENT"], filter: { patient: "ada" } };
    const error = await world.error("BAD_USER_INPUT", STATS, input, REVIEWER);
    const text = JSON.stringify(error);
    for (const path of ["by", "filter.patient", "to"]) assert.ok(text.includes(path), path);
  });

  test("is nothing for services and portals", async () => {
    for (const role of ["service", "consent"] as const)
      await world.error("FORBIDDEN", STATS, window, callerOf("key:x", role));
  });
});

test("decisions are found by organization, address, network, rule and caller; a service finds none of another's", async () => {
  const auditor = callerOf("key:auditor", "auditor");
  const found = async (filter: object, caller = auditor) =>
    (at(await world.data(DECISIONS, { filter }, caller), "decisions", "edges") as readonly unknown[]).length;
  assert.equal(await found({ organization: "south" }), 2);
  assert.equal(await found({ ipAddress: "10.0.0.1" }), 2);
  assert.equal(await found({ network: "10.0.0.0/31" }), 2);
  assert.equal(await found({ network: "10.0.0.0/8", organization: "south" }), 2);
  assert.equal(await found({ network: "2001:db8::/32" }), 0);
  for (const network of ["10.0.0.1", "10.0.0.1/8", "10.0.0.0/33", ""]) {
    const error = await world.error("BAD_USER_INPUT", DECISIONS, { filter: { network } }, auditor);
    assert.match(JSON.stringify(error), /filter\.network.*192\.0\.2\.0\/24/, network);
  }
  assert.equal(await found({ ruleId: "all" }), 3);
  assert.equal(await found({ callerId: "key:other" }), 2);
  assert.equal(await found({ callerId: "key:other" }, OTHER), 2);
  assert.equal(await found({ callerId: "key:other" }, GATEWAY), 0);
  assert.equal(await found({}, GATEWAY), 2);
});
