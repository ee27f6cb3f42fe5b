import { type ChildProcess, type ForkOptions, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of the service that is measured. */
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** A process that answers one message at a time. */
export interface Worker<Ask, Answer> {
  ask(message: Ask): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts a file beside the caller's; the first message that it sends says that it is ready. */
export async function startWorker<Ask extends object, Answer>(
  file: URL,
  args: readonly string[],
  options: ForkOptions = {},
): Promise<Worker<Ask, Answer> & { readonly ready: Answer; readonly pid: number }> {
  const child = fork(file, args, { execArgv: ["--import", "tsx"], ...options });
  const next = (): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const gone = (code: number | null): void =>
        reject(new Error(`${file.pathname} ${args.join(" ")} ended with ${code}`));
      child.once("exit", gone);
      child.once("message", (message) => {
        child.off("exit", gone);
        resolve(message as Answer);
      });
    });
  const ready = await next();
  return {
    ready,
    pid: child.pid ?? 0,
    ask(message) {
      const answer = next();
      child.send(message);
      return answer;
    },
    close: () => stop(child),
  };
}

/** The other side: answers each message of the process that started this one. */
export function answer<Ask, Answer>(ready: unknown, work: (message: Ask) => Answer | Promise<Answer>): void {
  process.on("message", async (message) => {
    try {
      process.send?.(await work(message as Ask));
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.(ready);
}

export async function stop(child: ChildProcess, waitMs = 20_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), waitMs);
  await gone;
  clearTimeout(hard);
}

export interface Server {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  close(): Promise<void>;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a server and waits until a path answers with 200. */
export async function startServer(what: {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly readyPath: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly waitMs?: number;
}): Promise<Server> {
  const { name, port, waitMs = 30_000 } = what;
  const log = openSync(what.logFile, "a");
  const child = spawn(what.command, what.args, {
    cwd: what.cwd ?? ROOT,
    env: { ...process.env, ...what.env },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const server = { name, pid: child.pid ?? 0, port, close: () => stop(child) };
  let failed: Error | null = null;
  child.once("error", (error) => {
    failed = error;
  });
  for (const until = performance.now() + waitMs; ; ) {
    const answered = await fetch(`http://127.0.0.1:${port}${what.readyPath}`).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return server;
    if (failed !== null || child.exitCode !== null || performance.now() > until) {
      await stop(child).catch(() => undefined);
      throw new Error(`${name} does not start: ${String(failed ?? readFileSync(what.logFile, "utf8").slice(-2000))}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The processes that a process has started and that still run, with theirs. */
function descendants(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** The CPU time that a process and those that it started have used, in microseconds; null where the system does not tell. */
export function cpuTimeOf(pid: number): number | null {
  try {
    return [pid, ...descendants(pid)].reduce((sum, each) => {
      // After the name, which may contain anything, field 14 and 15: ticks of 10 ms.
      const fields = readFileSync(`/proc/${each}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      return sum + (Number(fields[11]) + Number(fields[12])) * 10_000;
    }, 0);
  } catch {
    return null;
  }
}

/** Memory of a process in MB: now, and at its highest. */
export function memoryOf(pid: number): { readonly rss: number; readonly peak: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const mb = (field: string): number =>
      Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
    return { rss: mb("VmRSS"), peak: mb("VmHWM") };
  } catch {
    return null;
  }
}

/** A process that takes all of a core that it gets, as others on a busy machine do. */
export function startBurner(): { close(): Promise<void> } {
  const child = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  return { close: () => stop(child, 0) };
}
