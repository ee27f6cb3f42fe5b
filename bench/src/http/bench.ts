/**
 * Requests a second over HTTP: the service (in production, with keys, every decision on disk before its answer) and
 * beside it what GraphQL and HTTP cost by themselves, and Cerbos with its decision log on. Each server is a process of
 * its own, as is the load generator. They take turns, A B C A B C; ratios are of the same round, and their median counts.
 * Each slice is a number of requests, not a time, so that no request is cut off and every decision can be accounted for.
 * `--busy` has two other processes want all of the processor meanwhile.
 */
import { parseArgs } from "node:util";
import { buildService } from "../lib/build.ts";
import { cpuTimeOf, freePort, ROOT, type Server, startBurner, startServer, startWorker } from "../lib/processes.ts";
import { inRounds } from "../lib/rounds.ts";
import { withScratch } from "../lib/scratch.ts";
import { median, round } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";
import { cerbosProgram, startCerbos } from "./cerbos.ts";
import type { Load, LoadResult } from "./load.ts";
import * as questions from "./questions.ts";
import { countDecisions, followerLags, startService } from "./service.ts";
import { NAMES, type Name, type Target, targetsOf } from "./targets.ts";

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7);
const SLICE_SECONDS = 1.5;
const { busy } = parseArgs({ options: { busy: { type: "boolean", default: false } } }).values;

interface Measured {
  readonly perSecond: number;
  /** Of those, how many a second all that follows the journal had taken when the last was answered; null where nothing follows. */
  readonly followed: number | null;
  /** The same, counting the time until the index of the journal has caught up; null where there is none. */
  readonly sustained: number | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuUs: number | null;
  /** Of the processor, for a decision: all threads and processes of the service, until all that follows the journal has taken it. */
  readonly followedUs: number | null;
}

async function startEmpty(name: string, file: string, dir: string): Promise<Server> {
  const port = await freePort();
  return startServer({
    name,
    command: process.execPath,
    args: ["--import", "tsx", new URL(file, import.meta.url).pathname, String(port)],
    port,
    readyPath: "/readyz",
    logFile: `${dir}/${file}.out`,
    cwd: `${ROOT}bench`,
    env: { NODE_ENV: "production" },
  });
}

const post = (target: Target, body: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${target.server.port}${target.load.path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...target.load.headers },
    body,
  });

/** Asks every question once, and requires the answer that it must have: servers that err are fast. Answers how many. */
async function checkAnswers(target: Target, allows: (answer: string) => boolean): Promise<number> {
  const expected = questions.questions;
  for (const [i, { allowed }] of expected.entries()) {
    const response = await post(target, target.load.bodies[i] ?? "");
    const text = await response.text();
    if (!response.ok || allows(text) !== allowed)
      throw new Error(
        `${target.label}: question ${i} must be ${allowed ? "allowed" : "denied"}, but: ${response.status} ${text}`,
      );
  }
  return expected.length;
}

