import type { Identity } from "../../callers/types.ts";
import type { Json } from "../../kernel/canonical.ts";
import { badInput, ScopewardenError } from "../../kernel/errors.ts";
import type { Clock } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { reasonProblem } from "../../kernel/text.ts";
import { type CarriedOut, requireMayAlone } from "../../policy/fourEyes.ts";
import type { DetectorChange, DetectorEffect, ProposedDetectors } from "../../simulation/proposals/detectorChange.ts";
import type { Detector, DetectorCode, DetectorParameter } from "./detector.ts";
import { checkBudget, readParameters } from "./detectorParameters.ts";
import { ALERT_AT, type DetectorMode, type DetectorSetting, parametersOf } from "./detectorSetting.ts";
import type { DetectorCounts, DetectorStore } from "./store.ts";

/** A detector as it is set now. */
export interface SeenDetector extends DetectorCounts {
  readonly code: DetectorCode;
  readonly title: string;
  readonly compares: string;
  readonly mode: DetectorMode;
  readonly parameters: readonly (DetectorParameter & { readonly name: string; readonly value: number })[];
  readonly alertsPerWeek: number | null;
  /** 0: it is as it comes, and the next three are null. */
  readonly version: number;
  readonly changedAt: number | null;
  readonly changedBy: string | null;
  readonly reason: string | null;
}

/** What may be emptied by its name. */
export type DetectorMember = "PARAMETERS" | "ALERTS_PER_WEEK";

export interface ConfigureDetectorInput {
  readonly detector: DetectorCode;
  readonly mode: DetectorMode;
  /** Those that are given change; the others stay. */
  readonly parameters?: unknown;
  /** Absent or null: it stays. */
  readonly alertsPerWeek?: number | null;
  /** Set back before the rest is set: all parameters to their defaults, or no budget. */
  readonly clear?: readonly DetectorMember[] | null;
  readonly reason: string;
}

export interface DetectorAdmin {
  /** In the order in which they look, with what they found in the last seven days. */
  list(): Promise<readonly SeenDetector[]>;
  /**
   * @throws ScopewardenError BAD_USER_INPUT with every problem; CONFLICT where somebody set it meanwhile; FOUR_EYES_REQUIRED, under
   * four eyes, for what may hide something
   */
  configure(caller: Identity, input: ConfigureDetectorInput): Promise<SeenDetector>;
  /** For proposals, which somebody else approves. */
  readonly proposed: ProposedDetectors;
}

type Terms = Pick<DetectorSetting, "mode" | "parameters" | "alertsPerWeek">;

const WEEK_MS = 7 * 86_400_000;
const NOTHING: DetectorCounts = { findings: 0, alerts: 0 };
const MODES: readonly DetectorMode[] = ["OFF", "SHADOW", "ON"];

const seen = (detector: Detector, setting: DetectorSetting | null, counts: DetectorCounts): SeenDetector => ({
  ...counts,
  code: detector.code,
  title: detector.title,
  compares: detector.compares,
  mode: setting?.mode ?? "SHADOW",
  parameters: Object.entries(parametersOf(detector)).map(([name, parameter]) => ({
    ...parameter,
    name,
    value: setting?.parameters[name] ?? parameter.default,
  })),
  alertsPerWeek: setting?.alertsPerWeek ?? null,
  version: setting?.version ?? 0,
  changedAt: setting?.changedAt ?? null,
  changedBy: setting?.changedBy ?? null,
  reason: setting?.reason ?? null,
});

/** What may hide something: a lower mode, a higher threshold, or another parameter, of which nobody can tell. */
function hides(detector: Detector, before: SeenDetector, after: Pick<DetectorSetting, "mode" | "parameters">): boolean {
  if (MODES.indexOf(after.mode) < MODES.indexOf(before.mode)) return true;
  return before.parameters.some(({ default: usual, name, value }) => {
    const next = after.parameters[name] ?? usual;
    return name === ALERT_AT ? next > value : next !== value && Object.hasOwn(detector.parameters, name);
  });
}

