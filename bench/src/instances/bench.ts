/**
 * Decisions a second of 1, 2 and 4 instances on one PostgreSQL, each a process of its own, asked over the same number of
 * connections. All of them append to one journal in one order; what they answered must stand in it.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod } from "node:fs/promises";
import { promisify } from "node:util";
import { startPostgres } from "../../../test/storage/postgresServer.ts";
import type { Load, LoadResult } from "../http/load.ts";
import { graphqlBodies } from "../http/questions.ts";
import { createKey } from "../http/service.ts";
import { buildService } from "../lib/build.ts";
import { cpuTimeOf, freePort, ROOT, type Server, startServer, startWorker } from "../lib/processes.ts";
import { inRounds } from "../lib/rounds.ts";
import { withScratch } from "../lib/scratch.ts";
import { median, round } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";

const COUNTS = [1, 2, 4] as const;
const MOST = Math.max(...COUNTS);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const CONNECTIONS = 32;
const SLICE_SECONDS = 2;

interface Measured {
  readonly perSecond: number;
  /** Of the instance that answered the fewest, and of the one that answered the most. */
  readonly fewest: number;
  readonly most: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuUs: number | null;
}

/** Asks for a search, which waits until the index of the journal has every decision: what was put off is done before others are measured. */
async function searched(port: number, key: string): Promise<void> {
  const query = '{ decisions(first: 1, filter: { clientId: "nobody" }) { edges { node { id } } } }';
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ query }),
  });
  if (!response.ok) throw new Error(`no search: ${await response.text()}`);
}

buildService();
await withScratch(async (dir) => {
  await chmod(dir, 0o711); // PostgreSQL runs as a user of its own where this runs as root.
  const postgres = await startPostgres(dir);
  const open: { close(): Promise<void> }[] = [{ close: () => postgres.remove() }];
  try {
    const databaseUrl = await postgres.freshDatabase();
    const adminKey = randomBytes(32).toString("base64url");
    const env = {
      NODE_ENV: "production",
      DATABASE_URL: databaseUrl,
      SCOPEWARDEN_ADMIN_KEY: adminKey,
      LOG_LEVEL: process.env.BENCH_LOG_LEVEL ?? "warn",
    };
    const seed = ["dist/cli/main.js", "policy", "seed"];
    await promisify(execFile)(process.execPath, seed, { cwd: ROOT, env: { ...process.env, ...env } });

    const instances: Server[] = [];
    for (let n = 1; n <= MOST; n++) {
      const port = await freePort();
      const instance = await startServer({
        name: `instance ${n}`,
        command: process.execPath,
        args: ["dist/main.js"],
        port,
        readyPath: "/readyz",
        logFile: `${dir}/instance${n}.out`,
        env: { ...env, PORT: String(port) },
      });
      open.push(instance);
      instances.push(instance);
    }
    const [first] = instances;
    if (first === undefined) throw new Error("no instance");
    const key = await createKey(first.port, adminKey);
    const generator = await startWorker<Load, LoadResult>(new URL("../http/load.ts", import.meta.url), []);
    open.push(generator);

    let answered = 0;
    const cpu = (asked: readonly Server[]): number | null =>
      asked.reduce<number | null>((sum, { pid }) => {
        const own = cpuTimeOf(pid);
        return sum === null || own === null ? null : sum + own;
      }, 0);

    async function slice(count: number, requests: number): Promise<Measured> {
      const asked = instances.slice(0, count);
      const before = cpu(asked);
      const result = await generator.ask({
        ports: asked.map(({ port }) => port),
        path: "/graphql",
        headers: { authorization: `Bearer ${key}` },
        bodies: graphqlBodies(),
        connections: CONNECTIONS,
        requests,
        expect: '{"data":{"authorize":{"id":"',
      });
      const after = cpu(asked);
      if (result.others > 0) throw new Error(`${result.others} of ${requests} answers are none: ${result.sample}`);
      answered += result.answered;
      await searched(asked[0]?.port ?? 0, adminKey);
      const rates = result.byPort.map((n) => n / result.seconds);
      return {
        perSecond: requests / result.seconds,
        fewest: Math.min(...rates),
        most: Math.max(...rates),
        p50Ms: result.p50Ms,
        p99Ms: result.p99Ms,
        cpuUs: before === null || after === null ? null : (after - before) / requests,
      };
    }

    // Every instance is asked, for its compiler's sake; the second time tells how many requests fill a slice.
    await slice(MOST, 12_000);
    const { perSecond } = await slice(MOST, 4_000);
    const requests = Math.ceil(perSecond * SLICE_SECONDS);
    say(`warm, ${Math.round(perSecond)} requests/s`);
    const measured = new Map<number, Measured[]>(COUNTS.map((count) => [count, []]));
    const rounds = await inRounds(ROUNDS, async () => {
      for (const count of COUNTS) measured.get(count)?.push(await slice(count, requests));
    });
    for (const { close } of open.splice(1).reverse()) await close();
    const [held] = await postgres.admin("SELECT COUNT(*) AS n FROM journal WHERE kind = 'DECISION'", databaseUrl);
    const rows = Number(held?.n);

    const of = (count: number, read: (m: Measured) => number | null): number | null => {
      const values = (measured.get(count) ?? []).map(read).filter((value) => value !== null);
      return values.length === 0 ? null : round(median(values));
    };
    const perCount = (read: (m: Measured) => number | null) =>
      Object.fromEntries(COUNTS.map((count) => [count, of(count, read)]));
    const columns: readonly ((m: Measured) => number | null)[] = [
      (m) => m.perSecond,
      (m) => m.fewest,
      (m) => m.most,
      (m) => m.p50Ms,
      (m) => m.p99Ms,
      (m) => m.cpuUs,
    ];
    printTable(
      `Instances on one PostgreSQL, ${rounds} rounds of about ${SLICE_SECONDS} s each; ${CONNECTIONS} connections in all`,
      ["instances", "decisions/s", "the least of them", "the most", "p50 ms", "p99 ms", "their CPU us/decision"],
      COUNTS.map((count) => [`${count}`, ...columns.map((read) => of(count, read))]),
    );
    console.log(`The journal holds ${rows} decisions, ${answered} were answered.`);
    if (rows !== answered) throw new Error("the journal and the answers differ");
    printResult({
      bench: "instances",
      decisions_per_s: perCount((m) => m.perSecond),
      p50_ms: perCount((m) => m.p50Ms),
      p99_ms: perCount((m) => m.p99Ms),
      cpu_us_per_decision: perCount((m) => m.cpuUs),
      answered,
      journal_rows: rows,
    });
  } finally {
    for (const { close } of open.reverse()) await close();
  }
});
