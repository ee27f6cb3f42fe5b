import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { readActs } from "../../src/storage/journal/acts.ts";
import { eventually } from "../support/eventually.ts";
import { untilFollowed } from "../support/untilFollowed.ts";
import { apply, at, callerOf, NOW, openWorld, pathsOf, type World } from "./world.ts";

const DAY = 86_400_000;
const [ADMIN, REVIEWER, AUDITOR] = (["admin", "reviewer", "auditor"] as const).map((role) =>
  callerOf(`jwt:test#${role}`, role),
);
const JOB = `id kind by { callerId } state progress read detector from to at startedAt endedAt reason
  backtest { detector from to decisions complete findings alerts threshold { alertAt } samples { patients sentence } }`;
const START = `mutation ($input: BacktestInput!) { startBacktest(input: $input) { ${JOB} } }`;
const FIND = `query ($id: ID!) { job(id: $id) { ${JOB} } }`;
const CANCEL = `mutation ($id: ID!) { cancelJob(id: $id) { ${JOB} } }`;
const iso = (time: number) => new Date(time).toISOString();
const INPUT = { detector: "DENIAL_BURST", from: iso(NOW - 2 * DAY), to: iso(NOW), alertsPerWeek: 1 };
let world: World;

before(async () => {
  world = await openWorld();
  await apply(world, [{ putClient: { id: "portal", name: "Portal" } }]);
  for (let n = 0; n < 12; n++) {
    world.clock.now = NOW - DAY + n * 60_000;
    const resource = { type: "Observation", patient: `patient-${n}` };
    await world.data(
      "query ($input: AuthorizeInput!) { authorize(input: $input) { outcome } }",
      { input: { clientId: "portal", subject: { id: "rose" }, action: "read", resource } },
      callerOf("key:gateway", "service"),
    );
  }
  world.clock.now = NOW;
  await untilFollowed(world.url);
});

const idOf = async (by = REVIEWER): Promise<string> =>
  String(at(await world.data(START, { input: INPUT }, by), "startBacktest", "id"));
const jobOf = async (id: string, by = REVIEWER) => at(await world.data(FIND, { id }, by), "job");
async function ended(id: string, by = REVIEWER) {
  await eventually("the back-test has ended", async () => at(await jobOf(id, by), "endedAt") !== null);
  return jobOf(id, by);
}
async function audits(): Promise<readonly Record<string, unknown>[]> {
  const dialect = dialectOf(world.url);
  const { close, run } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
  try {
    const acts = await readActs({ run, dialect }, { after: 0, first: 1_000, kinds: ["AUDIT"] });
    return acts.map(({ record }) => record as unknown as Record<string, unknown>);
  } finally {
    await close();
  }
}

describe("a back-test that is made apart", () => {
  test("is asked for, looked at and read, by a reviewer without anybody, and is on record", async () => {
    const begun = at(await world.data(START, { input: INPUT }, REVIEWER), "startBacktest");
    assert.deepEqual(
      ["state", "progress", "detector", "from", "to", "backtest"].map((name) => at(begun, name)),
      // A reviewer asks of whole days, until now.
      ["QUEUED", 0, "DENIAL_BURST", `${INPUT.from.slice(0, 10)}T00:00:00.000Z`, "2026-11-24T12:00:00.001Z", null],
    );
    assert.equal(at(begun, "by", "callerId"), "jwt:test#reviewer");
    const id = String(at(begun, "id"));
    const job = await ended(id);
    assert.deepEqual(
      [at(job, "state"), at(job, "reason"), at(job, "progress"), at(job, "read"), at(job, "backtest", "decisions")],
      ["DONE", null, 1, null, 10],
    );
    assert.equal(at(await jobOf(id, AUDITOR), "read"), 12);
    assert.equal(at(await jobOf(id, AUDITOR), "backtest", "decisions"), 12);
    assert.ok(!JSON.stringify(job).includes("patient-"), JSON.stringify(job));
    const before = (await audits()).length;
    assert.ok(JSON.stringify(await jobOf(id, AUDITOR)).includes("patient-"));
    const acts = await audits();
    assert.deepEqual(
      acts.slice(before).map(({ callerId, field }) => [callerId, field]),
      [["jwt:test#auditor", "job"]],
    );
    assert.deepEqual(at(await jobOf(id, ADMIN), "backtest", "samples"), []);
    const same = at(
      await world.data(
        "query ($input: BacktestInput!) { backtest(input: $input) { detector from to decisions complete findings alerts threshold { alertAt } samples { patients sentence } } }",
        { input: INPUT },
        REVIEWER,
      ),
      "backtest",
    );
    assert.deepEqual(at(job, "backtest"), same);
  });

  test("is cancelled by who asked for it and by an admin, and by no other", async () => {
    const id = await idOf();
    await world.error("FORBIDDEN", CANCEL, { id }, AUDITOR);
    const state = at(await world.data(CANCEL, { id }, ADMIN), "cancelJob", "state");
    assert.ok(["CANCELLED", "DONE"].includes(String(state)), String(state));
    await world.error("NOT_FOUND", CANCEL, { id: "none" }, REVIEWER);
    assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", CANCEL, { id: "" }, REVIEWER)), ["id"]);
    assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", FIND, { id: "" }, REVIEWER)), ["id"]);
    assert.equal(await jobOf("none"), null);
  });

  test("what is wrong is refused at once, with every problem, and nothing is begun; a service asks for none", async () => {
    const before = (await audits()).length;
    const wrong = { ...INPUT, to: INPUT.from, samples: 101, parameters: { other: 1 } };
    assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", START, { input: wrong }, REVIEWER)), [
      "input.parameters.other",
      "input.to",
      "input.samples",
    ]);
    assert.equal((await audits()).length, before);
    const service = callerOf("key:s", "service");
    for (const [query, variables] of [
      [START, { input: INPUT }],
      [FIND, { id: "x" }],
      [CANCEL, { id: "x" }],
    ] as const)
      await world.error("FORBIDDEN", query, variables, service);
  });
});
