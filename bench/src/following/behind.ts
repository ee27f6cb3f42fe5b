/**
 * How far what follows the journal is behind a load that lasts, and what that does to lists: a new service with the demo hospital, each rate
 * for BENCH_SECONDS (600), a list of denials once a second. 6,000 a second are batches of 50. Then the load ends, and it catches up.
 */

import type { Load, LoadResult } from "../http/load.ts";
import * as questions from "../http/questions.ts";
import { followerLags, type Service, startService } from "../http/service.ts";
import { buildService } from "../lib/build.ts";
import { cpuTimeOf, startWorker } from "../lib/processes.ts";
import { withScratch } from "../lib/scratch.ts";
import { quantile, round, sorted } from "../lib/stats.ts";
import { printResult, printTable, say } from "../lib/table.ts";

const SECONDS = Number(process.env.BENCH_SECONDS ?? 600);
const EVERY_SECONDS = 10;
/** Decisions a second, in requests of so many. */
const RATES = [
  { rate: 1_000, batch: 1 },
  { rate: 3_000, batch: 1 },
  { rate: 6_000, batch: questions.BATCH },
];

/** Milliseconds until a list that needs the index was answered; null: with 503. */
async function listed({ adminKey, port }: Service): Promise<number | null> {
  const since = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
    body: JSON.stringify({ query: "{ decisions(filter: { outcome: DENY }, first: 20) { edges { node { id } } } }" }),
  });
  const { errors } = (await response.json()) as {
    readonly errors?: readonly { readonly extensions: { code: string } }[];
  };
  if (errors === undefined) return performance.now() - since;
  if (errors[0]?.extensions.code !== "JOURNAL_UNAVAILABLE")
    throw new Error(`a list was answered with ${JSON.stringify(errors)}`);
  return null;
}

buildService();
await withScratch(async (dir) => {
  const generator = await startWorker<Load, LoadResult>(new URL("../http/load.ts", import.meta.url), []);
  const found: Record<string, unknown>[] = [];
  try {
    for (const { rate, batch } of RATES) {
      const service = await startService({ name: `${rate}`, dir: `${dir}/${rate}` });
      try {
        const load = (seconds: number): Promise<LoadResult> =>
          generator.ask({
            ...{ ports: [service.port], path: "/graphql", headers: { authorization: `Bearer ${service.key}` } },
            bodies: batch === 1 ? questions.graphqlBodies() : questions.graphqlBatchBodies(),
            expect: batch === 1 ? '{"data":{"authorize":{"id":"' : '{"data":{"authorizeBatch":[{"id":"',
            ...{ connections: 64, requests: (rate / batch) * seconds, perSecond: rate / batch },
          });
        await load(5);
        await service.followed();
        const before = cpuTimeOf(service.pid);
        const began = performance.now();
        const times: number[] = [];
        const lists: (number | null)[] = [];
        let decided = 0;
        let most = 0;
        let behind = 0;
        let refusedAfter: number | null = null;
        async function askLists(seconds: number): Promise<void> {
          for (let n = 0; n < seconds; n++) {
            const [ms] = await Promise.all([listed(service), new Promise((resolve) => setTimeout(resolve, 1000))]);
            lists.push(ms);
            if (ms === null) refusedAfter ??= (performance.now() - began) / 1000;
            if (ms === null) return;
          }
        }
        while (performance.now() - began < SECONDS * 1000) {
          const [result] = await Promise.all([load(EVERY_SECONDS), askLists(EVERY_SECONDS - 3)]);
          if (result.others > 0) throw new Error(`${result.others} answers are not as expected: ${result.sample}`);
          decided += result.answered * batch;
          times.push(...result.timesMs);
          behind = Math.max(...(await followerLags(service)));
          most = Math.max(most, behind);
        }
        const lasted = (performance.now() - began) / 1000;
        say(`${rate}: ${behind} behind after ${Math.round(lasted)} s`);
        const ended = performance.now();
        await service.followed();
        const caughtUp = (performance.now() - ended) / 1000;
        const after = cpuTimeOf(service.pid);
        const slow = sorted(times);
        const whole = lists.filter((ms) => ms !== null);
        found.push({
          rate,
          "decisions a second": round(decided / lasted),
          "p50, ms": round(quantile(slow, 0.5)),
          "p99, ms": round(quantile(slow, 0.99)),
          "behind at most": most,
          "behind at the end": behind,
          "caught up, s": round(caughtUp),
          "followed a second, after the load": round(behind / caughtUp),
          "lists answered": `${whole.length} of ${lists.length}`,
          "their p50, ms": whole.length === 0 ? null : round(quantile(sorted(whole), 0.5)),
          "first 503, s": refusedAfter === null ? null : round(refusedAfter),
          "processor, us a decision": before === null || after === null ? null : round((after - before) / decided),
        });
      } finally {
        await service.close();
      }
    }
  } finally {
    await generator.close();
  }
  const names = Object.keys(found[0] ?? {});
  printTable(
    `What follows, behind a load of ${SECONDS} s`,
    ["", ...found.map(({ rate }) => `${rate}/s`)],
    names.slice(1).map((name) => [name, ...found.map((one) => one[name] as number | string | null)]),
  );
  printResult({ bench: "behind", seconds: SECONDS, found });
});
