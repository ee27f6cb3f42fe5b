import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export const root = resolve();
const SETTINGS = [
  ".dependency-cruiser.cjs",
  "biome.json",
  "console/package.json",
  "knip.json",
  "package.json",
  "src/domain/tsconfig.json",
  "tools/lint",
  "tsconfig.json",
];

/** Path and text of each file. */
export type Files = Readonly<Record<string, string>>;

export interface Found {
  readonly status: number | null;
  readonly output: string;
}

/**
 * Runs a step of `npm run check`, found by how it begins, as it stands there, in the project itself or in a folder with the
 * project's settings and only the files given. So what it finds there fails the check.
 */
export function runCheckStep(step: string, files?: Files, more = ""): Found {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { check: string } };
  const command = scripts.check.split(" && ").find((one) => one.startsWith(step));
  if (command === undefined) throw new Error(`npm run check has no step ${step}`);
  if (files === undefined) return run(`${command} ${more}`, root);
  const folder = mkdtempSync(join(tmpdir(), "planted-"));
  try {
    for (const name of SETTINGS) cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), `${text}\n`);
    }
    return run(`${command} ${more}`, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, cwd: string): Found {
  const { status, stdout, stderr } = spawnSync(command, {
    cwd,
    shell: true,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    env: { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH}`, NO_COLOR: "1" },
  });
  return { status, output: `${stdout}${stderr}` };
}
