import assert from "node:assert/strict";
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, copyFile, mkdtemp, open, readdir, readFile, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, test } from "node:test";
import { createGunzip, createGzip } from "node:zlib";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { backUp, restore } from "../../src/storage/backup/backup.ts";
import { beginBackup, sha256Of } from "../../src/storage/backup/backupFile.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { allDecisions } from "./allDecisions.ts";
import type { Backend } from "./backends.ts";
import { client, decision, grant, revision, role, rule, scope } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const silent = (): void => {};
const folders: string[] = [];
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "scopewarden-backup-"));
  folders.push(made);
  return made;
}
after(async () => {
  for (const made of folders) await rm(made, { recursive: true, force: true });
});

const ROWS = {
  client: client("app"),
  role: role("provider"),
  scope: scope("view"),
  grant: grant("app", "view"),
  // All that COPY writes in another way than it stands there.
  rule: rule("r1", {
    role: "provider",
    scope: "view",
    description: 'Quotes "\\", a tab\t, ends of\r\nlines, \\. and ü',
  }),
};
const policy = revision(1, [
  changeOf("client", null, ROWS.client),
  changeOf("role", null, ROWS.role),
  changeOf("scope", null, ROWS.scope),
  changeOf("grant", null, ROWS.grant),
  changeOf("rule", null, ROWS.rule),
]);

const open1 = (url: string, more: object = {}) => openStorage({ url, clock: () => 1_800_000_000_000, ...more });

async function tableNames({ name, raw }: Backend, url: string): Promise<readonly string[]> {
  const sql =
    name === "sqlite"
      ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
      : "SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY 1";
  return (await raw(url, sql)).map((row) => String(row.name));
}

/** Every row of every table, as text. What moves while nobody asks (leases, positions of followers) is left out. */
async function everything(
  backend: Backend,
  url: string,
  until: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const all = new Map<string, readonly string[]>();
  for (const table of await tableNames(backend, url)) {
    if (table.startsWith("follower") || table === "probe") continue;
    const rows = await backend.raw(url, `SELECT * FROM "${table}"`);
    const kept = table === "journal" ? rows.filter(({ seq }) => Number(seq) <= until) : rows;
    all.set(table, kept.map((row) => JSON.stringify(row)).sort());
  }
  return all;
}

