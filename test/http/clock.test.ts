import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { AUTHORIZE, applyPolicy, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

const HOUR_MS = 3_600_000;

test("with the clock set back an hour, what another instance changes holds as soon as ever, and times are the clock's", {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-clock-"));
  const database = { DATABASE_URL: `sqlite:${join(folder, "test.db")}`, SCOPEWARDEN_POLICY_POLL_MS: "100" };
  let back = 0;
  const one = await startService(database, { clock: () => Date.now() - back });
  const other = await startService(database);
  try {
    await applyPolicy(other, SMALL_POLICY);
    const { key, id } = await other.createKey("SERVICE");
    const ask = () => one.ask(AUTHORIZE, { variables: { input: SMALL_REQUEST }, key });
    const until = async (status: number, outcome?: string): Promise<void> => {
      for (const since = performance.now(); ; await delay(20)) {
        const answer = await ask();
        if (answer.status === status && answer.body.data?.authorize.outcome === outcome) return;
        assert.ok(performance.now() - since < 20_000, answer.text);
      }
    };
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

    await other.ask('mutation { deleteRule(input: { id: "allow-observations" }, reason: "test") { revision } }');
    await until(200, "DENY");
    await other.ask('mutation($id: ID!) { revokeApiKey(id: $id, reason: "lost") { apiKey { id } } }', {
      variables: { id },
    });
    await until(401);
  } finally {
    await one.stop();
    await other.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