buildService();
await withScratch(async (dir) => {
  const open: { close(): Promise<void> }[] = [];
  try {
    const service = await startService({ name: "Scopewarden", dir: `${dir}/one` });
    open.push(service);
    const apollo = await startEmpty("the empty Apollo server", "emptyApollo.ts", dir);
    open.push(apollo);
    const fastify = await startEmpty("the empty Fastify server", "emptyFastify.ts", dir);
    open.push(fastify);
    const program = cerbosProgram();
    if (program === null) say(`Cerbos is not to be had for ${process.platform}-${process.arch}: its figures are null`);
    const cerbos = program === null ? null : await startCerbos(program, dir);
    if (cerbos !== null) open.push(cerbos);
    const generator = await startWorker<Load, LoadResult>(new URL("load.ts", import.meta.url), []);
    open.push(generator);

    const targets = new Map(Object.entries(targetsOf(service, apollo, fastify, cerbos)) as [Name, Target][]);
    /** Decisions that the services have answered: the journals must hold as many. */
    let answered = 0;
    let cerbosAnswered = 0;
    const allow =
      (text: string) =>
      (answer: string): boolean =>
        answer.includes(text);
    for (const [name, text] of [
      ["graphql", '"outcome":"ALLOW"'],
      ["authzen", '"decision":true'],
      ["cerbos", "EFFECT_ALLOW"],
    ] as const) {
      const target = targets.get(name);
      if (target === undefined) continue;
      const asked = await checkAnswers(target, allow(text));
      if (name === "cerbos") cerbosAnswered += asked;
      else answered += asked;
    }

    async function slice(target: Target, requests: number): Promise<Measured> {
      const before = cpuTimeOf(target.server.pid);
      const result = await generator.ask({ ...target.load, ports: [target.server.port], requests });
      const after = cpuTimeOf(target.server.pid);
      const behind =
        target.service === undefined ? null : Math.max(0, ...(await followerLags(target.service))) / target.decisions;
      const settling = performance.now();
      await target.service?.settle();
      const seconds = result.seconds + (performance.now() - settling) / 1000;
      await target.service?.followed();
      const followed = target.service === undefined ? null : cpuTimeOf(target.server.pid);
      if (target.service !== undefined) answered += result.answered * target.decisions;
      if (target.server === cerbos) cerbosAnswered += result.answered;
      if (result.others > 0)
        throw new Error(
          `${target.label}: ${result.others} of ${requests} answers are not as expected: ${result.sample}`,
        );
      return {
        perSecond: requests / result.seconds,
        followed: behind === null ? null : Math.max(0, requests - behind) / result.seconds,
        sustained: target.service === undefined ? null : requests / seconds,
        p50Ms: result.p50Ms,
        p99Ms: result.p99Ms,
        cpuUs: before === null || after === null ? null : (after - before) / requests,
        followedUs: before === null || followed === null ? null : (followed - before) / (requests * target.decisions),
      };
    }

    const requestsOf = new Map<Name, number>();
    for (const [name, target] of targets) {
      // The second tells how many requests fill a slice: the first is for compilers.
      await slice(target, target.decisions > 1 ? 400 : 8_000);
      const { perSecond } = await slice(target, target.decisions > 1 ? 200 : 4_000);
      requestsOf.set(name, Math.ceil(perSecond * SLICE_SECONDS));
      say(`${target.label}: warm, ${Math.round(perSecond)} requests/s`);
    }
    if (busy) open.push(startBurner(), startBurner());
    const measured = new Map<Name, Measured[]>([...targets.keys()].map((name) => [name, []]));
    const rounds = await inRounds(ROUNDS, async () => {
      for (const [name, target] of targets) measured.get(name)?.push(await slice(target, requestsOf.get(name) ?? 0));
    });
    const logged = cerbos === null ? null : await cerbos.logged();
    for (const { close } of open.splice(0).reverse()) await close();
    const held = await countDecisions(service.databaseFile);

    const of = (name: Name, read: (m: Measured) => number | null): number | null => {
      const values =
        measured
          .get(name)
          ?.map(read)
          .filter((v) => v !== null) ?? [];
      return values.length === 0 ? null : round(median(values));
    };
    const scaled = (perSecond: number | null, by: number): number | null =>
      perSecond === null ? null : perSecond * by;
    const ratio = (a: Name, b: Name): number | null => {
      const [x, y] = [measured.get(a) ?? [], measured.get(b) ?? []];
      const [per, by] = [targets.get(a)?.decisions || 1, targets.get(b)?.decisions || 1];
      const values = x.flatMap((m, i) => (y[i] === undefined ? [] : [(m.perSecond * per) / (y[i].perSecond * by)]));
      return values.length === 0 ? null : round(median(values));
    };
    printTable(
      `HTTP, ${rounds} rounds of about ${SLICE_SECONDS} s each; 32 connections, batches 8${busy ? "; two processes want the processor beside" : ""}`,
      [
        "server",
        "requests/s",
        "decisions/s",
        "followed meanwhile",
        "and indexed",
        "p50 ms",
        "p99 ms",
        "CPU us/request",
        "CPU us/decision, followed",
      ],
      [...targets].map(([name, { label, decisions }]) => {
        const perSecond = of(name, (m) => m.perSecond);
        return [
          label,
          perSecond,
          decisions === 0 || perSecond === null ? null : perSecond * decisions,
          scaled(
            of(name, (m) => m.followed),
            decisions,
          ),
          scaled(
            of(name, (m) => m.sustained),
            decisions,
          ),
          of(name, (m) => m.p50Ms),
          of(name, (m) => m.p99Ms),
          of(name, (m) => m.cpuUs),
          of(name, (m) => m.followedUs),
        ];
      }),
    );
    const allowed = held.ALLOW;
    const journalRows = allowed + held.DENY;
    console.log(
      `The journal holds ${journalRows} decisions, ${answered} were answered (${allowed} allowed, ${journalRows - allowed} denied).`,
    );
    if (logged !== null) console.log(`Cerbos logged ${logged} of ${cerbosAnswered} requests answered.`);
    if (journalRows !== answered) throw new Error("the journal and the answers differ");
    const perName = (read: (m: Measured) => number | null) =>
      Object.fromEntries(NAMES.map((name) => [name, of(name, read)]));
    const batch = (name: Name, read: (m: Measured) => number | null): number | null => {
      const perSecond = scaled(of(name, read), questions.BATCH);
      return perSecond === null ? null : Math.round(perSecond);
    };
    printResult({
      bench: "http",
      busy,
      graphql_vs_empty_apollo: ratio("graphql", "empty_apollo"),
      graphql_vs_cerbos: ratio("graphql", "cerbos"),
      batch50_decisions_per_s: batch("batch50", (m) => m.perSecond),
      batch50_vs_cerbos: ratio("batch50", "cerbos_batch50"),
      authzen_vs_empty_fastify: ratio("authzen", "empty_fastify"),
      authzen_vs_cerbos: ratio("authzen", "cerbos"),
      batch50_indexed_decisions_per_s: batch("batch50", (m) => m.sustained),
      indexed_requests_per_s: perName((m) => m.sustained),
      p99_ms: perName((m) => m.p99Ms),
      p50_ms: perName((m) => m.p50Ms),
      requests_per_s: perName((m) => m.perSecond),
      followed_requests_per_s: perName((m) => m.followed),
      cpu_us_per_request: perName((m) => m.cpuUs),
      cpu_us_per_decision_followed: perName((m) => m.followedUs),
      answered,
      journal_rows: journalRows,
    });
  } finally {
    for (const { close } of open.reverse()) await close();
  }
});
