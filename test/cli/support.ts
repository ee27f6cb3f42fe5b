import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { argumentsOf } from "../support/program.ts";

export const MAIN: readonly string[] = argumentsOf("src/cli/main.ts");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An environment with nothing of ours in it but what is given. */
export function cleanEnv(env: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  // tsx looks for its settings in the working directory, which is another in some tests.
  return { PATH: process.env.PATH, HOME: process.env.HOME, TSX_TSCONFIG_PATH: resolve("tsconfig.json"), ...env };
}

/** What takes longer is killed, so that a command that serves where it should have refused to fails its test. */
const LONGEST_MS = 300_000;

/** Runs the command line in a process of its own, with no terminal. */
export async function cli(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly stdin?: string } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...MAIN, ...args], {
    env: cleanEnv(options.env),
    stdio: "pipe",
    timeout: LONGEST_MS,
    killSignal: "SIGKILL",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => undefined).end(options.stdin ?? "");
  const [code] = await once(child, "close");
  return { code: typeof code === "number" ? code : null, stdout, stderr };
}

const folders: string[] = [];
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A folder that is gone when the file's tests are over. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "scopewarden-cli-"));
  // An `after` would belong to whichever test or hook is running.
  folders.push(dir);
  return dir;
}
