import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { createApiKeys, parseApiKey } from "../../src/domain/callers/apiKeys.ts";
import { rolesHeld } from "../../src/domain/callers/keyRoles.ts";
import { journalView, PERMISSIONS, requirePermission, rolesOf } from "../../src/domain/callers/permissions.ts";
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
      // Keys and entities are no policy, and nothing of them is tried.
      const tries =
        mayChange(field) && !/(ApiKey|Entities|Tokens|TokenRevocation)$/.test(field) ? ["admin", "reviewer"] : allowed;
      assert.deepEqual(allowedTo(field, true), tries, field);
      // An auditor makes and revokes the keys of auditors.
      if (field.endsWith("ApiKey")) assert.deepEqual(allowed, ["admin", "auditor"], field);
      else if (mayChange(field)) assert.deepEqual(allowed, ["admin"], field);
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

  test("who may ask about callers and keys", () => {
    for (const [field, ...roles] of [
      ["me", ...CALLER_ROLES],
      ["apiKeys", "admin", "reviewer", "auditor"],
      ["apiKeyEvents", "auditor"],
      ["createApiKey", "admin", "auditor"],
      ["revokeApiKey", "admin", "auditor"],
      ["tokenRevocations", "admin", "reviewer", "auditor"],
      ["revokeTokens", "admin"],
      ["endTokenRevocation", "admin"],
      ["consentRequests", "consent"],
    ] as const)
      assert.deepEqual(rolesOf(field), roles, field);
  });

  test("only an auditor sees decisions that others asked for", () => {
    assert.equal(journalView(caller("service")), "key:x");
    assert.equal(journalView(caller("service", "admin", "reviewer")), "key:x");
    assert.equal(journalView(caller("auditor")), null);
  });
});

