/**
 * What a decision takes of the disk with all that follows it, on SQLite and PostgreSQL, how fast it is written and followed, and the
 * memory for that. Decisions are made by the journal's own encoder, of 500 people and 2,000 patients, three in four allowed.
 */
import { chmod, stat } from "node:fs/promises";
import { join } from "node:path";
import { openStorage, type Storage } from "../../../src/storage/storage.ts";
import { startPostgres } from "../../../test/storage/postgresServer.ts";
import { decision } from "../../../test/storage/samples.ts";
import { withScratch } from "../lib/scratch.ts";
import { round } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";

const COUNTS = (process.env.BENCH_DECISIONS ?? "100000,300000").split(",").map(Number);
const BATCH = 250;

type Tables = Readonly<Record<string, number>>;

interface Measured {
  readonly database: string;
  readonly decisions: number;
  /** Of all that the database has on the disk, once its log is in it. */
  readonly bytes: number;
  readonly writtenPerSecond: number;
  /** From the first one on until all followers had the last one. */
  readonly followedPerSecond: number;
  readonly mostRssMb: number;
}

async function filled(
  storage: Storage,
  from: number,
  to: number,
): Promise<{ writeMs: number; allMs: number; rss: number }> {
  let rss = 0;
  const since = performance.now();
  for (let n = from; n < to; n += BATCH) {
    await storage.journal.append(Array.from({ length: Math.min(BATCH, to - n) }, (_, i) => decision(n + i)));
    rss = Math.max(rss, process.memoryUsage.rss());
  }
  const writeMs = performance.now() - since;
  for (let looks = 0; storage.followers().some(({ lag }) => lag > 0); looks++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    rss = Math.max(rss, process.memoryUsage.rss());
    if (looks % 500 === 0)
      say(
        storage
          .followers()
          .map(({ lag, name }) => `${name} ${lag}`)
          .join(", "),
      );
  }
  return { writeMs, allMs: performance.now() - since, rss };
}

/** `sizeOf` answers once the database is closed. */
async function measured(database: string, url: string, sizeOf: () => Promise<number>): Promise<readonly Measured[]> {
  const results: Measured[] = [];
  let done = 0;
  for (const count of COUNTS) {
    const storage = await openStorage({ url, clock: Date.now, following: {} });
    const { allMs, rss, writeMs } = await filled(storage, done, count);
    await storage.close();
    const made = count - done;
    const bytes = await sizeOf();
    const [writtenPerSecond, followedPerSecond] = [round((made / writeMs) * 1000), round((made / allMs) * 1000)];
    results.push({
      database,
      decisions: count,
      bytes,
      writtenPerSecond,
      followedPerSecond,
      mostRssMb: round(rss / 2 ** 20),
    });
    say(JSON.stringify(results.at(-1)));
    done = count;
  }
  return results;
}

/** Which of the two databases: `sqlite`, `postgres`; both where none is named. */
const only = process.argv[2];

async function ofSqlite(dir: string): Promise<readonly Measured[]> {
  const file = join(dir, "capacity.db");
  const size = async () => (await stat(file)).size + (await stat(`${file}-wal`).catch(() => ({ size: 0 }))).size;
  return measured("SQLite", `sqlite:${file}`, size);
}

/** With the bytes of each table and its indexes, of the last and largest count. */
async function ofPostgres(dir: string): Promise<{ readonly results: readonly Measured[]; readonly tables: Tables }> {
  await chmod(dir, 0o711); // PostgreSQL runs as a user of its own where this runs as root.
  const postgres = await startPostgres(dir);
  try {
    const url = await postgres.freshDatabase();
    let tables: Tables = {};
    const size = async () => {
      const rows = await postgres.admin(
        "SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace",
        url,
      );
      tables = Object.fromEntries(rows.map(({ bytes, name }) => [String(name), Number(bytes)]));
      return Object.values(tables).reduce((sum, bytes) => sum + bytes, 0);
    };
    return { results: await measured("PostgreSQL", url, size), tables };
  } finally {
    await postgres.remove();
  }
}

await withScratch(async (dir) => {
  const sqlite = only === "postgres" ? [] : await ofSqlite(dir);
  const postgres = only === "sqlite" ? { results: [], tables: {} } : await ofPostgres(dir);
  const results = [...sqlite, ...postgres.results];
  printTable(
    "What decisions take",
    ["database", "decisions", "MB", "bytes each", "written/s", "followed/s", "memory, MB"],
    results.map((r) => [
      r.database,
      r.decisions,
      round(r.bytes / 2 ** 20),
      Math.round(r.bytes / r.decisions),
      ...[r.writtenPerSecond, r.followedPerSecond, r.mostRssMb],
    ]),
  );
  const largest = Object.entries<number>(postgres.tables).sort(([, a], [, b]) => b - a);
  printTable(
    "The largest tables of PostgreSQL, with their indexes",
    ["table", "MB"],
    largest.slice(0, 8).map(([name, bytes]) => [name, round(bytes / 2 ** 20)]),
  );
  printResult({ bench: "capacity", results, tables: postgres.tables });
});
