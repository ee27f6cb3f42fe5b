import type { AskedWindow } from "../../audit/countedWindow.ts";
import { badInput } from "../../kernel/errors.ts";
import { Reader } from "../../kernel/reader.ts";
import type { Detector, DetectorCode } from "../detectors/detector.ts";
import { checkBudget, readParameters } from "../detectors/detectorParameters.ts";
import type { DetectorSetting } from "../detectors/detectorSetting.ts";

export interface BacktestInput extends AskedWindow {
  readonly detector: DetectorCode;
  /** By name; what is not given is as it is set. */
  readonly parameters?: unknown;
  /** Null or absent: as the detector is set; without a budget there no threshold is looked for. */
  readonly alertsPerWeek?: number | null;
  readonly samples?: number | null;
}
/** As it was asked for, with the end of its window. */
export type WindowedBacktest = BacktestInput & { readonly to: number };

/** What is tried, with all that it goes by. */
export interface BacktestTask {
  readonly detector: DetectorCode;
  /** The version of its setting that the rest was taken from; 0: it is as it comes. */
  readonly version: number;
  /** Those that are not as they come. */
  readonly parameters: { readonly [name: string]: number };
  readonly from: number;
  readonly to: number;
  /** Null: there is no budget. */
  readonly alertsPerWeek: number | null;
  readonly samples: number;
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 180;
const MOST_SAMPLES = 100;
const SAMPLES = 10;

/** Which detector is tried. @throws ScopewardenError BAD_USER_INPUT with every problem */
export function readBacktest(detectors: readonly Detector[], input: WindowedBacktest): Detector {
  const detector = detectors.find(({ code }) => code === input.detector);
  if (detector === undefined)
    throw badInput([{ path: "input.detector", message: "must be one of those that `detectors` lists" }]);
  const read = new Reader();
  readParameters(read, detector, input.parameters);
  checkBudget(read, input.alertsPerWeek ?? null);
  if (!(input.from < input.to)) read.problem("input.to", "must be later than `from`");
  else if (input.to - input.from > MOST_DAYS * DAY_MS)
    read.problem("input.from", `must be at most ${MOST_DAYS} days before \`to\``);
  const samples = input.samples ?? SAMPLES;
  if (samples < 0 || samples > MOST_SAMPLES) read.problem("input.samples", `must be from 0 to ${MOST_SAMPLES}`);
  read.check();
  return detector;
}

/** What was read, over what is set of the detector. */
export function backtestTask(
  detector: Detector,
  settings: readonly DetectorSetting[],
  { alertsPerWeek, from, parameters, samples, to }: WindowedBacktest,
): BacktestTask {
  const setting = settings.find((one) => one.detector === detector.code);
  return {
    detector: detector.code,
    version: setting?.version ?? 0,
    parameters: { ...setting?.parameters, ...readParameters(new Reader(), detector, parameters) },
    from,
    to,
    alertsPerWeek: alertsPerWeek ?? setting?.alertsPerWeek ?? null,
    samples: samples ?? SAMPLES,
  };
}
