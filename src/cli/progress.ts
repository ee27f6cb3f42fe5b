import type { Io } from "./terminal.ts";

export interface Progress {
  readonly update: (done: number) => void;
  stop(): void;
}

/** A bar on standard error, where that is a terminal; nothing anywhere else. It is wiped when it stops. */
export async function startProgress(total: number, what: string, stderr: Io["stderr"]): Promise<Progress> {
  if (stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
  const { default: progress } = await import("cli-progress");
  const bar = new progress.SingleBar({
    format: `{bar} {percentage}%  {value} of {total} ${what}`,
    stream: stderr,
    clearOnComplete: true,
    hideCursor: true,
    barCompleteChar: "#",
    barIncompleteChar: "-",
  });
  bar.start(total, 0);
  return { update: (done) => bar.update(done), stop: () => bar.stop() };
}
