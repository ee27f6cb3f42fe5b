import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { createApiKeys, parseApiKey } from "../../src/domain/callers/apiKeys.ts";
import { journalView, PERMISSIONS, requirePermission } from "../../src/domain/callers/permissions.ts";
import { CALLER_ROLES, type Caller, type CallerRole } from "../../src/domain/callers/types.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { memoryApiKeyStore } from "../support/memory.ts";

const caller = (...roles: CallerRole[]): Caller => ({ id: "key:x", roles: new Set(roles), defaultClientId: null });

describe("permissions", () => {
  test("an unknown root field is open to nobody, names of Object's own members included", () => {
    for (const field of ["somethingNew", "toString", "__proto__", "constructor"]) {
      assert.throws(
        () => requirePermission(caller(...CALLER_ROLES), field, { dryRun: true }),
        (e) => e instanceof ScopewardenError && e.code === "FORBIDDEN",
      );
    }
  });

  test("each role may do its own work and no other's", () => {
    const mayChange = (field: string): boolean =>
      /^(apply|rollback|create|update|put|delete|grant|revoke|assign|unassign|activate|deprecate|retire)[A-Z]/.test(
        field,
      );
    const allowedTo = (field: string, dryRun: boolean): readonly CallerRole[] =>
      CALLER_ROLES.filter((role) => {
        try {
          requirePermission(caller(role), field, { dryRun });
          return true;
        } catch {
          return false;
        }
      });
    for (const field of Object.keys(PERMISSIONS)) {
      const allowed = allowedTo(field, false);
      // A key is no policy: who makes one makes it.
      const tries = mayChange(field) && !field.endsWith("ApiKey") ? ["admin", "reviewer"] : allowed;
      assert.deepEqual(allowedTo(field, true), tries, field);
      if (mayChange(field)) assert.deepEqual(allowed, ["admin"], field);
      else if (field.startsWith("authorize")) assert.deepEqual(allowed, ["service"], field);
      else assert.ok(allowed.length > 0, field);
    }
    assert.throws(
      () => requirePermission(caller("admin"), "decisions", { dryRun: false }),
      /needs the role service or auditor; this caller holds admin/,
    );
    assert.throws(
      () => requirePermission(caller("reviewer"), "updateRule", { dryRun: false }),
      /updateRule without dryRun: true needs the role admin; this caller holds reviewer/,
    );
  });

  test("only an auditor sees decisions that others asked for", () => {
    assert.equal(journalView(caller("service")), "key:x");
    assert.equal(journalView(caller("service", "admin", "reviewer")), "key:x");
    assert.equal(journalView(caller("auditor")), null);
  });
});

describe("API keys", () => {
  const make = () => {
    const store = memoryApiKeyStore();
    let n = 0;
    const keys = createApiKeys({
      store,
      clock: () => 1000,
      sha256: (text) => createHash("sha256").update(text).digest("hex"),
      newSecret: () => String(n++).padStart(43, "s"),
      newId: () => `id${n}`,
    });
    return { store, keys };
  };
  const input = {
    name: "EHR",
    roles: ["service"] as const,
    defaultClientId: null,
    expiresAt: 2000,
    author: "key:admin",
    reason: "go-live",
  };

  test("the secret is answered once and stored hashed", async () => {
    const { store, keys } = make();
    const { key, apiKey } = await keys.create(input);
    const parts = parseApiKey(key);
    assert.ok(parts !== null && parts.id === apiKey.id);
    assert.equal(store.keys.get(apiKey.id)?.secretHash, createHash("sha256").update(parts.secret).digest("hex"));
    assert.ok(!JSON.stringify([...store.keys.values()]).includes(parts.secret));
    assert.ok(!JSON.stringify(await keys.list()).includes("secretHash"));
  });

  test("bad input is named, all of it, and makes no key", async () => {
    const { store, keys } = make();
    await assert.rejects(keys.create({ ...input, name: " ", roles: [], expiresAt: 1000, reason: "" }), (error) => {
      assert.ok(error instanceof ScopewardenError);
      assert.deepEqual(
        error.problems.map((p) => p.path),
        ["input.name", "input.roles", "input.expiresAt", "reason"],
      );
      return true;
    });
    assert.equal(store.keys.size, 0);
  });

  test("revoking keeps the first time and reason; an unknown key is NOT_FOUND", async () => {
    const { keys } = make();
    const { apiKey } = await keys.create(input);
    const first = await keys.revoke({ id: apiKey.id, author: "a", reason: "lost" });
    const second = await keys.revoke({ id: apiKey.id, author: "b", reason: "again" });
    assert.deepEqual([second.revokedBy, second.revocationReason], [first.revokedBy, "lost"]);
    await assert.rejects(
      keys.revoke({ id: "nope", author: "a", reason: "r" }),
      (e) => e instanceof ScopewardenError && e.code === "NOT_FOUND",
    );
    await assert.rejects(keys.revoke({ id: apiKey.id, author: "a", reason: "" }), /reason/);
  });

  test("only the exact form is a key", () => {
    for (const text of [
      "",
      "swk_",
      "swk_abc_def",
      `swk_abcdefabcdef_${"a".repeat(42)}`,
      `swk_abcdefabcdef_${"a".repeat(44)}`,
      ` swk_abcdefabcdef_${"a".repeat(43)}`,
      `swk_ABCDEFabcdef_${"a".repeat(43)}`,
    ]) {
      assert.equal(parseApiKey(text), null, text);
    }
  });
});
