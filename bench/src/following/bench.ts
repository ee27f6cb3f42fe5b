/**
 * What each part of what follows the journal takes of `authorize`: a service with the demo hospital that has nothing that follows, one
 * with the index of decisions and the tree, and one with all, with detectors as they are at first, by turns and each by
 * itself: new, warm, at 1,000 requests a second and at as many as it answers. A service that stands still meanwhile and goes on has pauses
 * of its own. Ratios are the median of the rounds'; p99 is of all rounds together as well, since a tenth of one round's is noise.
 * `following record` leaves out the service with all, so that there is time for more rounds. `following postgres` does it on PostgreSQL.
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
/** So long that what the garbage collection of the whole heap takes is not in one round and not in the next. */
const PACED_SECONDS = 8 * SECONDS;
/** Requests in which a new service becomes as fast as it will be. */
const WARM = 20_000;
const onPostgres = process.argv.includes("postgres");

const CHOSEN = {
  nothing: "",
  record: "decision_index,record_tree",
  all: null,
} as const;
type Chosen = keyof typeof CHOSEN;
const NAMES = (Object.keys(CHOSEN) as readonly Chosen[]).filter(
  (name) => name !== "all" || !process.argv.includes("record"),
);

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
  // The command that fills the database follows what it puts on record.
  const there = 'SELECT "name" FROM journal_follower WHERE "position" = (SELECT MAX("seq") FROM journal)';
  const { rows } = await run(there).finally(close);
  const moved = rows.map((row) => String(row.name)).toSorted();
  const chosen = CHOSEN[name]?.split(",").filter((each) => each !== "");
  if (chosen === undefined ? moved.length < 3 : moved.join() !== chosen.toSorted().join())
    throw new Error(`${name}: what followed is ${moved.join(", ")}`);
}

/** What one service did at a rate, and at its fullest. */
interface Both {
  readonly paced: Measured;
  readonly full: Measured;
}
type Round = Readonly<Record<Chosen, Both>>;

async function settle(service: Service): Promise<void> {
  while (Math.max(0, ...(await followerLags(service))) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function measured(service: Service, load: (service: Service) => Promise<LoadResult>): Promise<Measured> {
  const before = cpuTimeOf(service.pid);
  const result = await load(service);
  if (result.others > 0) throw new Error(`${result.others} answers are not as expected: ${result.sample}`);
  const behind = Math.max(0, ...(await followerLags(service)));
  await settle(service);
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
  const rounds: Round[] = [];
  try {
    const choosing = await buildChoosingFollowers();
    open.push(choosing.remove);
    const postgres = onPostgres ? await startPostgres(dir) : null;
    if (postgres !== null) open.push(() => postgres.remove());
    const generator = await startWorker<Load, LoadResult>(new URL("../http/load.ts", import.meta.url), []);
    open.push(() => generator.close());
    const load =
      (rest: Pick<Load, "connections" | "requests" | "perSecond">) =>
      ({ key, port }: Service): Promise<LoadResult> =>
        generator.ask({
          ...{ ports: [port], path: "/graphql", headers: { authorization: `Bearer ${key}` } },
          ...{ bodies: questions.graphqlBodies(), expect: '{"data":{"authorize":{"id":"', ...rest },
        });
    const at = (seconds: number) => load({ connections: 64, requests: PER_SECOND * seconds, perSecond: PER_SECOND });
    let started = 0;
    async function both(name: Chosen): Promise<Both> {
      const chosen = CHOSEN[name];
      const databaseUrl = await postgres?.freshDatabase();
      const service = await startService({
        name,
        dir: `${dir}/${name} ${started++}`,
        ...(databaseUrl !== undefined && { databaseUrl }),
        ...(chosen !== null && {
          main: choosing.main,
          env: { BENCH_FOLLOWERS: chosen },
        }),
      });
      try {
        const { load: first } = await measured(service, load({ connections: 32, requests: WARM }));
        const rate = first.answered / first.seconds;
        await measured(service, at(1));
        const paced = await measured(service, at(PACED_SECONDS));
        const full = await measured(service, load({ connections: 32, requests: Math.ceil(rate * SECONDS) }));
        await requireChosen(name, databaseUrl ?? `sqlite:${service.databaseFile}`);
        return { paced, full };
      } finally {
        await service.close();
      }
    }
    let order = [...NAMES];
    await inRounds(ROUNDS, async () => {
      const found: Partial<Record<Chosen, Both>> = {};
      for (const name of order) found[name] = await both(name);
      rounds.push(found as Round);
      order = order.toReversed();
    });
  } finally {
    for (const close of open.reverse()) await close();
  }
  const row = (value: (one: Both) => number | null): readonly number[] => {
    const of = (name: Chosen): number => median(rounds.map((one) => value(one[name]) ?? Number.NaN));
    const ratio = (name: Chosen): number =>
      median(rounds.map((one) => (value(one[name]) ?? 0) / (value(one.nothing) ?? 1)));
    return [...NAMES.map(of), ...NAMES.slice(1).map(ratio)].map(round);
  };
  const ofAll = NAMES.map((name) => quantile(sorted(rounds.flatMap((one) => one[name].paced.load.timesMs)), 0.99));
  const [nothing = Number.NaN, ...others] = ofAll;
  const figures = {
    "at 1,000/s: p99 of all rounds, ms": [...ofAll, ...others.map((each) => each / nothing)].map(round),
    "at 1,000/s: p50, ms": row(({ paced }) => paced.load.p50Ms),
    "at 1,000/s: p99, ms": row(({ paced }) => paced.load.p99Ms),
    "at 1,000/s: processor, us a decision": row(({ paced }) => paced.cpuUs),
    "at 1,000/s: decisions behind at the end": row(({ paced }) => paced.behind),
    "at its fullest: decisions a second": row(({ full }) => full.load.answered / full.load.seconds),
    "at its fullest: p99, ms": row(({ full }) => full.load.p99Ms),
    "at its fullest: decisions behind at the end": row(({ full }) => full.behind),
  };
  const database = onPostgres ? "PostgreSQL" : "SQLite";
  printTable(
    `authorize on ${database}, with nothing that follows the journal, with the index and the tree, with all; ${rounds.length} rounds`,
    ["", ...NAMES, ...NAMES.slice(1).map((name) => `${name} / nothing`)],
    Object.entries(figures).map(([name, values]) => [
      name,
      ...values.map((value) => (Number.isFinite(value) ? value : "-")),
    ]),
  );
  const eachRound = NAMES.map((name) => rounds.map((one) => round(one[name].paced.load.p99Ms)));
  printResult({ bench: "following", database, ...figures, "at 1,000/s: p99 of each round, ms": eachRound });
});
