import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { checkFile } from "../../../src/storage/database/file/checkFile.ts";
import { openStorage } from "../../../src/storage/storage.ts";
import { program } from "../../support/program.ts";
import { sqliteRaw } from "../backends.ts";
import { decision } from "../samples.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-lock-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const service = (path: string, beside = false) => openStorage({ url: `sqlite:${path}`, clock: Date.now, beside });

test("a second service on one file is refused, under any name of it, and told what to do", async () => {
  const path = join(folder, "one.db");
  const first = await service(path);
  await symlink(path, join(folder, "other name.db"));
  for (const name of [path, join(folder, "other name.db")])
    await assert.rejects(
      service(name),
      /one\.db is in use by another process, which holds .*one\.db\.lock\. Stop that one first, or .*DATABASE_URL.*PostgreSQL/,
    );
  await first.close();
  await (await service(path)).close();
});

test("what reads, and a command that writes little, live beside it", async () => {
  const path = join(folder, "beside.db");
  const running = await service(path);
  await running.journal.append([decision(1)]);
  assert.deepEqual((await checkFile({ path })).findings, []);
  await sqliteRaw(`sqlite:${path}`, `VACUUM INTO '${join(folder, "backup.db")}'`);
  const command = await service(path, true);
  await command.journal.append([decision(2)]);
  await command.close();
  await running.journal.append([decision(3)]);
  await assert.rejects(service(path), /in use by another process/);
  await running.close();
  assert.equal((await sqliteRaw(`sqlite:${path}`, "SELECT COUNT(*) AS n FROM journal"))[0]?.n, 3);
  assert.equal((await sqliteRaw(`sqlite:${join(folder, "backup.db")}`, "SELECT COUNT(*) AS n FROM journal"))[0]?.n, 1);
});

test("a process that is killed leaves no lock", async () => {
  const path = join(folder, "killed.db");
  const { file, flags } = program("test/storage/file/lockChild.ts");
  const child = fork(file, [`sqlite:${path}`], { execArgv: [...flags] });
  await once(child, "message");
  await assert.rejects(service(path), /in use by another process/);
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await service(path)).close();
});