export function createDetectorAdmin(deps: {
  readonly store: DetectorStore;
  readonly detectors: readonly Detector[];
  readonly clock: Clock;
  readonly fourEyes: boolean;
}): DetectorAdmin {
  const { clock, detectors, fourEyes, store } = deps;

  async function list(): Promise<readonly SeenDetector[]> {
    const settings = new Map((await store.settings()).map((each) => [each.detector, each]));
    const counts = await store.countsSince(clock() - WEEK_MS);
    return detectors.map((each) => seen(each, settings.get(each.code) ?? null, counts.get(each.code) ?? NOTHING));
  }

  function read(input: ConfigureDetectorInput): Detector {
    const detector = detectors.find(({ code }) => code === input.detector);
    if (detector === undefined)
      throw badInput([{ path: "input.detector", message: "must be one of those that `detectors` lists" }]);
    const reader = new Reader();
    readParameters(reader, detector, input.parameters);
    checkBudget(reader, input.alertsPerWeek ?? null);
    reader.expect("input.reason", reasonProblem(input.reason));
    reader.check();
    return detector;
  }

  interface Planned {
    readonly before: SeenDetector;
    /** How it is set now, and from then on. */
    readonly was: Terms;
    readonly terms: Terms;
  }

  /** What a change would make of a detector that was checked. */
  async function planned(detector: Detector, input: Omit<ConfigureDetectorInput, "reason">): Promise<Planned> {
    const { clear, mode } = input;
    const standing = (await store.settings()).find((each) => each.detector === detector.code) ?? null;
    const before = seen(detector, standing, NOTHING);
    const kept = clear?.includes("PARAMETERS") ? {} : (standing?.parameters ?? {});
    const budget = clear?.includes("ALERTS_PER_WEEK") ? null : before.alertsPerWeek;
    const parameters = { ...kept, ...readParameters(new Reader(), detector, input.parameters) };
    return {
      before,
      was: { mode: before.mode, parameters: standing?.parameters ?? {}, alertsPerWeek: before.alertsPerWeek },
      terms: { mode, parameters, alertsPerWeek: input.alertsPerWeek ?? budget },
    };
  }

  async function set(
    detector: Detector,
    { before, terms, was }: Planned,
    by: { readonly author: string; readonly reason: string; readonly carriedOut?: CarriedOut },
  ): Promise<DetectorSetting> {
    const { author, carriedOut, reason } = by;
    const version = before.version + 1;
    const at = clock();
    const setting = { ...terms, detector: detector.code, version, changedAt: at, changedBy: author, reason };
    const act = { ...terms, detector: detector.code, version, before: was, at, author, text: reason };
    await store.change(setting, act, carriedOut);
    return setting;
  }

  /** As it was proposed: its members are what they are called, and else it is refused. */
  const asInput = (change: DetectorChange): ConfigureDetectorInput =>
    ({ ...change, reason: "proposed" }) as unknown as ConfigureDetectorInput;
  const effectOf = (detector: Detector, { before, terms, was }: Planned): DetectorEffect => ({
    detector: detector.code,
    version: before.version,
    before: was as unknown as Json,
    after: terms as unknown as Json,
  });

  return {
    list,
    async configure(caller, input) {
      const detector = read(input);
      const plan = await planned(detector, input);
      if (hides(detector, plan.before, plan.terms))
        requireMayAlone(
          `what may hide something (a lower mode of a detector, a higher ${ALERT_AT} or another parameter)`,
          fourEyes,
          caller,
        );
      const setting = await set(detector, plan, { author: caller.id, reason: input.reason });
      const counts = await store.countsSince(clock() - WEEK_MS);
      return seen(detector, setting, counts.get(detector.code) ?? NOTHING);
    },
    proposed: {
      async effectOf(change) {
        try {
          const detector = read(asInput(change));
          return effectOf(detector, await planned(detector, asInput(change)));
        } catch (error) {
          if (!(error instanceof ScopewardenError) || error.code !== "BAD_USER_INPUT") throw error;
          return {
            problems: error.problems.map(({ path, message }) => ({
              path: path.replace(/^input/, "configureDetector"),
              message,
            })),
          };
        }
      },
      async carryOut(change, by, { asApproved, carriedOut }) {
        const detector = read(asInput(change));
        const plan = await planned(detector, asInput(change));
        await asApproved(effectOf(detector, plan));
        await set(detector, plan, { ...by, carriedOut });
      },
    },
  };
}
