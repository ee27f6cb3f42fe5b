import type { Breathe } from "../../kernel/ports.ts";
import type { AlertStore } from "../alerts/store.ts";
import type { Detector, DetectorCode } from "../detectors/detector.ts";
import { ALERT_AT, activeDetector, parametersOf } from "../detectors/detectorSetting.ts";
import type { KeptFinding } from "../watch/keptFinding.ts";
import { slicesOf, workOf } from "../watch/slices.ts";
import type { AlertVerdict } from "../watch/story.ts";
import { createWatch } from "../watch/watch.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import type { BacktestTask } from "./backtestInput.ts";
import type { WatchedHistory } from "./history.ts";
import { type BacktestCount, createTally } from "./tally.ts";
import { leastThreshold } from "./threshold.ts";

/** Of the alerts that people closed with a verdict, how many it would have made too. */
export interface KnownVerdicts {
  readonly verdict: AlertVerdict;
  readonly met: number;
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
  /** Of the samples: the ids of subjects who are patients in what was found of them. */
  readonly ownSubjects: readonly string[];
}

/** How many decisions are read at a time: at most, and what they should come to as `workOf` counts. */
interface Pages {
  readonly most: number;
  readonly work: number;
  /** Whether the next page is read while one is looked at. */
  readonly ahead: boolean;
}
/** Beside decisions. */
export const SMALL_PAGES: Pages = { most: 500, work: 1_500, ahead: false };
/** In a thread of its own. */
export const LARGE_PAGES: Pages = { most: 2_000, work: 6_000, ahead: true };
const LEAST_PAGE = 20;

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** As far back as any baseline looks. */
const WARM_UP_DAYS = 90;
/** Decisions whose verdicts are asked for at a time. */
const VERDICTS_AT_ONCE = 500;
const VERDICTS = ["TRUE_POSITIVE", "FALSE_POSITIVE", "EXPECTED"] as const satisfies readonly AlertVerdict[];

export interface MakingBacktest {
  readonly history: WatchedHistory;
  readonly alerts: Pick<AlertStore, "verdictsOn">;
  /** Passed before each slice. */
  readonly breathe: Breathe;
  readonly pages: Pages;
  /** Asked after each page: true ends it where it stands. */
  readonly isTimeUp: () => boolean;
  /** Is told after each page how far it is, from 0 to 1, and how many decisions it has read. */
  readonly onProgress?: (progress: number, read: number) => void;
}

type Page = readonly WatchedDecision[];

/** Hands over the decisions slice by slice; answers with when the first that was not was made, or null where all were. */
async function each(
  { breathe, history, isTimeUp, onProgress = () => {}, pages }: MakingBacktest,
  { from, newest: end, to }: { readonly from: number; readonly to: number; readonly newest: number },
  take: (part: Page) => Promise<void> | void,
): Promise<number | null> {
  let newest = from;
  let first = LEAST_PAGE;
  let read = 0;
  const readAfter = (after: number): Promise<{ readonly part: Page; readonly asked: number }> => {
    const asked = first;
    const reading = history.read({ from, to, after, first: asked }).then((part) => ({ part, asked }));
    // It is waited for in the next turn, or never.
    reading.catch(() => undefined);
    return reading;
  };
  for (let reading = readAfter(0); ; ) {
    const { asked, part } = await reading;
    const last = part.at(-1);
    if (last === undefined) return null;
    const isLast = part.length < asked;
    const work = part.reduce((sum, one) => sum + workOf(one), 0);
    first = Math.max(LEAST_PAGE, Math.min(pages.most, 4 * asked, Math.floor((pages.work * part.length) / work)));
    if (pages.ahead && !isLast) reading = readAfter(last.position);
    for (const slice of slicesOf(part)) {
      await breathe();
      await take(slice);
    }
    newest = Math.max(newest, last.at);
    read += part.length;
    onProgress(end <= from ? 1 : (newest - from) / (end - from), read);
    if (isLast) return null;
    if (isTimeUp()) return newest + 1;
    if (!pages.ahead) reading = readAfter(last.position);
  }
}

/**
 * Has one detector look, by itself, at the decisions of a window as watching saw them, and at up to 90 days before it to learn from. The same for the
 * same decisions, however they are read. Rejects with JOURNAL_UNAVAILABLE, POLICY_UNAVAILABLE.
 */
export async function makeBacktest(
  deps: MakingBacktest,
  detector: Detector,
  task: BacktestTask,
): Promise<MadeBacktest> {
  const { alerts, history } = deps;
  const { alertsPerWeek: budget, from, to } = task;
  const active = activeDetector(detector, "ON", task.parameters);
  const bounds = parametersOf(detector)[ALERT_AT] ?? { minimum: 1, maximum: 1 };
  const tally = createTally(from, { samples: task.samples, mostPoints: bounds.maximum });
  const verdicts = new Map<string, AlertVerdict>();
  async function meetVerdicts(decisionIds: readonly string[]): Promise<void> {
    for (let at = 0; at < decisionIds.length; at += VERDICTS_AT_ONCE)
      for (const { alertId, verdict } of await alerts.verdictsOn(decisionIds.slice(at, at + VERDICTS_AT_ONCE)))
        verdicts.set(alertId, verdict);
  }

  const span = await history.span();
  const warmUpFrom = Math.min(from, Math.max(from - WARM_UP_DAYS * DAY_MS, span?.oldest ?? from));
  const watch = createWatch([active], { closesAfterWeek: true });
  const window = { from: warmUpFrom, to, newest: Math.min(to, span?.newest ?? to) };
  const endedAt = await each(deps, window, async (slice) => {
    tally.add(slice, watch.take(slice));
    if (tally.alerted >= VERDICTS_AT_ONCE) await meetVerdicts(tally.takeAlerted());
  });
  await meetVerdicts(tally.takeAlerted());
  const until = endedAt ?? to;
  const most = ((budget ?? 0) * Math.max(0, until - from)) / WEEK_MS;
  const met = [...verdicts.values()];
  const { samples } = tally;
  return {
    detector: detector.code,
    version: task.version,
    parameters: { ...active.parameters, [ALERT_AT]: active.alertAt },
    from,
    to: until,
    warmUpFrom,
    decisions: tally.decisions,
    complete: endedAt === null && span !== null && span.oldest <= from,
    findings: tally.findings,
    alerts: tally.alerts,
    threshold: budget === null ? null : leastThreshold(tally.storyPoints, { ...bounds, most }),
    byClient: tally.byClient,
    knownVerdicts: VERDICTS.map((verdict) => ({ verdict, met: met.filter((one) => one === verdict).length })),
    samples,
    ownSubjects: [...new Set(samples.map(({ subject }) => subject?.id ?? ""))].filter((id) =>
      tally.ownSubjects.has(id),
    ),
  };
}
