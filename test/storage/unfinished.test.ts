import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import type { PolicyStore } from "../../src/domain/policy/store.ts";
import type { RowChange } from "../../src/domain/policy/types.ts";
import type { RunSql } from "../../src/storage/database/connection.ts";
import { openConnection, openDataSource, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { openWriter } from "../../src/storage/database/writer.ts";
import { createPutOnRecord } from "../../src/storage/journal/acts.ts";
import { policyProblem } from "../../src/storage/policy/policyProblem.ts";
import { createPolicyStore } from "../../src/storage/policy/policyStore.ts";
import { policyEntities, policyTables, revisionEntity } from "../../src/storage/policy/policyTables.ts";
import { client, revision, role, rule } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const RULES = 900;
const rules = Array.from({ length: RULES }, (_, i) => rule(`r-${String(i).padStart(4, "0")}`));
const first = rules.map((r) => changeOf("rule", null, r));
/** All but one in a hundred rules are replaced or end, and clients begin. */
const second: readonly RowChange[] = [
  ...Array.from({ length: 100 }, (_, i) => changeOf("client", null, client(`c-${i}`))),
  ...rules
    .filter((_, i) => i % 100 !== 7)
    .map((r, i) => changeOf("rule", r, i % 3 === 0 ? null : { ...r, effect: "DENY" })),
];
/** The transactions of `second`: one that begins, one a part of 250 changes, one that ends. */
const TRANSACTIONS = 2 + Math.ceil(second.length / 250);

onEveryBackend("a revision that is written in parts", ({ open, backend }) => {
  const closing: (() => Promise<unknown>)[] = [];
  after(() => Promise.all(closing.map((close) => close())));

  /** A store on a writer of its own, which tells of each COMMIT, and of the rows that it commits, before or after it. */
  async function watched(
    url: string,
    watch: {
      readonly before?: (rows: number) => Promise<void> | void;
      readonly afterwards?: () => Promise<void> | void;
    } = {},
  ): Promise<PolicyStore & { readonly run: RunSql }> {
    const dialect = dialectOf(url);
    const counter = statementCounter();
    const connect = () => openConnection({ dialect, purpose: "write", counter });
    const writer = await openWriter({
      log: () => {},
      open: async () => {
        const connection = await connect();
        let rows = 0;
        const run: RunSql = async (sql, parameters) => {
          if (sql === "COMMIT") await watch.before?.(rows);
          const outcome = await connection.run(sql, parameters);
          rows = sql === dialect.begin ? 0 : rows + outcome.affected;
          if (sql === "COMMIT") await watch.afterwards?.();
          return outcome;
        };
        return { ...connection, run };
      },
    });
    const entities = [...Object.values(policyEntities), revisionEntity];
    const source = await openDataSource({ dialect, purpose: "read", counter, entities });
    closing.push(async () => {
      await writer.close();
      await source.destroy();
    });
    const store = createPolicyStore({
      source,
      writer,
      dialect,
      putOnRecord: createPutOnRecord({ dialect, newSalt: () => "salt" }),
      closeProposal: () => Promise.reject(new Error("no proposal is carried out here")),
      giveAccess: () => Promise.reject(new Error("no access request is carried out here")),
      requireAuthor: async () => {},
      newId: randomUUID,
      goneAfterMs: 0,
    });
    const run: RunSql = async (sql, parameters = []) => ({
      rows: await source.query(sql, [...parameters]),
      affected: 0,
    });
    return { ...store, run };
  }

  const isSound = (url: string, { run }: { readonly run: RunSql }): Promise<unknown> =>
    policyProblem({ run, dialect: dialectOf(url) }, () => false).then((problem) => assert.equal(problem, null));

  /** How many rows there are of a revision that is not there. */
  async function left(url: string, number: number): Promise<number> {
    const counts = Object.values(policyTables).map(
      ({ name }) => `(SELECT COUNT(*) FROM ${name} WHERE since = ${number} OR until = ${number})`,
    );
    const [row] = await backend().raw(url, `SELECT ${counts.join(" + ")} AS n, writing FROM policy_unfinished`);
    assert.equal(row?.writing, null);
    return Number(row?.n);
  }

  test("no transaction is longer for a revision that is larger, and none but the last shows anything", async () => {
    const url = await backend().fresh();
    const other = await open(url);
    await other.policy.commit(revision(1, first));
    const rows: number[] = [];
    const store = await watched(url, {
      before: (count) => void rows.push(count),
      async afterwards() {
        await isSound(url, store);
        if (rows.length === TRANSACTIONS) return;
        assert.equal(await other.policy.headRevision(), 1);
        assert.equal((await other.policy.load()).rules.size, RULES);
        const page = { first: 500, after: null };
        const query = { noun: "client", revision: 1, filter: {}, page } as const;
        assert.deepEqual((await other.reader.page(query)).items, []);
      },
    });
    await store.commit(revision(2, second));
    assert.equal(rows.length, TRANSACTIONS);
    // 250 that end, 250 that begin, and the row that says where the writing is.
    assert.ok(Math.max(...rows) <= 501, String(rows));
    assert.ok(Math.min(rows[0] ?? 9, rows.at(-1) ?? 9) <= 5, String(rows));
    const policy = await other.policy.load();
    assert.deepEqual([policy.revision, policy.rules.size, policy.clients.size], [2, RULES - 297, 100]);
    assert.equal((await other.policy.load(1)).rules.size, RULES);
  });

  test("whichever answer is lost, the revision is there once", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    let losing = -1;
    const lost = (): void => {
      if (losing < 0 || --losing >= 0) return;
      throw new Error("the connection was lost");
    };
    const [before, afterwards] = [await watched(url, { before: lost }), await watched(url, { afterwards: lost })];
    let number = 0;
    for (let at = 0; at < TRANSACTIONS; at++) {
      for (const store of [before, afterwards]) {
        const changes =
          number % 2 === 0 ? first : first.map(({ key, noun, after }) => ({ noun, key, before: after, after: null }));
        losing = at;
        await store.commit(revision(++number, changes as readonly RowChange[]));
        assert.equal(losing, -1);
        assert.equal((await storage.policy.load()).rules.size, number % 2 === 0 ? 0 : RULES);
      }
    }
    const acts = await backend().raw(url, "SELECT id FROM journal ORDER BY seq");
    assert.deepEqual(
      acts.map(({ id }) => id),
      Array.from({ length: number }, (_, i) => `policy:${i + 1}`),
    );
    await isSound(url, before);
  });

  test("one that is refused in its last part leaves nothing", async () => {
    const url = await backend().fresh();
    await open(url);
    const store = await watched(url);
    await store.commit(revision(1, first));
    const doomed = [...second, changeOf("rule", rule("ghost"), null)];
    await assert.rejects(store.commit(revision(2, doomed)), { code: "CONFLICT" });
    await assert.rejects(store.commit(revision(2, [...second, changeOf("client", null, client("a\0b"))])), {
      code: "BAD_USER_INPUT",
    });
    assert.equal(await left(url, 2), 0);
    await isSound(url, store);
    await store.commit(revision(2, second));
    assert.equal((await store.load()).clients.size, 100);
  });

  test("what is left by one that is gone is taken back, and if it was not gone, it is told", async () => {
    const url = await backend().fresh();
    await open(url);
    const store = await watched(url);
    await store.commit(revision(1, first));
    let number = 1;
    for (let at = 0; at < TRANSACTIONS; at++) {
      let done = 0;
      let isStuck = (): void => {};
      let goOn = (): void => {};
      const stuck = new Promise<void>((resolve) => {
        isStuck = resolve;
      });
      const slow = await watched(url, {
        afterwards: async () => {
          if (done++ !== at) return;
          isStuck();
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
        },
      });
      const next = number + 1;
      const outcome = slow.commit(revision(next, second)).then(
        () => "committed",
        (error: { readonly code?: string }) => error.code,
      );
      await stuck;
      await isSound(url, store);
      const small = store.commit(revision(next, [changeOf("role", null, role(`at-${at}`))]));
      if (at === TRANSACTIONS - 1) await assert.rejects(small, { code: "CONFLICT" });
      else await small;
      goOn();
      assert.equal(await outcome, at === TRANSACTIONS - 1 ? "committed" : "CONFLICT");
      const policy = await store.load();
      if (at < TRANSACTIONS - 1) {
        number++;
        assert.deepEqual([policy.rules.size, policy.clients.size, policy.roles.size], [RULES, 0, at + 1]);
      } else assert.equal(policy.clients.size, 100);
      await isSound(url, store);
    }
  });

  test("one that gets on is waited for", async () => {
    const url = await backend().fresh();
    const other = await open(url, { goneAfterMs: 3_600_000 });
    await other.policy.commit(revision(1, first));
    let commits = 0;
    let small: Promise<unknown> = Promise.resolve();
    const store = await watched(url, {
      afterwards() {
        if (++commits !== 2) return;
        small = other.policy.commit(revision(2, [changeOf("role", null, role("r"))]));
        small.catch(() => undefined);
      },
    });
    await store.commit(revision(2, second));
    await assert.rejects(small, { code: "CONFLICT" });
    await other.policy.commit(revision(3, [changeOf("role", null, role("r"))]));
    assert.equal((await store.load()).clients.size, 100);
  });

  test("two instances that race for a revision of many rows: one wins whole, the other leaves nothing", async () => {
    const url = await backend().fresh();
    const [one, two] = [await open(url, { goneAfterMs: 3_600_000 }), await open(url, { goneAfterMs: 3_600_000 })];
    const of = (name: string) => Array.from({ length: 600 }, (_, i) => changeOf("role", null, role(`${name}-${i}`)));
    const outcomes = await Promise.allSettled([
      one.policy.commit(revision(1, of("a"))),
      two.policy.commit(revision(1, of("b"))),
    ]);
    const lost = outcomes.filter((outcome) => outcome.status === "rejected");
    assert.deepEqual(
      lost.map(({ reason }) => reason.code),
      ["CONFLICT"],
    );
    const names = new Set([...(await two.policy.load()).roles.keys()].map((name) => name[0]));
    assert.deepEqual([names.size, (await one.policy.load()).roles.size, await left(url, 2)], [1, 600, 0]);
  });
});