const admin = caller("admin");
const auditor = caller("auditor");
const refusedAs = (code: string, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ScopewardenError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, text);
  return true;
};

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
    subject: null,
    defaultClientId: null,
    expiresAt: 2000,
    by: admin,
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
        ["input.name", "input.roles", "input.until", "reason"],
      );
      return true;
    });
    assert.equal(store.keys.size, 0);
  });

  test("what a key may assert is read, and is for keys that ask for decisions", async () => {
    const { store, keys } = make();
    const assertRoles = [{ role: "Ärztin (Nacht)", organization: "*" }];
    const { apiKey } = await keys.create({ ...input, assertRoles });
    assert.deepEqual(apiKey.assertRoles, assertRoles);
    assert.deepEqual((await keys.create(input)).apiKey.assertRoles, []);
    const bad = { assertRoles: [{ role: "*", organization: "" }] };
    await assert.rejects(keys.create({ ...input, ...bad }), (error) => {
      assert.ok(error instanceof ScopewardenError);
      const paths = error.problems.map(({ path }) => path);
      assert.deepEqual(paths, ["input.assertRoles[0].role", "input.assertRoles[0].organization"]);
      return true;
    });
    const subject = { type: "user", id: "kim" };
    const reviewer = { ...input, roles: ["reviewer"] as const, subject, assertRoles };
    await assert.rejects(keys.create(reviewer), /assertRoles: is only for a key that holds service/);
    assert.equal(store.keys.size, 2);
  });

  test("revoking keeps the first time and reason; an unknown key is NOT_FOUND", async () => {
    const { keys } = make();
    const { apiKey } = await keys.create(input);
    const first = await keys.revoke({ id: apiKey.id, by: admin, reason: "lost" });
    const second = await keys.revoke({ id: apiKey.id, by: { ...admin, id: "key:b" }, reason: "again" });
    assert.deepEqual([second.revokedBy, second.revocationReason], [first.revokedBy, "lost"]);
    await assert.rejects(
      keys.revoke({ id: "nope", by: admin, reason: "r" }),
      (e) => e instanceof ScopewardenError && e.code === "NOT_FOUND",
    );
    await assert.rejects(keys.revoke({ id: apiKey.id, by: admin, reason: "" }), /reason/);
  });

  test("a key for people says whose it is, in full; a program's need not", async () => {
    const { store, keys } = make();
    for (const role of ["admin", "reviewer", "auditor"] as const)
      await assert.rejects(
        keys.create({ ...input, roles: ["service", role], by: caller("admin", "auditor") }),
        refusedAs("BAD_USER_INPUT", /input\.subject: is missing.*says whose it is/),
      );
    await assert.rejects(
      keys.create({ ...input, subject: { type: "a b", id: " " } }),
      (error) =>
        error instanceof ScopewardenError &&
        error.problems.map(({ path }) => path).join() === "input.subject.type,input.subject.id",
    );
    assert.equal(store.keys.size, 0);
    const subject = { type: "user", id: "ada" };
    const { apiKey } = await keys.create({ ...input, roles: ["reviewer"], subject });
    assert.deepEqual(store.keys.get(apiKey.id)?.subject, subject);
  });

  test("an admin gives every role but auditor, an auditor that alone, others none", async () => {
    const { store, keys } = make();
    const give = (by: Caller, ...roles: CallerRole[]) =>
      keys.create({ ...input, by, roles, subject: { type: "user", id: "ada" } });
    for (const role of CALLER_ROLES) {
      if (role === "auditor")
        await assert.rejects(give(admin, role), refusedAs("FORBIDDEN", /given by .* auditor.*key recover/));
      else await give(admin, role);
      if (role === "auditor") await give(auditor, role);
      else await assert.rejects(give(auditor, role), refusedAs("FORBIDDEN", /given by a caller who holds admin/));
      await assert.rejects(give(caller("service", "reviewer"), role), refusedAs("FORBIDDEN", new RegExp(role)));
    }
    await assert.rejects(give(admin, "service", "auditor"), refusedAs("FORBIDDEN", /auditor/));
    await assert.rejects(give(auditor, "service", "auditor"), refusedAs("FORBIDDEN", /service/));
    assert.equal(store.keys.size, CALLER_ROLES.length);
    await give(caller("admin", "auditor"), "service", "auditor");
  });

  test("an admin revokes any key, an auditor those of auditors alone", async () => {
    const { keys } = make();
    const made = async (...roles: CallerRole[]) =>
      (await keys.create({ ...input, roles, subject: { type: "user", id: "ada" }, by: caller("admin", "auditor") }))
        .apiKey.id;
    const revoke = async (by: Caller, ...roles: CallerRole[]) =>
      keys.revoke({ id: await made(...roles), by, reason: "r" });
    for (const role of CALLER_ROLES) await revoke(admin, role);
    await revoke(auditor, "auditor");
    await assert.rejects(revoke(auditor, "auditor", "service"), refusedAs("FORBIDDEN", /holds service, auditor/));
    await assert.rejects(revoke(auditor, "admin"), refusedAs("FORBIDDEN", /holds admin/));
  });

  test("the first key is made where there is none, kept before it works, and holds every role for a day", async () => {
    const { store, keys } = make();
    let worksAlready: boolean | null = null;
    const kept: string[] = [];
    const first = await keys.createFirst(async ({ key }) => {
      kept.push(key);
      worksAlready = store.keys.size > 0;
    });
    assert.equal(worksAlready, false);
    assert.equal(parseApiKey(kept[0] ?? "")?.id, first?.id);
    assert.ok(first);
    const day = 24 * 60 * 60 * 1000;
    assert.deepEqual(rolesHeld(first, 1000 + day - 1), CALLER_ROLES);
    assert.deepEqual(rolesHeld(first, 1000 + day), ["admin"]);
    assert.equal(await keys.createFirst(() => Promise.reject(new Error("not asked"))), null);
  });

  test("a first key that can't be kept is not made", async () => {
    const { store, keys } = make();
    await assert.rejects(
      keys.createFirst(() => Promise.reject(new Error("no space"))),
      /no space/,
    );
    assert.equal(store.keys.size, 0);
  });

  test("caller ids have names: of a key its own, of a token its subject, of others what they are", async () => {
    const { keys } = make();
    const subject = { type: "user", id: "ada" };
    const { apiKey } = await keys.create({ ...input, name: "Ada's laptop", roles: ["reviewer"], subject });
    const ids = [
      `key:${apiKey.id}`,
      "key:aaaaaaaaaaaa",
      "key:admin",
      "jwt:https://as.example#ada#1\n",
      "machine:root@host",
      "seed",
    ];
    assert.deepEqual(await keys.names(ids), [
      { id: ids[0], name: "Ada's laptop", subject: { ...subject, issuer: null } },
      { id: ids[1], name: "key:aaaaaaaaaaaa", subject: null },
      { id: ids[2], name: "SCOPEWARDEN_ADMIN_KEY", subject: null },
      { id: ids[3], name: "ada#1\n", subject: { type: null, id: "ada#1\n", issuer: "https://as.example" } },
      { id: ids[4], name: "root@host, on the machine", subject: null },
      { id: ids[5], name: "seed", subject: null },
    ]);
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
