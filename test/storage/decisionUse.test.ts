import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { reason } from "../../src/domain/decisions/reason.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { FOLLOWERS } from "../../src/storage/journal/followers.ts";
import { decision, grantDecision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const T = 1_795_500_000_000;
let next = 1;
const reasons = (...scopes: readonly string[]): AccessRecord["reasons"] =>
  scopes.map((scope) => reason("ALLOWED_BY_RULE", { ruleId: "r", scope }));

/** An allowed access that rests on these scopes, the first of which it names. */
function used(clientId: string, at: number, ...scopes: readonly string[]): AccessRecord {
  const base = decision(next++);
  return {
    ...base,
    decidedAt: T + at,
    outcome: "ALLOW",
    scope: scopes[0] ?? null,
    reasons: reasons(...scopes),
    request: { ...base.request, clientId },
  };
}

onEveryBackend("the use of scopes", ({ open, backend }) => {
  test("is counted by scope and client, in the window, with the last use ever", async () => {
    const storage = await open();
    const denied = { ...used("a", 90, "x"), outcome: "DENY" as const, scope: null };
    const issued = { ...grantDecision(next++), outcome: "ALLOW" as const, scope: "x", decidedAt: T + 95 };
    await storage.journal.append([
      used("b", 50, "x"),
      used("a", 10, "x"),
      used("a", 60, "x"),
      used("a", 70, "x"),
      used("c", 5, "x"),
      used("a", 80, "y"),
      denied,
      issued,
    ]);
    assert.deepEqual(await storage.usage.ofScope("x", T + 50), [
      { clientId: "a", uses: 2, lastUsedAt: T + 70 },
      { clientId: "b", uses: 1, lastUsedAt: T + 50 },
      { clientId: "c", uses: 0, lastUsedAt: T + 5 },
    ]);
    assert.deepEqual(await storage.usage.ofScope("never", 0), []);
    assert.deepEqual(await storage.usage.ofScope("X", 0), []);
    assert.deepEqual(await storage.usage.ofClients(["a", "c", "nobody"], T + 6), [
      { clientId: "a", scope: "x", uses: 3, lastUsedAt: T + 70 },
      { clientId: "a", scope: "y", uses: 1, lastUsedAt: T + 80 },
    ]);
    assert.deepEqual(await storage.usage.ofClients([], 0), []);
    assert.deepEqual(await storage.usage.ofScope("\0", 0), []);
  });

  test("many clients are read a part at a time, and none is lost or doubled between parts", async () => {
    const storage = await open();
    const clients = Array.from({ length: 1_001 }, (_, i) => `c-${String(i).padStart(4, "0")}`);
    await storage.journal.append([...clients.toReversed(), "c-0500"].map((clientId, i) => used(clientId, i, "x")));
    await storage.usage.ofScope("y", 0);
    const before = storage.statements();
    const found = await storage.usage.ofScope("x", T + 2);
    assert.ok(storage.statements() - before >= 4);
    assert.deepEqual(
      found,
      clients.map((clientId, i) => {
        const at = clientId === "c-0500" ? 1_001 : 1_000 - i;
        return { clientId, uses: clientId === "c-0500" ? 2 : at >= 2 ? 1 : 0, lastUsedAt: T + at };
      }),
    );
  });

  test("an answer that rests on several scopes uses each of them, and no scope that its name merely contains", async () => {
    const storage = await open();
    const [lab, vital] = ["patient/Observation.rs?category=s|lab", "patient/Observation.rs?category=s|vital"];
    await storage.journal.append([used("a", 10, lab, vital, "z"), used("a", 20, lab, vital), used("a", 30, vital)]);
    assert.deepEqual(await storage.usage.ofScope(vital, T), [{ clientId: "a", uses: 3, lastUsedAt: T + 30 }]);
    assert.deepEqual(await storage.usage.ofScope("patient/Observation.rs", T), []);
    assert.deepEqual(await storage.usage.ofClients(["a"], T + 20), [
      { clientId: "a", scope: lab, uses: 1, lastUsedAt: T + 20 },
      { clientId: "a", scope: vital, uses: 2, lastUsedAt: T + 30 },
    ]);
    const ids = await storage.usage.allowed({ clientId: "a", scope: vital, since: T, first: 2 });
    assert.deepEqual(
      ids.map((record) => record.decidedAt - T),
      [30, 20],
    );
  });

  test("the newest accesses come first, whole, and no more than asked for", async () => {
    const storage = await open();
    const records = [30, 10, 30, 20].map((at) => used("a", at, "x"));
    await storage.journal.append([...records, used("b", 40, "x"), used("a", 50, "y")]);
    const found = await storage.usage.allowed({ clientId: "a", scope: "x", since: T + 20, first: 10 });
    assert.deepEqual(found, [records[2], records[0], records[3]]);
    const every = await storage.usage.allowed({ clientId: "a", scope: null, since: T, first: 2 });
    assert.deepEqual(
      every.map(({ scope }) => scope),
      ["y", "x"],
    );
  });

  test("many are read in parts, each once, though many were at one time", async () => {
    // The index alone follows, and only who asks, so that no statement of its own is counted.
    const following = { followers: FOLLOWERS, idle: () => false, lookAtOthersEveryMs: 3_600_000 };
    const storage = await open(undefined, { following });
    const many = Array.from({ length: 1_200 }, (_, i) => used("many", Math.floor(i / 700), "x"));
    await storage.journal.append(many);
    await storage.usage.ofScope("x", T);
    // PostgreSQL commits the last step of the index after it has told that it is done.
    let before = 0;
    while (before !== storage.statements()) {
      before = storage.statements();
      await sleep(300);
    }
    const found = await storage.usage.allowed({ clientId: "many", scope: null, since: T, first: 1_100 });
    assert.deepEqual(
      found.map(({ id }) => id),
      many
        .toReversed()
        .slice(0, 1_100)
        .map(({ id }) => id),
    );
    // Positions by 500, records by 25; and a look at how far the index is.
    assert.equal(storage.statements() - before, 3 + 44 + 1);
  });

  test("a token with a very long list of scopes is kept: it stands in no index of use", async () => {
    const storage = await open();
    const scope = Array.from({ length: 200 }, (_, i) => `patient/Observation.rs?code=${"c".repeat(200)}${i}`).join(" ");
    await storage.journal.append([{ ...grantDecision(next++), outcome: "ALLOW", scope }]);
    const many = scope.split(" ");
    await storage.journal.append([used("a", 1, ...many)]);
    assert.equal((await storage.usage.ofScope(many.at(-1) ?? "", 0)).length, 1);
  });

  test("is served by the indexes made for it", async () => {
    if (backend().name !== "sqlite") return;
    const url = await backend().fresh();
    await open(url);
    const plan = async (sql: string): Promise<string> =>
      (await backend().raw(url, `EXPLAIN QUERY PLAN ${sql}`)).map((row) => row.detail).join("\n");
    const where = `WHERE "kind" = 'ACCESS' AND "outcome" = 'ALLOW'`;
    const byScope = await plan(
      `SELECT MAX("decided_at") FROM decision_index ${where} AND "scope" = 's' AND "client_id" = 'c'`,
    );
    assert.match(byScope, /COVERING INDEX decision_index_use_scope/);
    const byClient = await plan(
      `SELECT "client_id", "scope", COUNT(*) FROM decision_index ${where} AND "client_id" IN ('a', 'b') AND "decided_at" >= 1 GROUP BY 1, 2`,
    );
    assert.match(byClient, /COVERING INDEX decision_index_use_client/);
    const newest = await plan(
      `SELECT * FROM decision_index ${where} AND "client_id" = 'c' AND "decided_at" >= 1 ORDER BY "decided_at" DESC, "seq" DESC LIMIT 5`,
    );
    assert.match(newest, /INDEX decision_index_use_client/);
  });

  test("searches are served by an index, newest first", async () => {
    if (backend().name !== "sqlite") return;
    const url = await backend().fresh();
    await open(url);
    const served: readonly (readonly [string, RegExp])[] = [
      [`"subject_id" = 's'`, /COVERING INDEX decision_index_subject /],
      [`"patient" = 'p'`, /COVERING INDEX decision_index_patient /],
      [`"resource_id" = 'r'`, /COVERING INDEX decision_index_resource /],
    ];
    for (const [condition, plan] of served) {
      const rows = await backend().raw(
        url,
        `EXPLAIN QUERY PLAN SELECT d."record"
          FROM (SELECT "seq" FROM decision_index WHERE ${condition} AND "seq" < 9 ORDER BY "seq" DESC LIMIT 5) AS p
          CROSS JOIN journal AS d WHERE d."seq" = p."seq" ORDER BY p."seq" DESC`,
      );
      const detail = rows.map((row) => row.detail).join("\n");
      assert.match(detail, plan);
      assert.doesNotMatch(detail, /TEMP B-TREE/);
    }
  });
});
