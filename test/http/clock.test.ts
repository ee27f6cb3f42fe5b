import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openDomain } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { CALLER_ROLES } from "../../src/domain/callers/types.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { createLog } from "../../src/process/log.ts";
import { AUTHORIZE, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

const HOUR_MS = 3_600_000;

test("with the clock set back an hour, what another process changes holds as soon as ever, and times are the clock's", {
  timeout: 300_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-clock-"));
  const env = { DATABASE_URL: `sqlite:${join(folder, "test.db")}`, SCOPEWARDEN_POLICY_POLL_MS: "100" };
  let back = 0;
  const one = await startService(env, { clock: () => Date.now() - back });
  const other = await openDomain(loadConfig(env), { log: createLog({ level: "fatal" }), beside: true });
  t.after(async () => {
    await other.close();
    await one.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const by = { id: "another", roles: new Set(CALLER_ROLES) };
  const change = async (operations: readonly PolicyOperation[]): Promise<void> => {
    await other.domain.policy.refresh();
    await other.domain.policy.apply({ operations, reason: "a test", author: by.id });
  };
  const { key, id } = await one.createKey("SERVICE");
  const ask = () => one.ask(AUTHORIZE, { variables: { input: SMALL_REQUEST }, key });
  const until = async (status: number, outcome?: string): Promise<void> => {
    for (const since = performance.now(); ; await delay(20)) {
      const answer = await ask();
      if (answer.status === status && answer.body.data?.authorize.outcome === outcome) return;
      assert.ok(performance.now() - since < 20_000, answer.text);
    }
  };
  await change(SMALL_POLICY as readonly PolicyOperation[]);
  await until(200, "ALLOW");

  back = HOUR_MS;
  const asked = Date.now();
  const { body } = await one.ask("query($input: AuthorizeInput!) { authorize(input: $input) { decidedAt } }", {
    variables: { input: SMALL_REQUEST },
    key,
  });
  assert.ok(
    Math.abs(Date.parse(body.data.authorize.decidedAt) - (asked - HOUR_MS)) < 30_000,
    body.data.authorize.decidedAt,
  );

  await change([{ deleteRule: { id: "allow-observations" } }]);
  await until(200, "DENY");
  await other.domain.apiKeys.revoke({ id, by, reason: "lost" });
  await until(401);
});
