/**
 * What each part of what follows the journal takes of `authorize`: services with the demo hospital, of which one has nothing that follows,
 * one the index of decisions with its blocks and the tree, one all, with detectors as they are at first, take turns at 1,000 requests a
 * second and at as many as they answer, the others stopped in their tracks. Ratios are the median of the rounds'; p99 is of all rounds
 * together as well, since a tenth of one round's is noise. `following postgres` does it on PostgreSQL.
 */
import { chmod } from "node:fs/promises";
import { openConnection, statementCounter } from "../../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../../src/storage/database/dialectOf.ts";
import { startPostgres } from "../../../test/storage/postgresServer.ts";
import type { Load, LoadResult } from "../http/load.ts";
import * as questions from "../http/questions.ts";
import { followerLags, type Service, startService } from "../http/service.ts";
import { buildChoosingFollowers, buildService } from "../lib/build.ts";
import { cpuTimeOf, startWorker } from "../lib/processes.ts";
import { inRounds } from "../lib/rounds.ts";
import { withScratch } from "../lib/scratch.ts";
import { median, quantile, round, sorted } from "../lib/stats.ts";
import { printResult, printTable } from "../lib/table.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const PER_SECOND = 1_000;
const onPostgres = process.argv.includes("postgres");

const CHOSEN = {
  nothing: "",
  record: "decision_index,decision_blocks,record_tree",
  all: null,
} as const;
type Chosen = keyof typeof CHOSEN;
const NAMES = Object.keys(CHOSEN) as readonly Chosen[];

interface Measured {
  readonly load: LoadResult;
  readonly cpuUs: number | null;
  /** Decisions that the last follower was behind when the load ended. */
  readonly behind: number;
}
/** That just what was chosen has followed: else the figures would say nothing. */
async function requireChosen(name: Chosen, url: string): Promise<void> {
  const { close, run } = await openConnection({
    dialect: dialectOf(url),
    purpose: "read",
    counter: statementCounter(),
  });
  const { rows } = await run('SELECT "name" FROM journal_follower WHERE "position" > 0').finally(close);
  const moved = rows.map((row) => String(row.name)).toSorted();
  const chosen = CHOSEN[name]?.split(",").filter((each) => each !== "");
  if (chosen === undefined ? moved.length < 4 : moved.join() !== chosen.toSorted().join())
    throw new Error(`${name}: what followed is ${moved.join(", ")}`);
}

type Round = Readonly<Record<Chosen, Measured>>;

