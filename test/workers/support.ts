import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { ADMIN_KEY } from "../http/support.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;

export interface Reply {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  readonly body: any;
}

/** A connection that is kept: all its requests reach one worker. */
export interface Connection {
  /** Rejects when the connection breaks before an answer. */
  ask(query: string, variables?: unknown, key?: string): Promise<Reply>;
  get(path: string): Promise<Reply>;
  close(): void;
}

/** The whole service in processes of its own, as an operator starts it. */
export interface Running {
  readonly url: string;
  readonly primary: ChildProcess;
  /** Process ids of the workers that serve now, by their number. */
  workers(): ReadonlyMap<number, number>;
  // biome-ignore lint/suspicious/noExplicitAny: log lines are what a test is about.
  lines(): readonly any[];
  output(): string;
  connect(): Connection;
  readonly exit: Promise<readonly [number | null, NodeJS.Signals | null]>;
  stop(): Promise<void>;
}

export function connect(url: string): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (path: string, key: string, body: string | null): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(
        `${url}${path}`,
        {
          agent,
          method: body === null ? "GET" : "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(parts).toString("utf8");
            let parsed: unknown = null;
            try {
              parsed = JSON.parse(text);
            } catch {}
            resolve({ status: response.statusCode ?? 0, text, body: parsed });
          });
        },
      );
      request.on("error", reject);
      request.end(body ?? undefined);
    });
  return {
    ask: (query, variables, key = ADMIN_KEY) => send("/graphql", key, JSON.stringify({ query, variables })),
    get: (path) => send(path, ADMIN_KEY, null),
    close: () => agent.destroy(),
  };
}

export async function until(what: () => boolean | Promise<boolean>, told: () => string = () => ""): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`it did not happen within 30 s: ${told()}`);
}

const unfinished = new Set<() => void>();

/** After a file's tests: ends what a failed one has left running. */
export function cleanUp(): void {
  for (const end of unfinished) end();
  unfinished.clear();
}

/** Starts a process without waiting for it to serve. */
export function launch(env: Readonly<Record<string, string>>, options: { readonly detached?: boolean } = {}) {
  const child = spawn(process.execPath, ["--import", "tsx", MAIN], {
    env: { PATH: process.env.PATH, PORT: "0", SCOPEWARDEN_WORKERS: "2", SCOPEWARDEN_ADMIN_KEY: ADMIN_KEY, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: options.detached === true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  unfinished.add(() => child.kill("SIGKILL"));
  const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const lines = () =>
    output
      .slice(0, output.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line));
  return { child, exit, lines, output: () => output };
}

export async function start(
  env: Readonly<Record<string, string>>,
  options: { readonly detached?: boolean } = {},
): Promise<Running> {
  const { child, exit, lines, output } = launch(env, options);
  const listening = () => lines().find((line) => line.msg === "listening");
  await until(() => listening() !== undefined || child.exitCode !== null, output);
  assert.equal(child.exitCode, null, output());
  const { url } = listening();
  const open: Connection[] = [];
  return {
    url,
    primary: child,
    workers: () =>
      new Map(lines().flatMap((l) => (l.msg === "a worker serves" ? [[l.worker, l.workerPid] as const] : []))),
    lines,
    output,
    connect() {
      const connection = connect(url);
      open.push(connection);
      return connection;
    },
    exit,
    async stop() {
      for (const connection of open) connection.close();
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const [code] = await exit;
      assert.equal(code, 0, output());
    },
  };
}

/** Whether a process is there. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const BATCH = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id } }";

export interface Load {
  /** Ids of all decisions that were answered. */
  readonly answered: ReadonlySet<string>;
  /** Answers that were no decision. */
  readonly refused: readonly Reply[];
  /** Asks no more; ends when every answer is there or its connection is broken. */
  stop(): Promise<void>;
}

/** Asks over some connections for as long as it is let; a connection that breaks is made anew. */
export function load(url: string, connections: number): Load {
  const answered = new Set<string>();
  const refused: Reply[] = [];
  let stopped = false;
  unfinished.add(() => {
    stopped = true;
  });
  const lane = async (size: number): Promise<void> => {
    let connection = connect(url);
    while (!stopped) {
      const input = { clientId: "ehr", action: "read", resource: { type: "Observation" } };
      try {
        const reply = await connection.ask(BATCH, { inputs: Array.from({ length: size }, () => input) });
        if (reply.status === 200 && reply.body.errors === undefined)
          for (const { id } of reply.body.data.authorizeBatch) answered.add(id);
        else refused.push(reply);
      } catch {
        connection.close();
        connection = connect(url);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    connection.close();
  };
  const lanes = Promise.all(Array.from({ length: connections }, (_, i) => lane(i % 4 === 3 ? 5 : 1)));
  return {
    answered,
    refused,
    async stop() {
      stopped = true;
      await lanes;
    },
  };
}
