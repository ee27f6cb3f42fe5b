import { existsSync, rmSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What the service leaves beside a SQLite database, and goes on with. */
const BESIDE = ["", ".mark", ".checkpoint-key"];

/** Copies a SQLite database that nobody has open. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  for (const suffix of BESIDE) if (existsSync(from + suffix)) await copyFile(from + suffix, to + suffix);
}

const made = new Map<string, Promise<string>>();

/**
 * The path of a SQLite database from which copies are taken, under a name that says what is in it. The first who needs it makes it: once a run of
 * `npm test`, whose processes share a folder; once a process otherwise.
 */
export function databaseToCopy(name: string, make: (path: string) => Promise<void>): Promise<string> {
  const found = made.get(name) ?? makeOnce(name, make);
  made.set(name, found);
  return found;
}

async function makeOnce(name: string, make: (path: string) => Promise<void>): Promise<string> {
  const shared = process.env.TEST_TEMPLATES;
  const folder = await mkdtemp(join(shared ?? tmpdir(), "scopewarden-template-"));
  const path = join(folder, `${name}.db`);
  if (shared === undefined) {
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    await make(path);
    return path;
  }
  const home = join(shared, name);
  const kept = join(home, `${name}.db`);
  if (!existsSync(home)) {
    await make(path);
    // Another process may have been sooner: its database is as good.
    await rename(folder, home).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  }
  await rm(folder, { recursive: true, force: true });
  return kept;
}
