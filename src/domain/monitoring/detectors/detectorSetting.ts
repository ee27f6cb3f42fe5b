import type { Detector, DetectorCode, DetectorParameter, Parameters } from "./detector.ts";

/** OFF: it does not look. SHADOW: what it finds is kept and shown, and makes no alert. ON: it does. */
export type DetectorMode = "OFF" | "SHADOW" | "ON";

/** What was said of a detector that is not as it comes; a detector without one is in SHADOW, with its defaults. */
export interface DetectorSetting {
  readonly detector: DetectorCode;
  readonly mode: DetectorMode;
  /** Those that were set, by name; the others have their defaults. */
  readonly parameters: Parameters;
  /** How many alerts a week somebody can look at; null: nobody said. */
  readonly alertsPerWeek: number | null;
  /** From 1; each change is one more. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
  /** The id of the caller. */
  readonly changedBy: string;
  readonly reason: string;
}

/** A story becomes an alert when a finding brings it to this many points; each detector has one for its own findings. */
export const ALERT_AT = "alertAt";
const alertAt: DetectorParameter = {
  default: 100,
  minimum: 1,
  maximum: 1000,
  description: "Points of a story from which a finding of this detector opens an alert.",
};

/** What may be set of a detector: its own parameters, and how many points make an alert. */
export const parametersOf = (detector: Detector): { readonly [name: string]: DetectorParameter } => ({
  ...detector.parameters,
  [ALERT_AT]: alertAt,
});

/** A detector at work. */
export interface ActiveDetector {
  readonly detector: Detector;
  readonly mode: Exclude<DetectorMode, "OFF">;
  /** All of its own. */
  readonly parameters: Parameters;
  readonly alertAt: number;
}

/** With everything filled in that was not set. */
export function activeDetector(
  detector: Detector,
  mode: ActiveDetector["mode"],
  given: { readonly [name: string]: number },
): ActiveDetector {
  const settingOf = (name: string, { default: usual }: DetectorParameter): number =>
    Object.hasOwn(given, name) ? (given[name] as number) : usual;
  const own = Object.entries(detector.parameters).map(
    ([name, parameter]) => [name, settingOf(name, parameter)] as const,
  );
  return { detector, mode, parameters: Object.fromEntries(own), alertAt: settingOf(ALERT_AT, alertAt) };
}

/** The detectors that look at decisions, in their order. */
export function activeDetectors(
  detectors: readonly Detector[],
  settings: readonly DetectorSetting[],
): readonly ActiveDetector[] {
  const byCode = new Map(settings.map((setting) => [setting.detector, setting]));
  return detectors.flatMap((detector) => {
    const { mode = "SHADOW", parameters = {} } = byCode.get(detector.code) ?? {};
    return mode === "OFF" ? [] : [activeDetector(detector, mode, parameters)];
  });
}
