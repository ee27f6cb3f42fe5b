import assert from "node:assert/strict";
import { test } from "node:test";
import Fastify from "fastify";
import { registerHealth } from "../../src/http/server.ts";
import type { Metrics } from "../../src/process/metrics.ts";

test("readiness says that a follower stands still, and stays ready: decisions do not need it", async () => {
  const server = Fastify();
  let checks = {
    policy: true,
    journal: true,
    followers: false,
    behind: [] as string[],
    damagedIndex: [] as string[],
    draining: false,
  };
  registerHealth(server, { checks: () => checks, metrics: {} as Metrics });
  const ask = async () => {
    const { statusCode, body } = await server.inject("/readyz");
    return [statusCode, JSON.parse(body)];
  };
  assert.deepEqual(await ask(), [
    200,
    {
      status: "ready",
      checks: { policy: "ok", journal: "ok", followers: "unavailable", index: "ok", draining: false },
    },
  ]);
  checks = { ...checks, followers: true, damagedIndex: ["The search index search_1 is damaged."] };
  assert.deepEqual(await ask(), [
    200,
    {
      status: "ready",
      checks: { policy: "ok", journal: "ok", followers: "ok", index: "unavailable", draining: false },
      warnings: ["The search index search_1 is damaged."],
    },
  ]);
  checks = { ...checks, damagedIndex: [], behind: ["decision_index is far behind."] };
  assert.deepEqual(await ask(), [
    200,
    {
      status: "ready",
      checks: { policy: "ok", journal: "ok", followers: "ok", index: "ok", draining: false },
      warnings: ["decision_index is far behind."],
    },
  ]);
  checks = { ...checks, journal: false };
  assert.equal((await ask())[0], 503);
  await server.close();
});
