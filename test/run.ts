/**
 * Runs the tests: `npm test` for all, `npm test -- storage decisions` for files whose path contains one of the words.
 * Ends with a line that counts them, and with exit code 1 when one failed or none ran.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { compileInto } from "./compile.ts";
import { startPostgres } from "./storage/postgresServer.ts";

const words = process.argv.slice(2);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

// What a run leaves that was killed.
for (const name of readdirSync(".").includes("build") ? readdirSync("build") : [])
  if (!isRunning(Number(name))) rmSync(join("build", name), { recursive: true, force: true });

const folder = resolve("build", String(process.pid));
// For all, one PostgreSQL does for all files that have no need of one of their own.
const starting = words.length === 0 ? startPostgres() : null;
let status = 1;
try {
  const [server] = await Promise.all([starting, compileInto(folder)]);
  const runner = spawn(process.execPath, ["--enable-source-maps", join(folder, "test/runCompiled.js"), ...words], {
    stdio: "inherit",
    env: { ...process.env, ...(server && { TEST_POSTGRES_PORT: String(server.port) }) },
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => runner.kill(signal));
  const [code] = (await once(runner, "exit")) as [number | null];
  status = code ?? 1;
} finally {
  await (await starting)?.remove();
  rmSync(folder, { recursive: true, force: true });
}
// Said outright: what PostgreSQL's package does at the end would make it 0.
process.exit(status);
