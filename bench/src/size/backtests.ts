import { backtestTask } from "../../../src/domain/monitoring/backtest/backtestInput.ts";
import type { DetectorCode } from "../../../src/domain/monitoring/detectors/detector.ts";
import { DETECTORS } from "../../../src/domain/monitoring/detectors/detectors.ts";
import { builtJobThreads } from "../lib/build.ts";
import { round } from "../lib/stats.ts";
import { say } from "../lib/table.ts";
import { WATCHED_DAYS } from "./watched.ts";

const DAY_MS = 86_400_000;

export interface BacktestTime {
  readonly detector: DetectorCode;
  readonly decisions: number;
  readonly findings: number;
  readonly alerts: number;
  readonly seconds: number;
  /** Of the time that passed, for a decision. */
  readonly us: number;
  /** Of the processor, by this process: a database that is a process of its own comes on top. */
  readonly cpuUs: number;
  /** Of this process, the largest. */
  readonly mb: number;
}

/** Back-tests of all that is kept, each as the job that it would be, in its thread. */
export async function measureBacktests(
  url: string,
  { codes, until }: { readonly codes: readonly string[]; readonly until: number },
): Promise<readonly BacktestTime[]> {
  const createJobThreads = await builtJobThreads();
  const times: BacktestTime[] = [];
  for (const code of codes) {
    const detector = DETECTORS.find((each) => each.code === code);
    if (detector === undefined) throw new Error(`There is no detector ${code}.`);
    // A thread for each, so that none begins with what another has left.
    const threads = createJobThreads({ databaseUrl: url });
    let rss = 0;
    const timer = setInterval(() => {
      rss = Math.max(rss, process.memoryUsage.rss());
    }, 250);
    try {
      const window = { from: until - WATCHED_DAYS * DAY_MS, to: until + 1, samples: 100, alertsPerWeek: 5 };
      const task = backtestTask(detector, [], { detector: detector.code, ...window });
      const [began, cpu] = [performance.now(), process.cpuUsage()];
      const done = await threads.backtestApart(task, () => {}).done;
      const ms = performance.now() - began;
      const { system, user } = process.cpuUsage(cpu);
      if (done === null) throw new Error(`${code} was cancelled`);
      const { alerts, decisions, findings } = done.result;
      const [us, cpuUs] = [(ms * 1000) / done.read, (system + user) / done.read].map(round) as [number, number];
      times.push({
        ...{ detector: detector.code, decisions, findings, alerts, us, cpuUs },
        ...{ seconds: round(ms / 1000), mb: Math.round(rss / 1e6) },
      });
      say(`${code}: ${decisions} decisions in ${round(ms / 1000)} s, ${us} us each`);
    } finally {
      clearInterval(timer);
      await threads.close();
    }
  }
  return times;
}