async function measured(service: Service, load: (service: Service) => Promise<LoadResult>): Promise<Measured> {
  const before = cpuTimeOf(service.pid);
  const result = await load(service);
  if (result.others > 0) throw new Error(`${result.others} answers are not as expected: ${result.sample}`);
  const behind = Math.max(0, ...(await followerLags(service)));
  while (Math.max(0, ...(await followerLags(service))) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  const after = cpuTimeOf(service.pid);
  return {
    load: result,
    cpuUs: before === null || after === null ? null : (after - before) / result.answered,
    behind,
  };
}

buildService();
await withScratch(async (dir) => {
  await chmod(dir, 0o711); // PostgreSQL runs as a user of its own where this runs as root.
  const open: (() => Promise<void>)[] = [];
  const paced: Round[] = [];
  const full: Round[] = [];
  try {
    const choosing = await buildChoosingFollowers();
    open.push(choosing.remove);
    const postgres = onPostgres ? await startPostgres(dir) : null;
    if (postgres !== null) open.push(() => postgres.remove());
    const services = {} as Record<Chosen, Service>;
    const databases = {} as Record<Chosen, string>;
    for (const name of NAMES) {
      const chosen = CHOSEN[name];
      const databaseUrl = await postgres?.freshDatabase();
      const service = await startService({
        name,
        dir: `${dir}/${name}`,
        ...(databaseUrl !== undefined && { databaseUrl }),
        ...(chosen !== null && {
          main: choosing.main,
          env: { BENCH_FOLLOWERS: chosen },
        }),
      });
      open.push(() => service.close());
      services[name] = service;
      databases[name] = databaseUrl ?? `sqlite:${service.databaseFile}`;
    }
    const generator = await startWorker<Load, LoadResult>(new URL("../http/load.ts", import.meta.url), []);
    open.push(() => generator.close());
    const load =
      (rest: Pick<Load, "connections" | "requests" | "perSecond">) =>
      ({ key, port }: Service): Promise<LoadResult> =>
        generator.ask({
          ...{ ports: [port], path: "/graphql", headers: { authorization: `Bearer ${key}` } },
          ...{ bodies: questions.graphqlBodies(), expect: '{"data":{"authorize":{"id":"', ...rest },
        });
    let rate = 0;
    for (const name of NAMES) {
      const { load: first } = await measured(services[name], load({ connections: 32, requests: 5_000 }));
      rate = Math.max(rate, first.answered / first.seconds);
    }
    const each = async (once: (service: Service) => Promise<LoadResult>, order: readonly Chosen[]): Promise<Round> => {
      const found: Partial<Record<Chosen, Measured>> = {};
      for (const name of order) {
        // What they would do by themselves, as collecting what nobody uses, is not what is measured.
        const others = NAMES.filter((other) => other !== name).map((other) => services[other].pid);
        for (const pid of others) process.kill(pid, "SIGSTOP");
        found[name] = await measured(services[name], once).finally(() => {
          for (const pid of others) process.kill(pid, "SIGCONT");
        });
      }
      return found as Round;
    };
    let order = [...NAMES];
    await inRounds(ROUNDS, async () => {
      const steady = { connections: 64, requests: PER_SECOND * SECONDS, perSecond: PER_SECOND };
      paced.push(await each(load(steady), order));
      full.push(await each(load({ connections: 32, requests: Math.ceil(rate * SECONDS) }), order));
      order = order.toReversed();
    });
    for (const name of NAMES) await requireChosen(name, databases[name]);
  } finally {
    for (const close of open.reverse()) await close();
  }
  const row = (rounds: readonly Round[], value: (one: Measured) => number | null): readonly number[] => {
    const of = (name: Chosen): number => median(rounds.map((one) => value(one[name]) ?? Number.NaN));
    const ratio = (name: Chosen): number =>
      median(rounds.map((one) => (value(one[name]) ?? 0) / (value(one.nothing) ?? 1)));
    return [...NAMES.map(of), ratio("record"), ratio("all")].map(round);
  };
  const ofAll = NAMES.map((name) => quantile(sorted(paced.flatMap((one) => one[name].load.timesMs)), 0.99));
  const [nothing = Number.NaN, record = Number.NaN, all = Number.NaN] = ofAll;
  const figures = {
    "at 1,000/s: p99 of all rounds, ms": [...ofAll, record / nothing, all / nothing].map(round),
    "at 1,000/s: p50, ms": row(paced, ({ load }) => load.p50Ms),
    "at 1,000/s: p99, ms": row(paced, ({ load }) => load.p99Ms),
    "at 1,000/s: processor, us a decision": row(paced, ({ cpuUs }) => cpuUs),
    "at 1,000/s: decisions behind at the end": row(paced, ({ behind }) => behind),
    "at its fullest: decisions a second": row(full, ({ load }) => load.answered / load.seconds),
    "at its fullest: p99, ms": row(full, ({ load }) => load.p99Ms),
    "at its fullest: decisions behind at the end": row(full, ({ behind }) => behind),
  };
  const database = onPostgres ? "PostgreSQL" : "SQLite";
  printTable(
    `authorize on ${database}, with nothing that follows the journal, with the index and the tree, with all`,
    ["", ...NAMES, "record / nothing", "all / nothing"],
    Object.entries(figures).map(([name, values]) => [
      name,
      ...values.map((value) => (Number.isFinite(value) ? value : "-")),
    ]),
  );
  printResult({ bench: "following", database, rounds: paced.length, ...figures });
});
