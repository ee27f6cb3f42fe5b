import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openDomain } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { createLog } from "../../src/process/log.ts";
import { eventually } from "../support/eventually.ts";
import { AUTHORIZE, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

test("a change made by another process is seen; while the policy can't be read, the last one goes on deciding", async () => {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-poll-"));
  const env = { DATABASE_URL: `sqlite:${join(folder, "test.db")}`, SCOPEWARDEN_POLICY_POLL_MS: "20" };
  const other = await startService(env);
  const config = loadConfig(env);
  const one = await openDomain(config, { log: createLog({ level: "fatal" }), beside: true });
  const outcome = async () => (await other.ask(AUTHORIZE, { variables: { input: SMALL_REQUEST } })).body.data.authorize;
  try {
    assert.equal((await outcome()).outcome, "DENY");
    const operations = SMALL_POLICY as readonly PolicyOperation[];
    await one.domain.policy.apply({ operations, reason: "a test", expectedRevision: 0, author: "another" });
    await eventually("the change", async () => (await outcome()).outcome === "ALLOW");

    const { policy } = other.app.storage;
    const { headRevision } = policy;
    Object.assign(policy, { headRevision: () => Promise.reject(new ScopewardenError("POLICY_UNAVAILABLE", "down")) });
    await eventually("the last one goes on deciding", () =>
      other.lines.some((line) => line.includes("the last one goes on deciding")),
    );
    assert.equal((await outcome()).policyRevision, 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(other.lines.filter((line) => line.includes("the last one goes on deciding")).length, 1, "told once");
    Object.assign(policy, { headRevision });
    await eventually("policy is read again", () => other.lines.some((line) => line.includes("policy is read again")));
  } finally {
    await one.close();
    await other.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
