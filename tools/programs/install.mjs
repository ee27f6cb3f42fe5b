import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

// `node tools/programs/install.mjs node`: programs from npm that tests or benchmarks start, each folder apart from the workspaces, where the bin of a
// package would be the node of every script. Run by `npm ci`, and by `npx` in a checkout. What is there already is not fetched again.
const [folder] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(new URL(`${folder}/${path}`, import.meta.url), "utf8"));
const here = `-${process.platform}-${process.arch}`;
const wanted = Object.entries(read("package.json").optionalDependencies).filter(([name]) => name.endsWith(here));

function isInstalled([name, version]) {
  try {
    // Some of these packages write their own version with a v.
    return read(`node_modules/${name}/package.json`).version.replace(/^v/, "") === version.replace(/^npm:.*@/, "");
  } catch {
    return false;
  }
}

if (!wanted.every(isInstalled)) {
  const cwd = new URL(`${folder}/`, import.meta.url);
  const { error, status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd, stdio: "inherit" });
  if (error !== undefined) throw error;
  process.exitCode = status ?? 1;
}
