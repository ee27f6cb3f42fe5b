import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, test } from "node:test";
import { createDirectoryAdmin } from "../../src/domain/directory/admin.ts";
import type { NewEntity } from "../../src/domain/directory/entity.ts";
import type { DirectoryChange } from "../../src/domain/directory/store.ts";
import { canonicalJson, type Json } from "../../src/domain/kernel/canonical.ts";
import { openStorage, type Storage } from "../../src/storage/storage.ts";
import { sqliteRaw } from "./backends.ts";
import { onEveryBackend } from "./suite.ts";

const user = (id: string, properties: NewEntity["properties"] = null): NewEntity => ({ type: "user", id, properties });
const change = (put: readonly NewEntity[], remove: DirectoryChange["remove"] = []): DirectoryChange => ({
  author: "seed",
  reason: "a test",
  committedAt: 5,
  put,
  remove,
});
const adminOf = ({ directory: store }: Storage) => createDirectoryAdmin({ store, clock: () => 5 });

/** What is known, as `type id version properties`. */
async function known(storage: Storage): Promise<readonly string[]> {
  const { entities } = await adminOf(storage).refresh();
  return [...entities.values()]
    .flatMap((ofType) => [...ofType.values()])
    .map(({ type, id, version, properties }) => `${type} ${id} ${version} ${canonicalJson(properties)}`)
    .sort();
}

describe("the directory in a file", () => {
  for (const [what, sql, problem] of [
    [
      "a property that differs",
      `UPDATE directory_entity SET properties = '{"level":9}' WHERE id = 'a'`,
      /revision 1 of the directory is not what was committed/,
    ],
    [
      "a row that is gone",
      "DELETE FROM directory_entity WHERE id = 'b' AND since = 2",
      /revision 2 of the directory is not/,
    ],
    ["a row of no revision", "INSERT INTO directory_entity (type, id, since) VALUES ('t', 'x', 9)", /of no revision/],
    [
      "a revision that is gone",
      "DELETE FROM directory_revision WHERE revision = 1",
      /revision 1 of the directory is missing/,
    ],
  ] as const)
    test(`keeps a service from starting: ${what}`, async () => {
      const url = `sqlite:${join(await mkdtemp(join(tmpdir(), "scopewarden-directory-")), "test.db")}`;
      const storage = await openStorage({ url, clock: Date.now });
      await storage.directory.commit(change([user("a", { level: 1 }), user("b")]));
      await storage.directory.commit(change([user("b", { level: 2 })]));
      await storage.directory.commit(change([], [user("a")]));
      await storage.close();
      const sound = await openStorage({ url, clock: Date.now });
      await sound.close();
      await sqliteRaw(url, sql);
      await assert.rejects(openStorage({ url, clock: Date.now }), { message: problem });
    });
});

