/** The service as it is run in production, with the demo hospital, on SQLite in a folder of its own. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { promisify } from "node:util";
import sqlite3 from "sqlite3";
import { freePort, ROOT, type Server, startServer } from "../lib/processes.ts";

const run = promisify(execFile);

export interface Service extends Server {
  /** An API key that may ask for decisions. */
  readonly key: string;
  /** Of an admin. */
  readonly adminKey: string;
  readonly databaseFile: string;
  /** Waits until the journal's index has every decision: what was put off is done before others are measured. */
  settle(): Promise<void>;
  /** Waits until nothing that follows the journal is behind: watching, the record's tree and the counts with the index. */
  followed(): Promise<void>;
}

export interface ServiceOptions {
  readonly name: string;
  /** A folder of its own. */
  readonly dir: string;
  readonly nodeArguments?: readonly string[];
  /** What is run; absent: what is built. */
  readonly main?: string;
  /** Absent: SQLite, in the folder. */
  readonly databaseUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Seldom, as each look renders all metrics, which is the service's own work. */
const LOOK_MS = 250;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How far each of what follows the journal is behind, by its name. */
async function lagsOf({ adminKey, port }: Pick<Service, "adminKey" | "port">): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { authorization: `Bearer ${adminKey}` },
  });
  const lags = (await response.text()).matchAll(/^scopewarden_follower_lag\{follower="(\w+)"\} (\S+)/gm);
  return new Map([...lags].map(([, name, lag]) => [String(name), Number(lag)]));
}

export const followerLags = async (service: Service): Promise<readonly number[]> => [
  ...(await lagsOf(service)).values(),
];

/** Asks what waits for watching: on a busy machine it would wait by itself until there is time. */
async function askWatched({ adminKey, port }: Pick<Service, "adminKey" | "port">): Promise<void> {
  const query = '{ stats(measure: EXPLAINED, from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z") { total } }';
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ query }),
  });
  const { errors } = (await response.json()) as { readonly errors?: unknown };
  if (errors !== undefined) throw new Error(`watching can't catch up: ${JSON.stringify(errors)}`);
}

export async function createKey(port: number, adminKey: string): Promise<string> {
  const query = `mutation { createApiKey(input: { name: "bench", roles: [SERVICE] }, reason: "The benchmark.") { key } }`;
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ query }),
  });
  const answer = (await response.json()) as { data?: { createApiKey?: { key?: string } } };
  const key = answer.data?.createApiKey?.key;
  if (key === undefined) throw new Error(`no API key: ${JSON.stringify(answer)}`);
  return key;
}

export async function startService({
  databaseUrl,
  dir,
  env: more,
  main = "dist/main.js",
  name,
  nodeArguments = [],
}: ServiceOptions): Promise<Service> {
  await mkdir(dir, { recursive: true });
  const databaseFile = `${dir}/scopewarden.db`;
  const [port, adminKey] = [await freePort(), randomBytes(32).toString("base64url")];
  const env = {
    NODE_ENV: "production",
    PORT: String(port),
    DATABASE_URL: databaseUrl ?? `sqlite:${databaseFile}`,
    SCOPEWARDEN_ADMIN_KEY: adminKey,
    // As Cerbos beside it: decisions are recorded, requests are not logged as well.
    LOG_LEVEL: process.env.BENCH_LOG_LEVEL ?? "warn",
    ...more,
  };
  await run(process.execPath, ["dist/cli/main.js", "policy", "seed"], { cwd: ROOT, env: { ...process.env, ...env } });
  const server = await startServer({
    name,
    command: process.execPath,
    args: [...nodeArguments, main],
    port,
    readyPath: "/readyz",
    logFile: `${dir}/scopewarden.out`,
    env,
  });
  return {
    ...server,
    databaseFile,
    adminKey,
    key: await createKey(port, adminKey),
    async settle() {
      while (((await lagsOf({ adminKey, port })).get("decision_index") ?? 0) > 0) await pause(20);
    },
    async followed() {
      await askWatched({ adminKey, port });
      for (;;) {
        const lags = [...(await lagsOf({ adminKey, port })).values()];
        if (lags.length === 0) throw new Error("the service tells no lag of what follows its journal");
        if (Math.max(...lags) === 0) return;
        await pause(LOOK_MS);
      }
    },
  };
}

/** How many decisions the journal holds, by outcome: read from the file, when the service is gone. */
export function countDecisions(databaseFile: string): Promise<{ readonly ALLOW: number; readonly DENY: number }> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(databaseFile, sqlite3.OPEN_READONLY);
    const sql = `SELECT "record"->>'outcome' AS "outcome", COUNT(*) AS n FROM journal WHERE "kind" = 'DECISION' GROUP BY 1`;
    database.all<{ outcome: "ALLOW" | "DENY"; n: number }>(sql, (error, rows) => {
      database.close();
      if (error !== null) return reject(error);
      const of = (outcome: string): number => rows.find((row) => row.outcome === outcome)?.n ?? 0;
      resolve({ ALLOW: of("ALLOW"), DENY: of("DENY") });
    });
  });
}
