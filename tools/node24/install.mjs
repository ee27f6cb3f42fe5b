import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

// Run by `npm ci`, and by `npx` in a checkout. What is there already is not fetched again: it takes ten seconds.
const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const name = `node-${process.platform}-${process.arch}`;
const wanted = read("package.json").optionalDependencies[name];

function installed() {
  try {
    return read(`node_modules/${name}/package.json`).version;
  } catch {
    return null;
  }
}

if (wanted !== undefined && installed() !== wanted) {
  const cwd = new URL(".", import.meta.url);
  const { error, status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd, stdio: "inherit" });
  if (error !== undefined) throw error;
  process.exitCode = status ?? 1;
}