onEveryBackend("backup", ({ backend: started }) => {
  test("what stood there when it began is in it, is put in an empty place, and is served", async () => {
    const backend = started();
    const url = await backend.fresh();
    const storage = await open1(url);
    await storage.policy.commit(policy);
    await storage.journal.append(Array.from({ length: 300 }, (_, i) => decision(i)));
    await allDecisions(storage, { callerId: "key:gateway" });
    const output = join(await folder(), "one.backup");
    let goesOn = true;
    const load = (async () => {
      for (let n = 1_000; goesOn; n += 10)
        await storage.journal.append(Array.from({ length: 10 }, (_, i) => decision(n + i)));
    })();
    const written = await backUp(url, output, silent);
    goesOn = false;
    await load;
    assert.equal((await stat(output)).mode & 0o777, 0o600);
    assert.deepEqual((await readdir(join(output, ".."))).sort(), ["one.backup", "one.backup.sha256"]);
    assert.ok(written.end >= 301);

    const place = await backend.fresh();
    const put = await restore(place, { backup: output }, silent);
    assert.deepEqual([put.end, put.database], [written.end, backend.name]);
    const there = await everything(backend, place, written.end);
    const source = await everything(backend, url, written.end);
    for (const table of ["journal", "policy_rule", "policy_revision", "schema_version"]) {
      assert.ok((there.get(table)?.length ?? 0) > 0, table);
      assert.deepEqual(there.get(table), source.get(table), table);
    }
    assert.deepEqual([...there.keys()], [...source.keys()]);
    await storage.close();

    const again = await open1(place, { accept: { author: "Paula", reason: "Disk.", restored: true } });
    const acts = await backend.raw(place, "SELECT seq, record FROM journal WHERE kind = 'RECOVERY'");
    assert.deepEqual(
      acts.map((row) => [Number(row.seq) > written.end, JSON.parse(String(row.record))]),
      [
        [
          true,
          {
            at: 1_800_000_000_000,
            author: "Paula",
            expectedPosition: null,
            finding: "RESTORED",
            foundPosition: written.end,
            reason: "Disk.",
          },
        ],
      ],
    );
    // It goes on where the backup ended: new positions, and nothing on record can be changed.
    await again.journal.append([decision(9_999)]);
    const found = await allDecisions(again, { callerId: "key:gateway" });
    assert.equal(found.length, written.end - 1 + 1);
    await assert.rejects(backend.raw(place, "DELETE FROM journal"));
    await again.close();
  });

  test("a place that is not empty, and a file that is there, stay as they are", async () => {
    const backend = started();
    const url = await backend.fresh();
    const storage = await open1(url);
    await storage.journal.append([decision(1)]);
    await storage.close();
    const output = join(await folder(), "one.backup");
    await backUp(url, output, silent);
    const before = await readFile(output);
    await assert.rejects(backUp(url, output, silent), /one\.backup is there already/);
    assert.deepEqual(await readFile(output), before);
    await assert.rejects(restore(url, { backup: output }, silent), /a backup is only put in an empty place/);
    const other =
      backend.name === "sqlite" ? "postgres://nobody@127.0.0.1:1/x" : `sqlite:${join(await folder(), "x.db")}`;
    await assert.rejects(restore(other, { backup: output }, silent), /is a backup of .*, and DATABASE_URL names/);
    await assert.rejects(restore(await backend.fresh(), { backup: resolve("README.md") }, silent), /is no backup/);
  });

  test("one that was killed blocks no other of its name, and what it left is named", async () => {
    const backend = started();
    const url = await backend.fresh();
    const storage = await open1(url);
    await storage.journal.append([decision(1)]);
    await storage.close();
    const dir = await folder();
    const output = join(dir, "one.backup");
    // As it begins, so it is left.
    const killed = await beginBackup(output);
    const { end, unfinished } = await backUp(url, output, silent);
    assert.deepEqual([end, unfinished], [1, [killed]]);
    assert.deepEqual((await readdir(dir)).sort(), [basename(killed), "one.backup", "one.backup.sha256"].sort());
    assert.equal((await restore(await backend.fresh(), { backup: output }, silent)).end, 1);
  });

  test("one that is cut off or changed is refused, and the place stays empty", async () => {
    const backend = started();
    const url = await backend.fresh();
    const storage = await open1(url);
    await storage.policy.commit(policy);
    await storage.journal.append(Array.from({ length: 200 }, (_, i) => decision(i)));
    await storage.close();
    const dir = await folder();
    const output = join(dir, "one.backup");
    const written = await backUp(url, output, silent);
    const { size } = await stat(output);
    const place = await backend.fresh();

    const cut = join(dir, "cut.backup");
    await copyFile(output, cut);
    await truncate(cut, Math.floor(size * 0.6));
    await assert.rejects(restore(place, { backup: cut }, silent), /cut\.backup\.sha256 is not there/);
    const { sha256 } = written;
    await assert.rejects(
      restore(place, { backup: cut, sha256 }, silent),
      /the backup was cut off or changed: its SHA-256/,
    );
    // Also one that has its digest is looked into.
    await assert.rejects(restore(place, { backup: cut, sha256: await sha256Of(cut) }, silent), /not whole|damaged/);
    const flipped = join(dir, "flipped.backup");
    if (backend.name === "sqlite") {
      await copyFile(output, flipped);
      const [row] = await backend.raw(
        `sqlite:${output}`,
        "SELECT rootpage FROM sqlite_schema WHERE name = 'policy_rule'",
      );
      const file = await open(flipped, "r+");
      await file.write(Buffer.alloc(4096, 0xff), 0, 4096, (Number(row?.rootpage) - 1) * 4096);
      await file.close();
    } else {
      const chunks: Buffer[] = [];
      for await (const chunk of createReadStream(output).pipe(createGunzip())) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString("utf8").replace("provider", "proveder");
      await pipeline(Readable.from([Buffer.from(text)]), createGzip(), createWriteStream(flipped));
    }
    await copyFile(`${output}.sha256`, `${flipped}.sha256`);
    await assert.rejects(restore(place, { backup: flipped }, silent), /was cut off or changed/);
    const own = await sha256Of(flipped);
    await assert.rejects(restore(place, { backup: flipped, sha256: own }, silent), /digest is another|damaged/);
    await chmod(output, 0o644);
    assert.equal((await restore(place, { backup: output, sha256 }, silent)).end, 201);
    if (backend.name === "sqlite") assert.equal((await stat(place.slice("sqlite:".length))).mode & 0o777, 0o600);
  });
});

test("a mark that is left of the lost file says what the backup lacks", async () => {
  const dir = await folder();
  const path = join(dir, "live.db");
  const url = `sqlite:${path}`;
  const storage = await open1(url);
  await storage.journal.append([decision(1)]);
  await backUp(url, join(dir, "one.backup"), silent);
  await storage.journal.append([decision(2), decision(3)]);
  await storage.close();
  for (const file of [path, `${path}-wal`, `${path}-shm`]) await rm(file, { force: true });
  await restore(url, { backup: join(dir, "one.backup") }, silent);
  await assert.rejects(open1(url), /2 acts are missing/);
  await (await open1(url, { accept: { author: "P", reason: "r", restored: true } })).close();
  const recovered = await open1(url);
  assert.equal((await allDecisions(recovered, { callerId: "key:gateway" })).length, 1);
  await recovered.close();
});
