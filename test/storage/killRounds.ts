import { type ChildProcess, fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { program } from "../support/program.ts";

/** How often a process is killed: a few times, or as many as `KILL_ROUNDS` says (CONTRIBUTING.md). */
export const killRounds = (usual: number): number => Number(process.env.KILL_ROUNDS ?? usual);

/** Of rounds without end, each is killed at another moment, within about as long as a step takes. */
export const momentOf = (round: number): number => (round * 7) % 30;

async function begun(path: string, url: string): Promise<ChildProcess> {
  const { file, flags } = program(path);
  const child = fork(file, [url], { execArgv: [...flags], stdio: "inherit" });
  await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code, signal) => reject(new Error(`${file} ended with ${code ?? signal} before it began`)));
  });
  return child;
}

/** Starts so many processes at the same work, and kills them in the middle of it, the second a little later than the first. */
export async function killInTheMiddle(
  file: string,
  { instances, moment, url }: { readonly url: string; readonly instances: number; readonly moment: number },
): Promise<void> {
  const children = await Promise.all(Array.from({ length: instances }, () => begun(file, url)));
  for (const child of children) {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    await sleep(moment);
    child.kill("SIGKILL");
    await gone;
  }
}
