/**
 * Runs the tests: `npm test` for all, `npm test -- storage decisions` for files whose path contains one of the words; `npm run test:long`
 * for those of `test/long` and for the laws, tried ten times as often.
 * Ends with a line that counts them, and with exit code 1 when one failed or none ran.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { freemem } from "node:os";
import { join, resolve } from "node:path";
import { compileInto } from "./compile.ts";
import { startPostgres } from "./storage/postgresServer.ts";

const LONG = "--long";
const words = process.argv.slice(2).filter((word) => word !== LONG);

const MEMORY = "/dev/shm";
const IN_MEMORY = "scopewarden-tests-";
const ROOM_BYTES = 6 * 2 ** 30;

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * A folder for the databases of the tests in the memory of the machine, where it has room for them all: each waits for its
 * disk thousands of times. No test loses power. Null: they are on the disk, as with TMPDIR set.
 */
function folderInMemory(): string | null {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (Math.min(bavail * bsize, freemem()) < ROOM_BYTES) return null;
    const made = join(MEMORY, `${IN_MEMORY}${process.pid}`);
    // PostgreSQL runs as a user of its own where we are root.
    mkdirSync(made, { mode: 0o755 });
    return made;
  } catch {
    return null;
  }
}

// Services that share a process in tests each follow in it, too: who waits for a file's lock must not keep a thread from who has it.
process.env.UV_THREADPOOL_SIZE ??= "32";

// What runs left that were killed.
for (const [parent, prefix] of [["build", ""] as const, [MEMORY, IN_MEMORY] as const])
  for (const name of existsSync(parent) ? readdirSync(parent) : [])
    if (name.startsWith(prefix) && !isRunning(Number(name.slice(prefix.length))))
      rmSync(join(parent, name), { recursive: true, force: true });

const folder = resolve("build", String(process.pid));
// Before PostgreSQL starts, whose files are there too.
const temporary = process.env.TMPDIR === undefined ? folderInMemory() : null;
if (temporary !== null) process.env.TMPDIR = temporary;
/** Of databases that several files begin with a copy of. */
const templates = join(temporary ?? folder, "templates");
// For all, one PostgreSQL does for all files that have no need of one of their own.
const starting = words.length === 0 ? startPostgres() : null;
let status = 1;
try {
  const [server] = await Promise.all([starting, compileInto(folder)]);
  mkdirSync(templates);
  const runner = spawn(process.execPath, ["--enable-source-maps", join(folder, "test/runCompiled.js"), ...words], {
    stdio: "inherit",
    env: {
      ...process.env,
      TEST_TEMPLATES: templates,
      ...(process.argv.includes(LONG) && { TEST_LONG: "1" }),
      ...(server && { TEST_POSTGRES_PORT: String(server.port) }),
    },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => runner.kill(signal));
  const [code] = (await once(runner, "exit")) as [number | null];
  status = code ?? 1;
} finally {
  await (await starting)?.remove();
  rmSync(folder, { recursive: true, force: true });
  if (temporary !== null) rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
}
// Said outright: what PostgreSQL's package does at the end would make it 0.
process.exit(status);
