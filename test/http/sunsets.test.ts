import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createLog } from "../../src/process/log.ts";
import { watchDue } from "../../src/process/whenDue.ts";
import { postgresRoom } from "../storage/postgresServer.ts";
import { eventually } from "../support/eventually.ts";
import { AUTHORIZE, applyPolicy, type Service, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const DAY = 86_400_000;
const SUNSET = START + 30 * DAY;
const REVISIONS = "{ policyRevisions(first: 20) { edges { node { revision author reason changes { summary } } } } }";
interface Made {
  readonly revision: number;
  readonly author: string;
  readonly reason: string;
}

async function bySunset(service: Service): Promise<readonly Made[]> {
  const { body } = await service.ask(REVISIONS);
  const made: readonly Made[] = body.data.policyRevisions.edges.map((edge: { readonly node: Made }) => edge.node);
  return made.filter(({ author }) => author === "scopewarden:sunset");
}
const stateOf = (service: Service) =>
  service.app.domain.policy.current().scopes.get("view_observations")?.[0]?.state ?? null;

async function announce(service: Service): Promise<void> {
  const deprecateScope = { name: "view_observations", sunsetAt: new Date(SUNSET).toISOString() };
  const { body } = await applyPolicy(service, [...SMALL_POLICY, { deprecateScope }]);
  assert.equal(body.errors, undefined, JSON.stringify(body));
}

/** Runs a test over a database that outlives the service. */
async function withDatabase(run: (env: Record<string, string>) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-sunset-"));
  try {
    await run({ DATABASE_URL: `sqlite:${join(folder, "sunset.db")}`, SCOPEWARDEN_SUNSET_POLL_MS: "20" });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe("a sunset", () => {
  test("happens by the clock, and is a revision like any other", () =>
    withDatabase(async (env) => {
      let now = START;
      const service = await startService(env, { clock: () => now });
      try {
        await announce(service);
        now = SUNSET - 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
        assert.deepEqual([stateOf(service), await bySunset(service)], ["DEPRECATED", []]);
        now = SUNSET;
        await eventually("the sunset", () => stateOf(service) === "RETIRED");
        const made = await bySunset(service);
        assert.deepEqual(
          made.map(({ revision, reason }) => [revision, reason]),
          [[2, "view_observations v1 has reached its sunset, 2026-01-31T00:00:00.000Z."]],
        );
        const { body } = await service.ask(AUTHORIZE, { variables: { input: SMALL_REQUEST } });
        assert.equal(body.data.authorize.outcome, "DENY");
        assert.match(JSON.stringify(body.data.authorize.reasons), /SCOPE_RETIRED.*retired on 2026-01-31/);
      } finally {
        await service.stop();
      }
    }));

  test("that came while nothing ran is caught up at the start, and only once", () =>
    withDatabase(async (env) => {
      let now = START;
      const first = await startService(env, { clock: () => now });
      await announce(first);
      await first.stop();
      now = SUNSET + 5 * DAY;
      // So long an interval that only the look at the start can have done it.
      const second = await startService({ ...env, SCOPEWARDEN_SUNSET_POLL_MS: "3600000" }, { clock: () => now });
      try {
        await eventually("the sunset", () => stateOf(second) === "RETIRED");
        const [version] = second.app.domain.policy.current().scopes.get("view_observations") ?? [];
        assert.equal(version?.retiredAt, SUNSET);
      } finally {
        await second.stop();
      }
      const third = await startService(env, { clock: () => now });
      try {
        await new Promise((resolve) => setTimeout(resolve, 100));
        assert.equal((await bySunset(third)).length, 1);
      } finally {
        await third.stop();
      }
    }));

  async function twoInstances(env: Record<string, string>): Promise<void> {
    let now = START;
    const [one, two] = [await startService(env, { clock: () => now }), await startService(env, { clock: () => now })];
    try {
      await announce(one);
      await two.app.domain.policy.refresh();
      now = SUNSET + 1;
      await eventually("the sunset", () => stateOf(one) === "RETIRED");
      await eventually("its revision", async () => (await two.app.domain.policy.refresh()).revision === 2);
      await new Promise((resolve) => setTimeout(resolve, 150));
      assert.equal((await bySunset(one)).length, 1);
      assert.equal((await two.app.domain.policy.refresh()).revision, 2);
      assert.ok(![...one.lines, ...two.lines].some((line) => line.includes("can't be retired")));
    } finally {
      await Promise.all([one.stop(), two.stop()]);
    }
  }

  test("is one revision, though two instances share a PostgreSQL database", async () => {
    const server = await postgresRoom();
    try {
      await twoInstances({ DATABASE_URL: await server.freshSchema(), SCOPEWARDEN_SUNSET_POLL_MS: "20" });
    } finally {
      await server.remove();
    }
  });

  test("that can't be noted is told to the log and tried again", async () => {
    const lines: string[] = [];
    const log = createLog({ level: "info", destination: { write: (line: string) => void lines.push(line) } });
    let looks = 0;
    const policy = {
      retireDue: async () => {
        looks++;
        if (looks < 3) throw new Error("down");
        return [];
      },
    };
    const none = async () => [];
    const others = { proposals: { expireDue: none }, reviews: { repeatDue: none, settleDue: none } };
    const sunsets = watchDue({ policy, ...others, everyMs: 5, log });
    await eventually("four looks", () => looks >= 4);
    await sunsets.stop();
    const seen = looks;
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(looks, seen);
    assert.equal(lines.filter((line) => line.includes("can't be retired")).length, 2);
  });
});
