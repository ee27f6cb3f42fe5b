import type { Identity } from "../../callers/types.ts";
import { badInput } from "../../kernel/errors.ts";
import type { Breathe, Clock, MonotonicClock, Pseudonym } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { findingSeen, seesAccesses, seesPatients } from "../alerts/seen.ts";
import type { AlertStore } from "../alerts/store.ts";
import type { Detector, DetectorCode } from "../detectors/detector.ts";
import { checkBudget, readParameters } from "../detectors/detectorParameters.ts";
import { ALERT_AT, activeDetector, type DetectorSetting, parametersOf } from "../detectors/detectorSetting.ts";
import type { DetectorStore } from "../detectors/store.ts";
import type { KeptFinding } from "../watch/keptFinding.ts";
import { slicesOf, workOf } from "../watch/slices.ts";
import type { AlertVerdict } from "../watch/story.ts";
import { createWatch } from "../watch/watch.ts";
import type { WatchedHistory } from "./history.ts";
import { type BacktestCount, createTally } from "./tally.ts";
import { leastThreshold } from "./threshold.ts";

export interface BacktestInput {
  readonly detector: DetectorCode;
  /** By name; what is not given is as it is set. */
  readonly parameters?: unknown;
  /** Milliseconds since 1970; `to` is not in it. */
  readonly from: number;
  readonly to: number;
  /** Null or absent: as the detector is set; without a budget there no threshold is looked for. */
  readonly alertsPerWeek?: number | null;
  readonly samples?: number | null;
}

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

/**
 * Tries a detector on recorded decisions. @throws ScopewardenError BAD_USER_INPUT with every problem; JOURNAL_UNAVAILABLE,
 * POLICY_UNAVAILABLE
 */
export type RunBacktest = (caller: Identity, input: BacktestInput) => Promise<Backtest>;

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** As far back as any baseline looks. */
const WARM_UP_DAYS = 90;
const MOST_DAYS = 180;
export const MAX_MS = 10_000;
const MOST_SAMPLES = 100;
/** Decisions that are read at a time: at most, at least, and what they should come to as `workOf` counts. */
const PART = 500;
const LEAST_PART = 20;
const PART_WORK = 1_500;
const VERDICTS = ["TRUE_POSITIVE", "FALSE_POSITIVE", "EXPECTED"] as const satisfies readonly AlertVerdict[];

function readInput(detectors: readonly Detector[], input: BacktestInput): Detector {
  const detector = detectors.find(({ code }) => code === input.detector);
  if (detector === undefined)
    throw badInput([{ path: "input.detector", message: "must be one of those that `detectors` lists" }]);
  const read = new Reader();
  readParameters(read, detector, input.parameters);
  checkBudget(read, input.alertsPerWeek ?? null);
  if (!(input.from < input.to)) read.problem("input.to", "must be later than `from`");
  else if (input.to - input.from > MOST_DAYS * DAY_MS)
    read.problem("input.from", `must be at most ${MOST_DAYS} days before \`to\``);
  const samples = input.samples ?? 0;
  if (samples < 0 || samples > MOST_SAMPLES) read.problem("input.samples", `must be from 0 to ${MOST_SAMPLES}`);
  read.check();
  return detector;
}

export function createBacktest(deps: {
  readonly detectors: readonly Detector[];
  readonly store: Pick<DetectorStore, "settings">;
  readonly alerts: Pick<AlertStore, "verdictsOn">;
  readonly history: WatchedHistory;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly clock: Clock;
  readonly monotonic: MonotonicClock;
  readonly breathe: Breathe;
}): RunBacktest {
  const { alerts, breathe, detectors, history, monotonic, store } = deps;

  /** Hands over the decisions slice by slice, with a breath before each; answers with when the first that was not was made, or null where all were. */
  async function each(
    { from, to }: { readonly from: number; readonly to: number },
    take: (part: Awaited<ReturnType<WatchedHistory["read"]>>) => void,
  ): Promise<number | null> {
    const until = monotonic() + MAX_MS;
    let newest = from;
    let first = LEAST_PART;
    for (let after = 0; ; ) {
      const part = await history.read({ from, to, after, first });
      const last = part.at(-1);
      if (last === undefined) return null;
      for (const slice of slicesOf(part)) {
        await breathe();
        take(slice);
      }
      newest = Math.max(newest, last.at);
      after = last.position;
      if (part.length < first) return null;
      if (monotonic() > until) return newest + 1;
      const work = part.reduce((sum, each) => sum + workOf(each), 0);
      first = Math.max(LEAST_PART, Math.min(PART, 4 * first, Math.floor((PART_WORK * part.length) / work)));
    }
  }

  async function verdictsMet(decisionIds: readonly string[]): Promise<readonly KnownVerdicts[]> {
    const known = new Map<string, AlertVerdict>();
    for (let at = 0; at < decisionIds.length; at += PART)
      for (const { alertId, verdict } of await alerts.verdictsOn(decisionIds.slice(at, at + PART)))
        known.set(alertId, verdict);
    const met = [...known.values()];
    return VERDICTS.map((verdict) => ({ verdict, met: met.filter((each) => each === verdict).length }));
  }

  return async (caller, input) => {
    const detector = readInput(detectors, input);
    const { from, to } = input;
    const setting: DetectorSetting | null =
      (await store.settings()).find((one) => one.detector === detector.code) ?? null;
    const given = { ...setting?.parameters, ...readParameters(new Reader(), detector, input.parameters) };
    const active = activeDetector(detector, "ON", given);
    const tally = createTally(from, seesAccesses(caller) ? (input.samples ?? 10) : 0);
    const span = await history.span();
    const warmUpFrom = Math.min(from, Math.max(from - WARM_UP_DAYS * DAY_MS, span?.oldest ?? from));
    const watch = createWatch([active]);
    const endedAt = await each({ from: warmUpFrom, to }, (slice) => tally.add(slice, watch.take(slice)));
    const until = endedAt ?? to;
    const budget = input.alertsPerWeek ?? setting?.alertsPerWeek ?? null;
    const bounds = parametersOf(detector)[ALERT_AT] ?? { minimum: 1, maximum: 1 };
    const most = ((budget ?? 0) * Math.max(0, until - from)) / WEEK_MS;
    const pseudonym = tally.samples.length > 0 && !seesPatients(caller) ? await deps.pseudonym() : null;
    return {
      detector: detector.code,
      version: setting?.version ?? 0,
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
      knownVerdicts: await verdictsMet(tally.alertedDecisions),
      samples:
        pseudonym === null
          ? tally.samples
          : tally.samples.map((one) => findingSeen(one, { of: pseudonym, own: tally.ownSubjects })),
    };
  };
}
