import type { Page } from "../../kernel/pages.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { mostGivenAlike } from "../../simulation/fewPatients.ts";
import { foldWindow, type RunBounds } from "../../simulation/jobs/foldWindow.ts";
import type { AlertStore } from "../alerts/store.ts";
import type { Detector, DetectorCode } from "../detectors/detector.ts";
import { ALERT_AT, activeDetector, parametersOf } from "../detectors/detectorSetting.ts";
import type { KeptFinding } from "../watch/keptFinding.ts";
import { slicesOf } from "../watch/slices.ts";
import type { AlertVerdict } from "../watch/story.ts";
import { createWatch } from "../watch/watch.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import type { BacktestTask } from "./backtestInput.ts";
import { type BacktestCount, createTally } from "./tally.ts";
import { leastThreshold } from "./threshold.ts";

/** Of the alerts that people closed with a verdict, how many it would have made too. */
export interface KnownVerdicts {
  readonly verdict: AlertVerdict;
  readonly met: number;
}

/** Decisions as watching saw them when it came to them. Rejects with JOURNAL_UNAVAILABLE. */
export interface WatchedHistory {
  /** Those that were made in a window and stand after a position in the journal, in its order; at most `first`. Times in milliseconds since 1970. */
  read(query: {
    readonly from: number;
    readonly to: number;
    readonly after: number;
    readonly first: number;
  }): Promise<Page<WatchedDecision, number>>;
  /** When the oldest and the newest of all were made; null: there is none. */
  span(): Promise<{ readonly oldest: number; readonly newest: number } | null>;
}

/** What a detector would have found. */
export interface Backtest {
  readonly detector: DetectorCode;
  /** The version of its setting that the rest was taken from; 0: it is as it comes. */
  readonly version: number;
  /** All that it was tried with. */
  readonly parameters: { readonly [name: string]: number };
  readonly from: number;
  /** As far as it came. */
  readonly to: number;
  /** From when on it learnt what is usual before it was counted. */
  readonly warmUpFrom: number;
  /** Decisions in the window. */
  readonly decisions: number;
  /** False: the time was over, or there is no history of all of the window. */
  readonly complete: boolean;
  readonly findings: number;
  readonly alerts: number;
  /** The least threshold that keeps the budget; null: there is no budget, or none does. */
  readonly threshold: { readonly alertAt: number; readonly alerts: number } | null;
  /** Those with the most findings first, at most 100. */
  readonly byClient: readonly BacktestCount[];
  readonly knownVerdicts: readonly KnownVerdicts[];
  /** Those with the most points first, the newest of them; to who sees no accesses none. */
  readonly samples: readonly KeptFinding[];
}

/** As it was made, for whoever may see all of it. */
export interface MadeBacktest extends Backtest {
  /** Of how many patients each number is, as `Patients` counts them. */
  readonly patients: Readonly<Record<"alerts" | "decisions" | "findings", number>>;
  /** `threshold` as it is for who may not know whose the decisions are: alerts are compared with the budget as their number is given. */
  readonly openThreshold: Backtest["threshold"];
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** As far back as any baseline looks. */
const WARM_UP_DAYS = 90;
/** Decisions whose verdicts are asked for at a time. */
const VERDICTS_AT_ONCE = 500;
const VERDICTS = ["TRUE_POSITIVE", "FALSE_POSITIVE", "EXPECTED"] as const satisfies readonly AlertVerdict[];

/**
 * Has one detector look, by itself, at the decisions of a window as watching saw them, and at up to 90 days before it to learn from. The same for the
 * same decisions, however they are read. Rejects with JOURNAL_UNAVAILABLE, POLICY_UNAVAILABLE.
 */
export async function makeBacktest(
  {
    alerts,
    breathe,
    history,
  }: {
    readonly history: WatchedHistory;
    readonly alerts: Pick<AlertStore, "verdictsOn">;
    /** Passed before each slice. */
    readonly breathe: Breathe;
  },
  detector: Detector,
  { alertsPerWeek: budget, from, to, ...task }: BacktestTask,
  bounds: RunBounds,
): Promise<MadeBacktest> {
  const active = activeDetector(detector, "ON", task.parameters);
  const thresholds = parametersOf(detector)[ALERT_AT] ?? { minimum: 1, maximum: 1 };
  const tally = createTally(from, { samples: task.samples, mostPoints: thresholds.maximum });
  const verdicts = new Map<string, AlertVerdict>();
  async function meetVerdicts(decisionIds: readonly string[]): Promise<void> {
    for (let at = 0; at < decisionIds.length; at += VERDICTS_AT_ONCE)
      for (const { alertId, verdict } of await alerts.verdictsOn(decisionIds.slice(at, at + VERDICTS_AT_ONCE)))
        verdicts.set(alertId, verdict);
  }

  const span = await history.span();
  const warmUpFrom = Math.min(from, Math.max(from - WARM_UP_DAYS * DAY_MS, span?.oldest ?? from));
  const watch = createWatch([active], { closesAfterWeek: true });
  let newest = warmUpFrom;
  const { complete } = await foldWindow<WatchedDecision, number>(
    {
      pageAfter: ({ after, first }) => history.read({ from: warmUpFrom, to, after: after ?? 0, first }),
      start: null,
      timeOf: ({ at }) => at,
      first: warmUpFrom,
      last: Math.min(to, span?.newest ?? to),
      async fold(decisions) {
        for (const slice of slicesOf(decisions)) {
          await breathe();
          tally.add(slice, watch.take(slice));
          if (tally.alerted >= VERDICTS_AT_ONCE) await meetVerdicts(tally.takeAlerted());
        }
        newest = Math.max(newest, decisions.at(-1)?.at ?? newest);
      },
    },
    bounds,
  );
  await meetVerdicts(tally.takeAlerted());
  const until = complete ? to : newest + 1;
  const most = ((budget ?? 0) * Math.max(0, until - from)) / WEEK_MS;
  const met = [...verdicts.values()];
  const thresholdBy = (by: Pick<Parameters<typeof leastThreshold>[1], "countedAs" | "step">): Backtest["threshold"] =>
    budget === null ? null : leastThreshold(tally.storyPoints, { ...thresholds, most, ...by });
  return {
    detector: detector.code,
    version: task.version,
    parameters: { ...active.parameters, [ALERT_AT]: active.alertAt },
    from,
    to: until,
    warmUpFrom,
    decisions: tally.decisions,
    complete: complete && span !== null && span.oldest <= from,
    findings: tally.findings,
    alerts: tally.alerts,
    threshold: thresholdBy({}),
    // Its points are in tens as its alerts are: those of a single story would be the score of one finding.
    openThreshold: thresholdBy({ countedAs: mostGivenAlike, step: 10 }),
    byClient: tally.byClient,
    knownVerdicts: VERDICTS.map((verdict) => ({ verdict, met: met.filter((one) => one === verdict).length })),
    samples: tally.samples,
    patients: tally.patients,
  };
}
