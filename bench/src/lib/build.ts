import { spawnSync } from "node:child_process";
import { cp, rename, rm, writeFile } from "node:fs/promises";
import type { createJobThreads } from "../../../src/jobs/jobThreads.ts";
import { ROOT } from "./processes.ts";
import { say } from "./table.ts";

/** Compiles the service, as what runs in production is what is measured. `BENCH_BUILD=off` takes what is in dist. */
export function buildService(): void {
  if (process.env.BENCH_BUILD === "off") return;
  say("compiling the service");
  const { status, stdout } = spawnSync("npm", ["run", "--silent", "prepare"], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`the service does not compile:\n${stdout}`);
}

const CHOOSING = `import { consumersOf as all } from "./allConsumers.js";
const names = (process.env.BENCH_FOLLOWERS ?? "").split(",");
export const consumersOf = (options) =>
  all(options).map((group) => group.filter(({ name }) => names.includes(name))).filter((group) => group.length > 0);
`;

/**
 * A copy of what is built in which of what follows the journal only what BENCH_FOLLOWERS names is at work, in every thread: a service
 * always has all of them. It stands where what is built finds what it needs.
 */
export async function buildChoosingFollowers(): Promise<{ readonly main: string; remove(): Promise<void> }> {
  const copy = `${ROOT}/build`;
  await rm(copy, { recursive: true, force: true });
  await cp(`${ROOT}/dist`, copy, { recursive: true });
  const file = `${copy}/storage/follow/consumers.js`;
  await rename(file, `${copy}/storage/follow/allConsumers.js`);
  await writeFile(file, CHOOSING);
  return { main: `${copy}/main.js`, remove: () => rm(copy, { recursive: true }) };
}

/** Makes jobs by what is built: a thread that runs the sources as they stand takes a tenth longer. */
export async function builtJobThreads(): Promise<typeof createJobThreads> {
  const built = await import(new URL("../../../dist/jobs/jobThreads.js", import.meta.url).href);
  return (built as { readonly createJobThreads: typeof createJobThreads }).createJobThreads;
}
