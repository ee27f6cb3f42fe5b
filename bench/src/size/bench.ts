/**
 * Questions to a journal of very many decisions, on either database, while a thousand a second are written. It is filled by the service's
 * own encoder, statements and steps with what the demo hospital decides, of ten times as many clients, over two years. `--decisions 10000000`
 * says how many, `--postgres` on which database, `--only use,index` which parts, and `--keep folder` leaves the database there
 * and takes it when it is there already.
 */
import { chmod, mkdir, readFile, rm, stat, statfs, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { openDomain } from "../../../src/app.ts";
import type { AccessRecord } from "../../../src/domain/decisions/types.ts";
import { startPostgres } from "../../../test/storage/postgresServer.ts";
import { buildService } from "../lib/build.ts";
import { withScratch } from "../lib/scratch.ts";
import { round } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";
import { measureBacktests } from "./backtests.ts";
import { config, decisionsOver, monthOfDecisions, quiet, seedHospital } from "./decisions.ts";
import { fillJournal } from "./fill.ts";
import { measureIndexing } from "./indexing.ts";
import { startLoad } from "./load.ts";
import { watchLoop } from "./measure.ts";
import { measurePolicy } from "./policy.ts";
import { askDecisions, askUse, type Row } from "./questions.ts";
import { keepWatched } from "./watched.ts";

const PARTS = ["decisions", "use", "index", "policy"] as const;
/** Only where it is named: what watching would have kept takes as much room again. */
const BACKTEST = "backtest";
const PER_SECOND = 1_000;
/** Of the disk, for a decision with all that is derived from it, while its indexes are made. */
const BYTES_EACH = 4_000;

const { values } = parseArgs({
  options: {
    decisions: { type: "string", default: "2000000" },
    postgres: { type: "boolean", default: false },
    only: { type: "string", default: PARTS.join(",") },
    keep: { type: "string" },
    "per-second": { type: "string", default: `${PER_SECOND}` },
    detectors: { type: "string", default: "FREQUENCY,UNRELATED_PATIENT" },
  },
});
const count = Number(values.decisions);
const perSecond = Number(values["per-second"]);
const parts = new Set(values.only.split(","));
const unknown = [...parts].filter((part) => part !== BACKTEST && !PARTS.some((known) => known === part));
if (!Number.isInteger(count) || count < 1_000 || unknown.length > 0) {
  say(`--decisions must be a whole number from 1000; --only must be some of ${[...PARTS, BACKTEST].join(", ")}.`);
  process.exit(2);
}

interface Place {
  readonly name: string;
  /** The address of a database of this name, and whether it was made now. */
  database(name: string): Promise<string>;
  readonly written: (() => Promise<number>) | null;
  sizeOf(url: string): Promise<number>;
  close(): Promise<void>;
}

async function sqlitePlace(dir: string): Promise<Place> {
  const fileOf = (url: string): string => url.slice("sqlite:".length);
  return {
    name: "SQLite",
    database: async (name) => `sqlite:${dir}/${name}.db`,
    written: null,
    sizeOf: async (url) => (await stat(fileOf(url))).size,
    close: async () => undefined,
  };
}

async function postgresPlace(dir: string): Promise<Place> {
  await chmod(dir, 0o711); // PostgreSQL runs as a user of its own where this runs as root.
  const server = await startPostgres(dir, { keptAs: values.keep === undefined ? null : "postgres" });
  // As a server of this size would be set up, on a machine that is shared.
  for (const setting of [
    "shared_buffers = '1GB'",
    "max_wal_size = '4GB'",
    "effective_cache_size = '4GB'",
    "random_page_cost = 1.1",
  ])
    await server.admin(`ALTER SYSTEM SET ${setting}`);
  await server.stop();
  await server.start();
  return {
    name: "PostgreSQL",
    async database(name) {
      // What is kept is taken; of the policy's history a new one is made each time.
      if (name === "policy") return server.freshDatabase();
      const there = await server.admin(`SELECT 1 FROM pg_database WHERE datname = '${name}'`);
      if (there.length === 0) await server.admin(`CREATE DATABASE ${name}`);
      return `postgres://postgres:postgres@127.0.0.1:${server.port}/${name}`;
    },
    written: async () => Number((await server.admin("SELECT pg_current_wal_lsn() - '0/0' AS n"))[0]?.n),
    sizeOf: async (url) => Number((await server.admin("SELECT pg_database_size(current_database()) AS n", url))[0]?.n),
    close: () => server.remove(),
  };
}

async function filled(place: Place, dir: string, month: readonly AccessRecord[], until: number): Promise<string> {
  const url = await place.database("size");
  const { close, domain } = await openDomain(config(url), { log: quiet });
  await domain.policy.refresh();
  await domain.directory.refresh();
  await seedHospital(domain);
  await close();
  const { bavail, bsize } = await statfs(dir);
  if (bavail * bsize < count * BYTES_EACH) throw new Error(`${dir} has no room for ${count} decisions`);
  const { rows, seconds } = await fillJournal(url, decisionsOver(month, { count, until }));
  const bytes = await place.sizeOf(url);
  say(
    `${place.name}: ${rows} decisions in ${round(seconds)} s; ${round(bytes / 1e9)} GB, ${Math.round(bytes / rows)} bytes a decision`,
  );
  return url;
}

function printRows(title: string, rows: readonly Row[]): void {
  printTable(
    title,
    ["question", "found", "asked", "p50 ms", "p95 ms"],
    rows.map((row) => [row.question, row.found, row.runs, row.p50, row.p95]),
  );
}

async function measure(place: Place, url: string, month: readonly AccessRecord[], until: number) {
  const results: Record<string, unknown> = {};
  const size = `${place.name}, ${count.toLocaleString("en-US")} decisions`;
  if (parts.has("decisions") || parts.has("use")) {
    const opening = performance.now();
    const { close, domain, storage } = await openDomain(config(url), { log: quiet, followsApart: true });
    await domain.policy.refresh();
    await domain.directory.refresh();
    say(`opened after ${Math.round(performance.now() - opening)} ms`);
    // Behind from the last time, it would be waited for by the first question.
    // The process that follows loads by the sources as they stand, which takes seconds.
    while (!storage.followers().every(({ position }) => position > 0))
      await new Promise((done) => setTimeout(done, 100));
    const end = (await storage.journalSpan())?.end ?? 0;
    const loop = watchLoop();
    const load = startLoad(domain, month, perSecond);
    try {
      const seconds = (s: number) => new Promise((r) => setTimeout(r, s * 1000));
      await seconds(3);
      load.take();
      loop.take();
      await seconds(10);
      const alone = { ...load.take(), ...loop.take() };
      const beside: Record<string, object> = { alone };
      if (parts.has("use")) {
        const rows = await askUse({ domain, month });
        beside.use = { ...load.take(), ...loop.take() };
        printRows(`${size}: questions about use, beside ${perSecond}/s`, rows);
        results.use = rows;
      }
      if (parts.has("decisions")) {
        const rows = await askDecisions({ storage, month, until, end });
        beside.decisions = { ...load.take(), ...loop.take() };
        const slow = [...rows].sort((a, b) => b.p95 - a.p95);
        printRows(`${size}: searches, beside ${perSecond}/s, the slowest first`, slow);
        results.decisions = rows;
      }
      printTable(
        `${size}: authorize at ${perSecond}/s`,
        [
          "beside",
          "answered",
          "p50 ms",
          "p99 ms",
          "not asked",
          "failed",
          "longest turn of the loop, ms",
          "of it worked at most",
        ],
        Object.entries(beside).map(([what, of]) => {
          const { answered, failed, late, p50, p99, stallMs, turnMs } = of as typeof alone;
          return [what, answered, round(p50), round(p99), late, failed, stallMs, turnMs];
        }),
      );
      results.authorize = beside;
    } finally {
      loop.end();
      await load.end();
      await close();
    }
  }
  if (parts.has("index")) {
    const indexing = await measureIndexing(url, month, place.written);
    printTable(
      `${size}: indexing what has come at once`,
      ["decisions", "p50 ms", "p95 ms", "decisions/s", "bytes written each"],
      Object.entries(indexing).map(([n, { bytes_each, p50_ms, p95_ms, rows_per_s }]) => [
        n,
        p50_ms,
        p95_ms,
        rows_per_s,
        bytes_each,
      ]),
    );
    results.index = indexing;
  }
  if (parts.has(BACKTEST)) {
    buildService();
    await keepWatched(url, month, { count, until });
    const times = await measureBacktests(url, { codes: values.detectors.split(","), until });
    printTable(
      `${size}: back-tests of all of them, each a job of its own`,
      ["detector", "seconds", "us a decision", "processor, us", "MB", "findings", "alerts"],
      times.map((of) => [of.detector, of.seconds, of.us, of.cpuUs, of.mb, of.findings, of.alerts]),
    );
    results.backtests = times;
  }
  if (parts.has("policy")) {
    const rows = await measurePolicy(await place.database("policy"), perSecond);
    printTable(
      `${place.name}: the policy, beside ${perSecond}/s`,
      ["ms", "it took", "longest turn of the loop", "worked at most", "authorize waited", "no answer for", "p99"],
      rows.map(({ ms, mostMs, p99, silentMs, stallMs, turnMs, what }) => [
        what,
        ms,
        stallMs,
        turnMs,
        mostMs,
        silentMs,
        p99,
      ]),
    );
    results.policy = rows;
  }
  return results;
}

/** What is known of a database that was kept, beside it. */
interface Kept {
  readonly month: readonly AccessRecord[];
  readonly until: number;
  readonly count: number;
}

async function run(dir: string): Promise<void> {
  const place = values.postgres ? await postgresPlace(dir) : await sqlitePlace(dir);
  try {
    const note = `${dir}/${values.postgres ? "postgres" : "sqlite"}.json`;
    const kept =
      values.keep === undefined ? null : (JSON.parse(await readFile(note, "utf8").catch(() => "null")) as Kept | null);
    const until = kept?.until ?? Date.now();
    const needed = parts.has("decisions") || parts.has("use") || parts.has("index") || parts.has(BACKTEST);
    const month = kept?.month ?? (needed ? await monthOfDecisions(dir) : []);
    say(`${month.length} decisions of a month`);
    const url = kept !== null || !needed ? await place.database("size") : await filled(place, dir, month, until);
    if (kept === null && needed && values.keep !== undefined)
      await writeFile(note, JSON.stringify({ month, until, count } satisfies Kept));
    await rm(`${dir}/policy.db`, { force: true });
    const results = await measure(place, url, month, until);
    printResult({ bench: "size", database: place.name, decisions: count, per_second: perSecond, ...results });
  } finally {
    await place.close();
  }
}

if (values.keep === undefined) await withScratch(run);
else {
  const dir = resolve(values.keep);
  await mkdir(dir, { recursive: true });
  await run(dir);
}
