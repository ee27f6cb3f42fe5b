import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiKeyEventFilter } from "../../src/domain/callers/types.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { storedKey } from "../support/keys.ts";
import { client, revision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const A = "aaaaaaaaaaaa";
const B = "bbbbbbbbbbbb";
const adminKey = (id: string, more = {}) => storedKey(id, { roles: ["admin"], ...more });
const by = (id: string, at = 5) => ({ at, author: `key:${id}`, reason: "r" });

onEveryBackend("keys in force", ({ open, backend }) => {
  const actsOf = async (url: string): Promise<readonly { readonly id: string; readonly seq: number }[]> =>
    (await backend().raw(url, "SELECT seq, id FROM journal ORDER BY seq")).map(({ seq, id }) => ({
      seq: Number(seq),
      id: String(id),
    }));
  const outcome = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "done",
      (error) => error.code,
    );

  test("a key that is revoked, expired or gone commits nothing more: no key, no revocation, no policy", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.apiKeys.add(adminKey(A));
    await storage.apiKeys.add(adminKey(B, { expiresAt: 2 }));
    await storage.apiKeys.add(storedKey("k"));
    await storage.apiKeys.revoke(A, by("admin"));
    const before = await actsOf(url);
    for (const [id, why] of [
      [A, /was revoked/],
      [B, /has expired/],
      ["cccccccccccc", /is not there/],
    ] as const) {
      const refused = { code: "UNAUTHENTICATED", message: why };
      await assert.rejects(storage.apiKeys.add(storedKey("new", { createdBy: `key:${id}` })), refused);
      await assert.rejects(storage.apiKeys.revoke("k", by(id)), refused);
      const change = changeOf("client", null, client("a"));
      await assert.rejects(storage.policy.commit(revision(1, [change], { author: `key:${id}` })), refused);
    }
    assert.deepEqual(await actsOf(url), before);
    assert.equal(await storage.policy.headRevision(), 0);
    assert.equal((await storage.apiKeys.find("k"))?.revokedAt, null);
    assert.equal(storage.journal.ready, true);
    await storage.policy.commit(revision(1, [], { author: "key:admin" }));
  });

  test("after a key's revocation stands on record, nothing by it does, whoever was faster", async () => {
    const url = await backend().fresh();
    const [one, other] = [await open(url), await open(url)];
    for (let round = 1; round <= 12; round++) {
      const id = `round${String(round).padStart(7, "0")}`;
      await one.apiKeys.add(adminKey(id));
      const next = (await one.policy.headRevision()) + 1;
      const committing = outcome(other.policy.commit(revision(next, [], { author: `key:${id}` })));
      const revoking = outcome(one.apiKeys.revoke(id, by("admin")));
      const [committed, revoked] = await Promise.all([committing, revoking]);
      assert.equal(revoked, "done");
      assert.ok(committed === "done" || committed === "UNAUTHENTICATED", committed);
      assert.equal(await one.policy.headRevision(), committed === "done" ? next : next - 1);
      const acts = await actsOf(url);
      const at = (act: string): number => acts.find(({ id: of }) => of === act)?.seq ?? 0;
      assert.ok(at(`policy:${next}`) < at(`key:${id}:revoked`));
    }
  });

  test("the last admin key can't revoke itself; one that ended or holds less is no other", async () => {
    const { apiKeys } = await open();
    await apiKeys.add(adminKey(A));
    await apiKeys.add(adminKey("expired", { expiresAt: 2 }));
    await apiKeys.add(adminKey("gone"));
    await apiKeys.revoke("gone", by("admin"));
    await apiKeys.add(storedKey("less", { roles: ["service", "reviewer", "auditor"] }));
    await assert.rejects(apiKeys.revoke(A, by(A)), { code: "CONFLICT", message: /Make another first .*key recover/s });
    assert.equal((await apiKeys.find(A))?.revokedAt, null);
    await apiKeys.add(adminKey(B));
    assert.equal((await apiKeys.revoke(A, by(A)))?.revokedAt, 5);
    // Somebody who gets in otherwise, as by a token, may.
    assert.equal((await apiKeys.revoke(B, { ...by("x"), author: "jwt:https://as.example#ada" }))?.revokedAt, 5);
  });

  test("of two admins who revoke themselves, or one another, at once, one is left", async () => {
    for (const crossed of [false, true]) {
      const url = await backend().fresh();
      const [one, other] = [await open(url), await open(url)];
      await one.apiKeys.add(adminKey(A));
      await one.apiKeys.add(adminKey(B));
      const outcomes = await Promise.all([
        outcome(one.apiKeys.revoke(crossed ? B : A, by(A))),
        outcome(other.apiKeys.revoke(crossed ? A : B, by(B))),
      ]);
      assert.deepEqual(outcomes.sort(), [crossed ? "UNAUTHENTICATED" : "CONFLICT", "done"]);
      const left = (await one.apiKeys.list()).filter(({ revokedAt }) => revokedAt === null);
      assert.equal(left.length, 1);
    }
  });

  test("of instances that start at once, one makes the first key", async () => {
    const url = await backend().fresh();
    const instances: Storage[] = [await open(url), await open(url), await open(url)];
    const made = await Promise.all(instances.map(({ apiKeys }, i) => apiKeys.addFirst(adminKey(`first${i}`))));
    assert.deepEqual(made.sort(), [false, false, true]);
    assert.equal((await actsOf(url)).length, 1);
  });

  test("uses are kept by their latest time, and failed ones stand on record once", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const { apiKeys } = storage;
    await apiKeys.add(storedKey(A));
    await apiKeys.noteUses(
      new Map([
        [A, 50],
        ["nobody", 50],
      ]),
    );
    await apiKeys.noteUses(new Map([[A, 40]]));
    assert.equal((await apiKeys.find(A))?.lastUsedAt, 50);
    const failures = { since: 1, wrongSecret: 2, expired: 0, revoked: 0 };
    const failed = { id: "x", keyId: A, at: 9, failures };
    await apiKeys.recordFailures([failed, { ...failed, keyId: "nobody" }]);
    await apiKeys.recordFailures([failed]);
    const page = await apiKeys.events({ filter: {}, page: { first: 10, after: null } });
    assert.deepEqual(
      page.items.map(({ node }) => [node.event, node.at, node.failures]),
      [
        ["FAILED", 9, failures],
        ["CREATED", 1, null],
      ],
    );
    assert.equal(storage.journal.failures, 0);
  });

  test("events are narrowed by key, kind, author and time, and paged by position", async () => {
    const { apiKeys } = await open();
    await apiKeys.add(storedKey(A, { createdAt: 1000, createdBy: "jwt:x#ada" }));
    await apiKeys.add(storedKey(B, { createdAt: 2000 }));
    await apiKeys.recordFailures([
      { id: "1", keyId: A, at: 3000, failures: { since: 2500, wrongSecret: 1, expired: 0, revoked: 0 } },
    ]);
    await apiKeys.revoke(A, { at: 4000, author: "jwt:x#ada", reason: "r" });
    const list = async (filter: ApiKeyEventFilter, first = 9, after: number | null = null) =>
      (await apiKeys.events({ filter, page: { first, after } })).items.map(({ node }) => node.at);
    assert.deepEqual(await list({}), [4000, 3000, 2000, 1000]);
    assert.deepEqual(await list({ keyId: A }), [4000, 3000, 1000]);
    assert.deepEqual(await list({ event: "FAILED" }), [3000]);
    assert.deepEqual(await list({ callerId: "jwt:x#ada" }), [4000, 1000]);
    assert.deepEqual(await list({ callerId: "jwt:x#ada", event: "CREATED" }), [1000]);
    assert.deepEqual(await list({ from: 2000, to: 4000 }), [3000, 2000]);
    assert.deepEqual(await list({ keyId: "\ud800" }), []);
    const page = await apiKeys.events({ filter: { keyId: A }, page: { first: 2, after: null } });
    assert.deepEqual([page.items.length, page.hasNextPage], [2, true]);
    assert.deepEqual(await list({ keyId: A }, 2, page.items[1]?.key), [1000]);
  });

  test("what happened to a key is found by an index, and not by reading the journal", async () => {
    const url = await backend().fresh();
    await open(url);
    if (url.startsWith("postgres")) {
      const rows = await backend().raw(
        url,
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'journal' AND schemaname = current_schema()",
      );
      assert.equal(rows.filter(({ indexdef }) => /API_KEY/.test(String(indexdef))).length, 3);
      return;
    }
    for (const [condition, index] of [
      ["", /USING INDEX journal_api_key\b/],
      [`AND ("record"->>'keyId') = 'k'`, /USING INDEX journal_api_key_of /],
      [`AND ("record"->>'event') = 'FAILED'`, /USING INDEX journal_api_key_event /],
    ] as const) {
      const sql = `EXPLAIN QUERY PLAN SELECT "record" FROM journal WHERE "kind" = 'API_KEY' ${condition} ORDER BY "seq" DESC LIMIT 5`;
      const plan = (await backend().raw(url, sql)).map(({ detail }) => String(detail)).join("\n");
      assert.match(plan, index);
      assert.doesNotMatch(plan, /TEMP B-TREE/);
    }
  });
});