onEveryBackend("the directory", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url);
  });

  test("a put begins versions, and what is as it was begins none", async () => {
    const { directory } = storage;
    assert.deepEqual(await directory.commit(change([user("a", { level: 1 }), user("b")])), {
      revision: 1,
      put: 2,
      removed: 0,
    });
    assert.deepEqual(await directory.commit(change([user("a", { level: 1 }), user("b")])), {
      revision: 1,
      put: 0,
      removed: 0,
    });
    assert.deepEqual(
      await directory.commit(change([user("a", { level: 2 }), user("b"), { ...user("a"), type: "robot" }])),
      {
        revision: 2,
        put: 2,
        removed: 0,
      },
    );
    assert.deepEqual(await known(storage), ["robot a 2 null", 'user a 2 {"level":2}', "user b 1 null"]);
    assert.equal(await directory.headRevision(), 2);
  });

  test("the order in which properties are said makes no version", async () => {
    const { directory } = storage;
    await directory.commit(change([user("a", { x: 1, y: [{ p: 1, q: 2 }] })]));
    assert.equal((await directory.commit(change([user("a", { y: [{ q: 2, p: 1 }], x: 1 })]))).put, 0);
  });

  test("what is removed is gone, can come again, and every version can be read as long as it is kept", async () => {
    const { directory } = storage;
    await directory.commit(change([user("a", { level: 1 }), user("b")]));
    assert.deepEqual(await directory.commit(change([], [user("a"), user("nobody")])), {
      revision: 2,
      put: 0,
      removed: 1,
    });
    assert.deepEqual(await known(storage), ["user b 1 null"]);
    await directory.commit(change([user("a", { level: 3 })]));
    assert.deepEqual(await known(storage), ['user a 3 {"level":3}', "user b 1 null"]);
    for (const [version, level] of [
      [1, 1],
      [3, 3],
    ] as const)
      assert.deepEqual(await directory.version({ type: "user", id: "a", version }), {
        ...user("a", { level }),
        version,
      });
    assert.equal(await directory.version({ type: "user", id: "a", version: 2 }), null);
    assert.equal(await directory.version({ type: "user", id: "\0", version: 2 }), null);
  });

  test("an instance that follows comes to what one that reads afresh has, and replaces nothing that is as it was", async () => {
    const other = adminOf(storage);
    const ids = Array.from({ length: 40 }, (_, i) => `u${i}`);
    let state = 7;
    const next = (most: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % most;
    };
    for (let round = 0; round < 12; round++) {
      const touched = [...new Set(Array.from({ length: 10 }, () => ids[next(40)] as string))];
      const [put, remove] = [touched.filter((_, i) => i % 3 > 0), touched.filter((_, i) => i % 3 === 0)];
      await storage.directory.commit(
        change(
          put.map((id) => user(id, { level: next(3) })),
          remove.map((id) => user(id)),
        ),
      );
      // It misses some revisions, and what began and ended between them.
      if (round % 3 !== 2) continue;
      const before = await other.refresh();
      assert.equal(await other.refresh(), before);
      const found = [...(before.entities.get("user")?.values() ?? [])].map(
        ({ type, id, version, properties }) => `${type} ${id} ${version} ${canonicalJson(properties)}`,
      );
      assert.deepEqual(found.sort(), await known(storage));
    }
  });

  test("more entities than a statement takes are written and read whole, each once", async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => user(`u-${i}`, { i, name: `\u{1f600} ${i}` }));
    for (let part = 0; part < 3; part++) {
      const entities = many.map((entity) => ({ ...entity, type: `t${part}` }));
      assert.equal((await storage.directory.commit(change(entities))).put, 1_000);
    }
    const { entities } = await adminOf(storage).refresh();
    assert.deepEqual(
      [...entities.entries()].map(([type, ofType]) => [type, ofType.size]).sort(),
      [0, 1, 2].map((part) => [`t${part}`, 1_000]),
    );
    assert.deepEqual(entities.get("t1")?.get("u-999")?.properties, { i: 999, name: "\u{1f600} 999" });
  });

  test("pages are in the order of type and id, narrowed exactly, and follow each other", async () => {
    const ids = ["b", "a", "B", "\uffee", "\u{10000}"];
    await storage.directory.commit(change([...ids.map((id) => user(id)), { ...user("z"), type: "Patient" }]));
    const found: string[] = [];
    for (let after: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof storage.directory.page>> = await storage.directory.page({
        filter: {},
        page: { first: 2, after },
      });
      found.push(...page.items.map(({ node }) => `${node.type} ${node.id}`));
      after = page.items.at(-1)?.key ?? null;
      if (!page.hasNextPage) break;
    }
    assert.deepEqual(found, ["Patient z", ...["B", "a", "b", "\uffee", "\u{10000}"].map((id) => `user ${id}`)]);
    const one = async (filter: object) =>
      (await storage.directory.page({ filter, page: { first: 9, after: null } })).items.map(({ node }) => node.id);
    assert.deepEqual(await one({ type: "user", id: "b" }), ["b"]);
    assert.deepEqual(await one({ id: "z" }), ["z"]);
    assert.deepEqual(await one({ type: "USER" }), []);
    assert.deepEqual(await one({ type: "\0" }), []);
    const odd = await storage.directory.page({ filter: {}, page: { first: 9, after: "no key" } });
    assert.deepEqual(odd.items, []);
  });

  test("a change is one act on record, with how much and a digest, whatever it is of", async () => {
    await storage.directory.commit(change([user("b", { level: 1 }), user("a")]));
    await storage.directory.commit(change([user("a")], [user("b")]));
    await storage.directory.commit(change([user("a")]));
    const acts = await backend().raw(
      url,
      `SELECT id, kind, record, personal FROM journal WHERE kind = 'DIRECTORY' ORDER BY seq`,
    );
    const sha = (list: Json) => createHash("sha256").update(canonicalJson(list)).digest("hex");
    const by = { author: "seed", committedAt: 5, reason: "a test" };
    assert.deepEqual(
      acts.map(({ id, record, personal }) => [id, JSON.parse(String(record)), personal]),
      [
        [
          "directory:1",
          {
            ...by,
            changesSha256: sha([
              { after: null, id: "a", type: "user" },
              { after: { level: 1 }, id: "b", type: "user" },
            ]),
            put: 2,
            removed: 0,
            revision: 1,
          },
          "{}",
        ],
        [
          "directory:2",
          { ...by, changesSha256: sha([{ after: false, id: "b", type: "user" }]), put: 0, removed: 1, revision: 2 },
          "{}",
        ],
      ],
    );
  });

  test("two instances that change it at once make two revisions, and lose nothing", async () => {
    const other = await open(url);
    const [a, b] = [adminOf(storage), adminOf(other)];
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        (i % 2 === 0 ? a : b).put({ entities: [{ type: "user", id: `u${i}` }], reason: "t", author: "seed" }),
      ),
    );
    assert.equal(await storage.directory.headRevision(), 8);
    assert.equal((await known(other)).length, 8);
  });

  test("a change whose author's key is no longer in force changes nothing", async () => {
    const refused = storage.directory.commit({ ...change([user("a")]), author: "key:abcdefghijkl" });
    await assert.rejects(refused, { code: "UNAUTHENTICATED" });
    assert.equal(await storage.directory.headRevision(), 0);
  });

  test("a database that can't be read is POLICY_UNAVAILABLE, and what was known stays", async () => {
    await storage.directory.commit(change([user("a")]));
    const admin = adminOf(storage);
    const before = await admin.refresh();
    await backend().raw(url, "ALTER TABLE directory_revision RENAME TO gone");
    await assert.rejects(admin.refresh(), { code: "POLICY_UNAVAILABLE" });
    assert.equal(admin.current(), before);
    await backend().raw(url, "ALTER TABLE gone RENAME TO directory_revision");
    assert.equal(await admin.refresh(), before);
  });
});
