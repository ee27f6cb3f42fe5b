import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredApiKey } from "../../src/domain/callers/types.ts";
import { storedKey } from "../support/keys.ts";
import { onEveryBackend } from "./suite.ts";

const key = (id: string, more: Partial<StoredApiKey> = {}): StoredApiKey =>
  storedKey(id, { roles: ["service", "auditor"], createdAt: 1000, expiresAt: 1_900_000_000_000, ...more });
const shown = ({ secretHash: _, ...rest }: StoredApiKey) => rest;

onEveryBackend("API keys", ({ open }) => {
  test("a key is found by its exact id, and shown without its hash, newest first", async () => {
    const { apiKeys } = await open();
    const keys = [key("a", { expiresAt: null }), key("B", { createdAt: 3000 }), key("c", { createdAt: 2000 })];
    for (const each of keys) await apiKeys.add(each);
    assert.deepEqual(await apiKeys.find("B"), keys[1]);
    assert.equal(await apiKeys.find("b"), null);
    assert.equal(await apiKeys.find("\ud800"), null);
    assert.deepEqual(
      (await apiKeys.list()).map((k) => k.id),
      ["B", "c", "a"],
    );
    assert.deepEqual((await apiKeys.list())[2], shown(key("a", { expiresAt: null })));
  });

  test("an id is taken once", async () => {
    const { apiKeys, journal } = await open();
    await apiKeys.add(key("a"));
    await assert.rejects(apiKeys.add(key("a")), { code: "CONFLICT" });
    await assert.rejects(apiKeys.add(key("a\0")), { code: "BAD_USER_INPUT" });
    assert.equal(journal.failures, 0);
  });

  test("a key is revoked once; revoking again changes nothing", async () => {
    const { apiKeys } = await open();
    await apiKeys.add(key("a"));
    const revoked = shown(key("a", { revokedAt: 5000, revokedBy: "key:admin", revocationReason: "lost" }));
    assert.deepEqual(await apiKeys.revoke("a", { at: 5000, author: "key:admin", reason: "lost" }), revoked);
    assert.deepEqual(await apiKeys.revoke("a", { at: 6000, author: "key:other", reason: "again" }), revoked);
    assert.equal((await apiKeys.find("a"))?.revokedAt, 5000);
    assert.equal(await apiKeys.revoke("nobody", { at: 1, author: "x", reason: "y" }), null);
    await assert.rejects(apiKeys.revoke("a", { at: 1, author: "x", reason: "\0" }), { code: "BAD_USER_INPUT" });
  });
});
