import assert from "node:assert/strict";
import { test } from "node:test";
import type { DataSource } from "typeorm";
import { HOUR_MS } from "../../src/domain/audit/countedWindow.ts";
import { reason } from "../../src/domain/decisions/reason.ts";
import { scopesUsed } from "../../src/domain/decisions/scopesUsed.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { DAY_MS } from "../../src/domain/policy/use.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import { createUsageReader } from "../../src/storage/journal/decisionUse.ts";
import { fillDay } from "../support/counted.ts";
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
      used("b", HOUR_MS + 50, "x"),
      used("a", 10, "x"),
      // Counted from the beginning of the hour.
      used("a", HOUR_MS, "x"),
      used("a", HOUR_MS + 70, "x"),
      used("c", 5, "x"),
      used("a", HOUR_MS + 80, "y"),
      denied,
      issued,
    ]);
    assert.deepEqual((await storage.usageOnRecord.ofScope("x", T + HOUR_MS + 50)).uses, [
      { clientId: "a", uses: 2, lastUsedAt: T + HOUR_MS + 70 },
      { clientId: "b", uses: 1, lastUsedAt: T + HOUR_MS + 50 },
      { clientId: "c", uses: 0, lastUsedAt: T + 5 },
    ]);
    assert.deepEqual((await storage.usageOnRecord.ofScope("never", 0)).uses, []);
    assert.deepEqual((await storage.usageOnRecord.ofScope("X", 0)).uses, []);
    assert.deepEqual((await storage.usageOnRecord.ofClients(["a", "c", "nobody"], T + HOUR_MS + 6)).uses, [
      { clientId: "a", scope: "x", uses: 2, lastUsedAt: T + HOUR_MS + 70 },
      { clientId: "a", scope: "y", uses: 1, lastUsedAt: T + HOUR_MS + 80 },
    ]);
    assert.deepEqual((await storage.usageOnRecord.ofClients([], 0)).uses, []);
    assert.deepEqual((await storage.usageOnRecord.ofScope("\0", 0)).uses, []);
  });

  test("many clients are read a part at a time, and none is lost or doubled between parts", async () => {
    const storage = await open();
    const clients = Array.from({ length: 1_001 }, (_, i) => `c-${String(i).padStart(4, "0")}`);
    await storage.journal.append(
      [...clients.toReversed(), "c-0500"].map((clientId, i) => used(clientId, i < 2 ? i : HOUR_MS + i, "x")),
    );
    await storage.usageOnRecord.ofScope("y", 0);
    const before = storage.statements();
    const { uses: found } = await storage.usageOnRecord.ofScope("x", T + HOUR_MS);
    assert.ok(storage.statements() - before >= 4);
    assert.deepEqual(
      found,
      clients.map((clientId, i) => {
        const at = clientId === "c-0500" ? 1_001 : 1_000 - i;
        return {
          clientId,
          uses: clientId === "c-0500" ? 2 : at >= 2 ? 1 : 0,
          lastUsedAt: T + (at < 2 ? at : HOUR_MS + at),
        };
      }),
    );
  });

  test("an answer that rests on several scopes uses each of them, and no scope that its name merely contains", async () => {
    const storage = await open();
    const [lab, vital] = ["patient/Observation.rs?category=s|lab", "patient/Observation.rs?category=s|vital"];
    await storage.journal.append([used("a", 10, lab, vital, "z"), used("a", 20, lab, vital), used("a", 30, vital)]);
    assert.deepEqual((await storage.usageOnRecord.ofScope(vital, T)).uses, [
      { clientId: "a", uses: 3, lastUsedAt: T + 30 },
    ]);
    assert.deepEqual((await storage.usageOnRecord.ofScope("patient/Observation.rs", T)).uses, []);
    assert.deepEqual((await storage.usageOnRecord.ofClients(["a"], T)).uses, [
      { clientId: "a", scope: lab, uses: 2, lastUsedAt: T + 20 },
      { clientId: "a", scope: vital, uses: 3, lastUsedAt: T + 30 },
      { clientId: "a", scope: "z", uses: 1, lastUsedAt: T + 10 },
    ]);
    const { records: ids } = await storage.usageOnRecord.allowed({ clientId: "a", scope: vital, since: T, first: 2 });
    assert.deepEqual(
      ids.map((record) => record.decidedAt - T),
      [30, 20],
    );
  });

  test("the newest accesses come first, whole, and no more than asked for", async () => {
    const storage = await open();
    const records = [30, 10, 30, 20].map((at) => used("a", at, "x"));
    await storage.journal.append([...records, used("b", 40, "x"), used("a", 50, "y")]);
    const { records: found } = await storage.usageOnRecord.allowed({
      clientId: "a",
      scope: "x",
      since: T + 20,
      first: 10,
    });
    assert.deepEqual(found, [records[2], records[0], records[3]]);
    const { records: every } = await storage.usageOnRecord.allowed({ clientId: "a", scope: null, since: T, first: 2 });
    assert.deepEqual(
      every.map(({ scope }) => scope),
      ["y", "x"],
    );
  });

  test("many are read in parts, each once, though many were at one time", async () => {
    // The index alone follows, and only who asks, so that no statement of its own is counted.
    const following = { consumers: [[decisionIndex]] };
    const storage = await open(undefined, { following });
    const many = Array.from({ length: 1_200 }, (_, i) => used("many", Math.floor(i / 700), "x"));
    await storage.journal.append(many);
    await storage.untilFollowed();
    const before = storage.statements();
    const { records: found } = await storage.usageOnRecord.allowed({
      clientId: "many",
      scope: null,
      since: T,
      first: 1_100,
    });
    assert.deepEqual(
      found.map(({ id }) => id),
      many
        .toReversed()
        .slice(0, 1_100)
        .map(({ id }) => id),
    );
    // Records by 25, rows of the index by 500; the looks at the index are few.
    const asked = storage.statements() - before;
    assert.ok(asked <= 44 + 20, `${asked} statements`);
  });

  test("a token with a very long list of scopes is kept: it stands in no index of use", async () => {
    const storage = await open();
    const scope = Array.from({ length: 200 }, (_, i) => `patient/Observation.rs?code=${"c".repeat(200)}${i}`).join(" ");
    await storage.journal.append([{ ...grantDecision(next++), outcome: "ALLOW", scope }]);
    const many = scope.split(" ");
    await storage.journal.append([used("a", 1, ...many)]);
    assert.equal((await storage.usageOnRecord.ofScope(many.at(-1) ?? "", 0)).uses.length, 1);
  });

  test("is what is counted one decision after the other, wherever a window begins", async () => {
    const storage = await open();
    const long = `patient/Observation.rs?code=${"c".repeat(1_500)}`;
    const scopes = ["x", "y", long, `${long}d`] as const;
    const records = Array.from({ length: 600 }, (_, n) => {
      const at = Math.floor(((n * 7_919) % 600) * 0.2 * HOUR_MS) + (n % 3);
      const own = [0, 1, 2].filter((i) => (n >> i) % 2 === 0).map((i) => scopes[(n + i) % 4] ?? "x");
      const record = used(`client-${n % 7}`, at, ...new Set(own.length === 0 ? ["x"] : own));
      return n % 11 === 0 ? { ...record, outcome: "DENY" as const, scope: null } : record;
    });
    // In two parts, so that what is counted is added to.
    await storage.journal.append(records.slice(0, 350));
    await storage.usageOnRecord.ofScope("x", 0);
    await storage.journal.append(records.slice(350));
    const day = T - (T % DAY_MS) + 2 * DAY_MS;
    const since = [
      0,
      T,
      T + 1,
      T + HOUR_MS / 2,
      day,
      day - 1,
      day + 1,
      day + HOUR_MS,
      day + 5.5 * HOUR_MS,
      T + 9 * DAY_MS,
      // When one was decided, and just after.
      ...[100, 205].flatMap((n) => [0, 1].map((ms) => (records[n]?.decidedAt ?? 0) + ms)),
    ];
    const clients = [...new Set(records.map(({ request }) => request.clientId))].sort();
    for (const from of since) {
      const uses = clients.flatMap((clientId) =>
        scopes.map((scope) => {
          const of = records.filter((r) => r.request.clientId === clientId && scopesUsed(r).includes(scope));
          const times = of.map(({ decidedAt }) => decidedAt);
          return {
            clientId,
            scope,
            uses: times.filter((at) => at >= from - (from % HOUR_MS)).length,
            lastUsedAt: Math.max(0, ...times),
          };
        }),
      );
      for (const scope of scopes)
        assert.deepEqual(
          (await storage.usageOnRecord.ofScope(scope, from)).uses,
          uses.flatMap(({ scope: of, ...use }) => (of === scope && use.lastUsedAt > 0 ? [use] : [])),
          `${scope.slice(0, 30)} since ${from - T}`,
        );
      const { uses: found } = await storage.usageOnRecord.ofClients(clients.toReversed(), from);
      const key = (use: object): string => JSON.stringify(use, ["clientId", "scope", "uses", "lastUsedAt"]);
      assert.deepEqual(
        found.map(key).sort(),
        uses
          .filter((use) => use.uses > 0)
          .map(key)
          .sort(),
        `since ${from - T}`,
      );
    }
  });

  test("of more SMART scopes than a day has keys callers' own count as the widest, and for each; those of the policy by name", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await backend().raw(url, fillDay("USE", T, 5_000));
    const later = [
      used("a", 10_000, "patient/Condition.rs"),
      used("a", 10_001, "view_labs"),
      used("b", 10_002, "patient/Condition.r"),
      used("b", 10_003, "system/Condition.r"),
    ];
    await storage.journal.append(later);
    const of = async (scope: string) => (await storage.usageOnRecord.ofScope(scope, T)).uses;
    assert.deepEqual(await of("view_labs"), [{ clientId: "a", uses: 1, lastUsedAt: T + 10_001 }]);
    const both = [
      { clientId: "a", uses: 1, lastUsedAt: T + 10_000 },
      { clientId: "b", uses: 1, lastUsedAt: T + 10_002 },
    ];
    assert.deepEqual(await of("patient/Condition.rs"), both);
    assert.deepEqual(await of("patient/Anything.rs"), both);
    const { uses } = await storage.usageOnRecord.ofClients(["b"], T);
    assert.deepEqual(
      uses.map(({ scope }) => scope),
      ["patient/*.cruds", "system/*.cruds"],
    );
    const [row] = await backend().raw(url, "SELECT COUNT(*) AS n FROM rollup_key WHERE dimension = 2");
    assert.equal(Number(row?.n), 5_000 + 4);
  });

  test("more uses than one statement reads are all told, each once", async () => {
    const storage = await open();
    const names = Array.from({ length: 1_201 }, (_, i) => `made_up_${i}`);
    await storage.journal.append([...names.map((name, i) => used("a", i, name)), used("b", 0, "other")]);
    const { uses: found } = await storage.usageOnRecord.ofClients(["a"], 0);
    assert.deepEqual(found.map(({ scope }) => scope).sort(), names.toSorted());
    assert.ok(found.every(({ uses }) => uses === 1));
  });

  test("is counted anew with the index", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.journal.append([used("a", 0, "x"), used("a", 2 * DAY_MS, "x"), used("b", 0, "y", "z")]);
    const before = (await storage.usageOnRecord.ofClients(["a", "b"], 0)).uses;
    await backend().raw(url, 'UPDATE rollup SET "n" = "n" + 1');
    assert.notDeepEqual((await storage.usageOnRecord.ofClients(["a", "b"], 0)).uses, before);
    await storage.rebuildIndex();
    assert.deepEqual((await storage.usageOnRecord.ofClients(["a", "b"], 0)).uses, before);
  });

  test("is served by the indexes made for it, on both databases", async () => {
    const { name, raw } = backend();
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.journal.append(
      Array.from({ length: 2_000 }, (_, n) =>
        used(`client-${n % 40}`, Math.floor(n * 0.1 * HOUR_MS), `scope_${n % 30}`, ...(n % 9 === 0 ? ["z"] : [])),
      ),
    );
    await storage.usageOnRecord.ofScope("x", 0);
    // So small a table PostgreSQL would read from its beginning.
    const read =
      name === "postgres" ? `${url}${encodeURIComponent(" -c enable_seqscan=off -c enable_bitmapscan=off")}` : url;
    if (name === "postgres") await raw(url, "ANALYZE");
    const asked: string[] = [];
    const literal = (value: unknown): string =>
      typeof value === "number" ? `${value}` : `'${String(value).replaceAll("'", "''")}'`;
    const source = {
      async query(sql: string, parameters: readonly unknown[]) {
        let n = 0;
        const text =
          name === "postgres"
            ? sql.replace(/\$(\d+)/g, (_, i) => literal(parameters[Number(i) - 1]))
            : sql.replace(/\?/g, () => literal(parameters[n++]));
        asked.push(text);
        return raw(url, text);
      },
    } as unknown as DataSource;
    const nothing = async (): Promise<void> => {};
    const asOf = async (): Promise<number> => T;
    const never = undefined as unknown as Parameters<typeof createUsageReader>[0]["index"];
    const usage = createUsageReader({
      source,
      dialect: dialectOf(url),
      asOf,
      ready: nothing,
      giveWay: nothing,
      index: never,
    });
    const since = T + 30.5 * HOUR_MS;
    assert.ok((await usage.ofScope("z", since)).uses.length > 0);
    assert.ok((await usage.ofClients(["client-3", "client-7"], since)).uses.length > 0);
    // What each statement is known by, and what it reads by.
    const served: readonly (readonly [RegExp, RegExp])[] = [
      [/MIN\("bucket"\)/, /(USING PRIMARY KEY|rollup_pkey)/],
      [/FROM rollup_key\s.*substr/s, /rollup_key_scope/],
      [/FROM rollup_key/, /rollup_key_client/],
      [/CROSS JOIN rollup/, /(USING PRIMARY KEY|rollup_pkey)/],
    ];
    const seen = new Set<RegExp>();
    for (const sql of asked) {
      const rows = await raw(read, `EXPLAIN ${name === "sqlite" ? "QUERY PLAN " : ""}${sql}`);
      const plan = rows.map((row) => String(row.detail ?? row["QUERY PLAN"])).join("\n");
      const [known, index] = served.find(([of]) => of.test(sql)) ?? assert.fail(sql);
      seen.add(known);
      assert.match(plan, index, `${sql}\n${plan}`);
      // A table of the journal's size is never read from its beginning.
      assert.doesNotMatch(plan, /SCAN (rollup_key|rollup|r\b)|Seq Scan on rollup/, `${sql}\n${plan}`);
    }
    assert.equal(seen.size, served.length);
  });
});
