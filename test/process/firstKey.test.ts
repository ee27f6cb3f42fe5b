import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ApiKeys } from "../../src/domain/callers/apiKeys.ts";
import { ensureFirstKey } from "../../src/process/firstKey.ts";
import { createLog } from "../../src/process/log.ts";
import { storedKey } from "../support/keys.ts";

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});
const apiKey = storedKey("first", { roles: ["admin"] });
const made = { key: "swk_of_the_test", apiKey };

/** A start beside others, which do what they do while this one makes its key. */
async function start(keys: Pick<ApiKeys, "createFirst" | "list">, { file }: { readonly file?: string } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-firstKey-"));
  folders.push(folder);
  const path = join(folder, "key");
  if (file !== undefined) await writeFile(path, file);
  const lines: string[] = [];
  const log = createLog({ level: "info", destination: { write: (line: string) => void lines.push(line) } });
  const starting = ensureFirstKey(keys as ApiKeys, { log, clock: () => 1, adminKey: null, file: path });
  return { path, lines, starting };
}

test("the file of a key that another instance was faster to make is taken away again", async () => {
  let written = "";
  const keys = {
    async createFirst(keep: Parameters<ApiKeys["createFirst"]>[0]) {
      await keep(made);
      written = await readFile(path, "utf8");
      return null;
    },
    list: async () => [apiKey],
  };
  const begun = start({ ...keys, createFirst: (keep) => begun.then(() => keys.createFirst(keep)) });
  const { path, lines, starting } = await begun;
  await starting;
  assert.equal(written, "swk_of_the_test\n");
  assert.equal(existsSync(path), false);
  assert.deepEqual(lines, []);
});

test("a key that may have been stored keeps its file, though the start fails", async () => {
  const { path, starting } = await start({
    async createFirst(keep) {
      await keep(made);
      throw new Error("the database is gone");
    },
    list: async () => [],
  });
  await assert.rejects(starting, /the database is gone/);
  assert.equal(await readFile(path, "utf8"), "swk_of_the_test\n");
});

test("where the file is that of another instance, its key is waited for, and nobody is told to delete it", async () => {
  let looks = 0;
  const { path, lines, starting } = await start(
    {
      createFirst: (keep) => keep(made).then(() => null),
      list: async () => (++looks > 2 ? [apiKey] : []),
    },
    { file: "another's" },
  );
  await starting;
  assert.deepEqual(lines, []);
  assert.equal(await readFile(path, "utf8"), "another's");
});
