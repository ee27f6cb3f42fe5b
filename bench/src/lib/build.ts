import { spawnSync } from "node:child_process";
import { ROOT } from "./processes.ts";
import { say } from "./table.ts";

/** Compiles the service, as what runs in production is what is measured. `BENCH_BUILD=off` takes what is in dist. */
export function buildService(): void {
  if (process.env.BENCH_BUILD === "off") return;
  say("compiling the service");
  const { status, stdout } = spawnSync("npm", ["run", "--silent", "prepare"], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`the service does not compile:\n${stdout}`);
}
