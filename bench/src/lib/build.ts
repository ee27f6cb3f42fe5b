import { spawnSync } from "node:child_process";
import type { createBacktestPool } from "../../../src/jobs/backtestPool.ts";
import { ROOT } from "./processes.ts";
import { say } from "./table.ts";

/** Compiles the service, as what runs in production is what is measured. `BENCH_BUILD=off` takes what is in dist. */
export function buildService(): void {
  if (process.env.BENCH_BUILD === "off") return;
  say("compiling the service");
  const { status, stdout } = spawnSync("npm", ["run", "--silent", "prepare"], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`the service does not compile:\n${stdout}`);
}

/** Makes back-tests by what is built: a thread that runs the sources as they stand takes a tenth longer. */
export async function builtBacktestPool(): Promise<typeof createBacktestPool> {
  const built = await import(new URL("../../../dist/jobs/backtestPool.js", import.meta.url).href);
  return (built as { readonly createBacktestPool: typeof createBacktestPool }).createBacktestPool;
}
