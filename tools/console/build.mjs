import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// Run by `npm ci`, and by `npx` in a checkout. What is newer than all that it is made of is not made again: it takes half a minute.
const CONSOLE = fileURLToPath(new URL("../../console", import.meta.url));
const SCHEMA = fileURLToPath(new URL("../../schema.graphql", import.meta.url));
const MADE = ["node_modules", "dist"];

/** When a file, or the newest of a folder, was changed; 0: it is not there. */
function changedAt(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  const within = stat.isDirectory() ? readdirSync(path).map((name) => changedAt(join(path, name))) : [];
  return Math.max(stat.mtimeMs, ...within);
}

if (!existsSync(join(CONSOLE, "package.json"))) {
  console.log("There is no console/ here, so the console is not built: the service starts without it, or with the one that is built.");
} else {
  const sources = readdirSync(CONSOLE).filter((name) => !MADE.includes(name));
  const source = Math.max(changedAt(SCHEMA), ...sources.map((name) => changedAt(join(CONSOLE, name))));
  if (changedAt(join(CONSOLE, "dist/index.html")) < source) {
    const { error, status } = spawnSync("npm", ["--prefix", CONSOLE, "run", "--silent", "build"], { stdio: "inherit" });
    if (error !== undefined) throw error;
    process.exitCode = status ?? 1;
  }
}
