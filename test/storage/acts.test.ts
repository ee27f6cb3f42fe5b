import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { reason } from "../../src/domain/decisions/reason.ts";
import { canonicalJson } from "../../src/domain/kernel/canonical.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { readActs } from "../../src/storage/journal/acts.ts";
import { storedKey } from "../support/keys.ts";
import { client, decision, revision, role, withRequestId } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

const key = storedKey("k1", {
  name: "Ada Lovelace's laptop",
  subject: { type: "user", id: "ada" },
  defaultClientId: "ehr",
  createdAt: 1000,
  expiresAt: 9000,
});

onEveryBackend("acts on record", ({ open, backend }) => {
  async function recorded(url: string, range: Partial<Parameters<typeof readActs>[1]> = {}) {
    const dialect = dialectOf(url);
    const { run, close } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
    try {
      return await readActs({ run, dialect }, { after: 0, first: 1000, ...range });
    } finally {
      await close();
    }
  }

  test("are read a part at a time where others shall have their turns, and long ones one by one", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const long = { text: "x".repeat(40_000) };
    const made = Array.from({ length: 70 }, (_, i) => {
      const plain = decision(i);
      const { resource } = plain.request;
      return i >= 10 ? plain : { ...plain, request: { ...plain.request, resource: { ...resource, attributes: long } } };
    });
    await storage.journal.append(made);
    let turns = 0;
    const giveWay = async () => {
      turns++;
    };
    const acts = await recorded(url, { giveWay });
    assert.ok(turns >= 9);
    assert.deepEqual(
      acts.map(({ id, record }) => [id, record]),
      made.map((record) => [record.id, record]),
    );
    assert.deepEqual(acts, await recorded(url));
    assert.deepEqual((await recorded(url, { giveWay, first: 65 })).length, 65);
    assert.deepEqual((await recorded(url, { giveWay, after: 3, until: 69 })).length, 66);
  });

  test("decisions, revisions and keys stand in one order, each once, as they were", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const change = changeOf("client", null, client("a"));
    const [first] = await storage.journal.append([decision(1)]);
    await storage.policy.commit(revision(1, [change]));
    await storage.apiKeys.add(key);
    const [second] = await storage.journal.append([withRequestId(decision(2), "q")]);
    await storage.apiKeys.revoke("k1", { at: 5000, author: "key:other", reason: "lost" });
    await storage.apiKeys.revoke("k1", { at: 6000, author: "key:other", reason: "again" });
    const acts = await recorded(url);
    const [stored] = await backend().raw(url, "SELECT change_count, changes_sha256 FROM policy_revision");
    const row = { id: "a", name: "a", status: "ACTIVE", description: null, protocolScopes: null, careCritical: false };
    const text = canonicalJson([{ noun: "client", key: "a", before: null, after: row }]);
    assert.deepEqual([Number(stored?.change_count), stored?.changes_sha256], [1, sha256(text)]);
    const { changes: _, ...made } = revision(1, []);
    const { id: keyId, name, roles, allRolesUntil, subject, defaultClientId, assertRoles, expiresAt } = key;
    const life = {
      keyId,
      name,
      roles,
      allRolesUntil,
      subject,
      defaultClientId,
      assertRoles,
      expiresAt,
      failures: null,
    };
    assert.deepEqual(
      acts.map(({ position, format, ...act }) => act),
      [
        { kind: "DECISION", id: decision(1).id, record: decision(1) },
        {
          kind: "POLICY_REVISION",
          id: "policy:1",
          record: {
            ...made,
            changes: 1,
            changesSha256: sha256(text),
            historySha256: sha256(sha256(text)),
            rows: [{ noun: "client", key: "a", sha256: sha256(text.slice(1, -1)) }],
          },
        },
        {
          kind: "API_KEY",
          id: "key:k1:created",
          record: { ...life, event: "CREATED", at: 1000, author: "key:admin", reason: "a test" },
        },
        { kind: "DECISION", id: decision(2).id, record: withRequestId(decision(2), "q") },
        {
          kind: "API_KEY",
          id: "key:k1:revoked",
          record: { ...life, event: "REVOKED", at: 5000, author: "key:other", reason: "lost" },
        },
      ],
    );
    const positions = acts.map(({ position }) => position);
    assert.deepEqual([first?.position, second?.position], [positions[0], positions[3]]);
    assert.deepEqual(
      positions,
      [...positions].sort((a, b) => a - b),
    );
    const [, from, , until] = positions;
    const part = await recorded(url, { after: from ?? 0, until: until ?? 0 });
    assert.deepEqual(part, acts.slice(2, 4));
    // Lists of decisions have decisions only, and no act is taken for one.
    const page = await storage.decisions.decisions({ filter: {}, page: { first: 10, after: null } });
    assert.deepEqual(
      page.items.map(({ node }) => node.id),
      [decision(2).id, decision(1).id],
    );
    assert.equal(await storage.decisions.decision("policy:1"), null);
  });

  test("what is refused leaves no act", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.apiKeys.add(key);
    await assert.rejects(storage.apiKeys.add(key), { code: "CONFLICT" });
    await assert.rejects(storage.policy.commit(revision(1, [changeOf("role", role("ghost"), null)])), {
      code: "CONFLICT",
    });
    await assert.rejects(storage.policy.commit(revision(2, [])), { code: "CONFLICT" });
    assert.equal(await storage.apiKeys.revoke("k2", { at: 1, author: "x", reason: "y" }), null);
    assert.deepEqual(
      (await recorded(url)).map(({ id }) => id),
      ["key:k1:created"],
    );
  });

  test("what identifies people stands in `personal` only, with a salt of its own in every row", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const canary = (text: string) => `canary-${text}`;
    const base = decision(1);
    await storage.journal.append([
      {
        ...base,
        reasons: [
          reason("NO_MATCHING_RULE", {
            parameters: { kind: "GRANT", needs: [], roles: [], unmet: [] },
            personal: { subject: { id: canary("subject"), type: "user" } },
          }),
        ],
        request: {
          ...base.request,
          subject: {
            id: canary("subject"),
            type: "user",
            organization: "o",
            roles: null,
            attributes: { name: canary("name") },
          },
          resource: {
            ...base.request.resource,
            id: canary("id"),
            patient: canary("patient"),
            attributes: { a: canary("attribute") },
          },
          context: {
            patient: canary("context"),
            ipAddress: canary("ip"),
            region: "EU",
            userAgent: canary("agent"),
            tokenId: canary("token"),
            attributes: { b: canary("b") },
          },
          requestId: canary("request"),
        },
      },
      decision(2),
    ]);
    await storage.apiKeys.add({ ...key, name: canary("key"), subject: { type: "user", id: canary("holder") } });
    const rows = await backend().raw(url, "SELECT salt, record, personal FROM journal ORDER BY seq");
    for (const { record } of rows) assert.doesNotMatch(String(record), /canary/);
    assert.equal([...String(rows[0]?.personal).matchAll(/canary/g)].length, 12);
    assert.equal(rows[2]?.personal, `{"name":"${canary("key")}","subject.id":"${canary("holder")}"}`);
    assert.equal(new Set(rows.map(({ salt }) => salt)).size, 3);
    for (const { salt } of rows) assert.match(String(salt), /^[\w-]{24}$/);
  });

  test("positions: of what is new, of what was there, and where rows are skipped", async () => {
    const storage = await open();
    const many = Array.from({ length: 600 }, (_, n) => decision(n));
    const positions = (await storage.journal.append(many)).map(({ position }) => position);
    assert.deepEqual(
      positions,
      many.map((_, i) => (positions[0] ?? 0) + i),
    );
    const [asked] = await storage.journal.append([withRequestId(decision(700), "q")]);
    const mixed = await storage.journal.append([decision(701), withRequestId(decision(702), "q"), decision(703)]);
    assert.equal(mixed[1]?.position, asked?.position);
    const page = await storage.decisions.decisions({ filter: {}, page: { first: 3, after: null } });
    assert.deepEqual(
      page.items.map(({ key }) => key),
      [mixed[2]?.position, mixed[0]?.position, asked?.position],
    );
    assert.deepEqual(await storage.journal.append([decision(701)]), [mixed[0]]);
  });
});
