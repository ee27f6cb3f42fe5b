import { untilNow } from "../../audit/countedWindow.ts";
import type { RecordAudit } from "../../audit/recordReads.ts";
import type { Identity } from "../../callers/types.ts";
import type { Breathe, Clock, MonotonicClock, Pseudonym } from "../../kernel/ports.ts";
import type { AlertStore } from "../alerts/store.ts";
import type { Detector } from "../detectors/detector.ts";
import type { DetectorStore } from "../detectors/store.ts";
import { type BacktestInput, backtestTask, readBacktest } from "./backtestInput.ts";
import type { WatchedHistory } from "./history.ts";
import { type Backtest, makeBacktest, SMALL_PAGES } from "./makeBacktest.ts";
import { seenBacktest } from "./seenBacktest.ts";

/**
 * Tries a detector on recorded decisions, for ten seconds at most. That it was tried is on record before the answer.
 * @throws ScopewardenError BAD_USER_INPUT with every problem; JOURNAL_UNAVAILABLE, POLICY_UNAVAILABLE
 */
export type RunBacktest = (caller: Identity, input: BacktestInput) => Promise<Backtest>;

export const MAX_MS = 10_000;

export function createBacktest(deps: {
  readonly detectors: readonly Detector[];
  readonly store: Pick<DetectorStore, "settings">;
  readonly alerts: Pick<AlertStore, "verdictsOn">;
  readonly history: WatchedHistory;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  readonly breathe: Breathe;
  readonly recordAudit: RecordAudit;
}): RunBacktest {
  const { detectors, monotonic, recordAudit, store } = deps;
  return async (caller, asked) => {
    const input = untilNow(asked, deps.clock());
    const detector = readBacktest(detectors, input);
    const task = backtestTask(detector, await store.settings(), input);
    const until = monotonic() + MAX_MS;
    const made = await makeBacktest(
      { ...deps, pages: SMALL_PAGES, isTimeUp: () => monotonic() > until },
      detector,
      task,
    );
    const seen = await seenBacktest(caller, made, deps.pseudonym);
    const { from, to } = task;
    const filter = { detector: detector.code, from, to };
    await recordAudit(caller, { field: "backtest", filter, shown: seen.samples.length });
    return seen;
  };
}
