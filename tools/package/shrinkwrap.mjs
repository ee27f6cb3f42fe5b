import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// Run by `npm pack`: what is installed from the packed file has the versions, and the overrides, that were tested. The lock file without
// the workspaces and what only development needs is made by npm itself. `--remove`: once it is packed it goes, as npm would prefer it here.
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SHRINKWRAP = join(ROOT, "npm-shrinkwrap.json");

function make() {
  const { workspaces, devDependencies, scripts, ...kept } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const folder = mkdtempSync(join(tmpdir(), "scopewarden-shrinkwrap-"));
  try {
    writeFileSync(join(folder, "package.json"), JSON.stringify(kept));
    copyFileSync(join(ROOT, "package-lock.json"), join(folder, "package-lock.json"));
    const flags = ["--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
    // Within `npm pack` npm's own settings come by the environment, and would name this folder.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(config_local_prefix|package_)/.test(name)));
    const { status } = spawnSync("npm", ["install", ...flags], { cwd: folder, env, stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) throw new Error("npm could not make npm-shrinkwrap.json of package-lock.json");
    copyFileSync(join(folder, "package-lock.json"), SHRINKWRAP);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv.includes("--remove")) rmSync(SHRINKWRAP, { force: true });
else make();
