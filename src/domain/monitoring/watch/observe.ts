import type { WatchedEntity } from "../detectors/detector.ts";
import type { ActiveDetector } from "../detectors/detectorSetting.ts";
import { observeDecision } from "../detectors/observeDecision.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { type BaselineName, baselineKey, isStanding, type KeptBaseline } from "./baseline.ts";
import { type KeptFinding, keptFinding } from "./keptFinding.ts";

export interface ChangedBaseline extends BaselineName, KeptBaseline {}

export interface Observed {
  /** Each once, as it is after the last decision. */
  readonly baselines: readonly ChangedBaseline[];
  /** In the order of the decisions, and of the detectors. */
  readonly findings: readonly KeptFinding[];
}

const DAY_MS = 86_400_000;

/** What a look has changed so far, over what was known before. */
class Memory {
  readonly changed = new Map<string, ChangedBaseline>();
  readonly #known: (name: BaselineName) => KeptBaseline | null;
  constructor(known: (name: BaselineName) => KeptBaseline | null) {
    this.#known = known;
  }

  standing(name: BaselineName, at: number): KeptBaseline | null {
    const kept = this.changed.get(baselineKey(name)) ?? this.#known(name);
    return kept !== null && isStanding(name.entity, kept, at) ? kept : null;
  }

  /** One that is as it was is written again once a day, so that it is known to be in use. */
  learn(name: BaselineName, baseline: KeptBaseline["baseline"], at: number): void {
    const usedAt = at - (at % DAY_MS);
    const before = this.standing(name, at);
    if (before === null && baseline === null) return;
    if (before !== null && before.baseline === baseline && before.usedAt >= usedAt) return;
    this.changed.set(baselineKey(name), { ...name, baseline, usedAt: Math.max(usedAt, before?.usedAt ?? usedAt) });
  }
}

/**
 * Has the detectors look at decisions, one after the other. Pure: the same decisions after the same baselines give the same findings,
 * live, in a back-test and in an evaluation, however they are parted. `known` answers with what was kept before these; null: nothing.
 */
export function observe({
  decisions,
  detectors,
  known,
}: {
  readonly decisions: readonly WatchedDecision[];
  readonly detectors: readonly ActiveDetector[];
  readonly known: (name: BaselineName) => KeptBaseline | null;
}): Observed {
  const memory = new Memory(known);
  const findings: KeptFinding[] = [];
  for (const decision of decisions)
    for (const { detector, mode, parameters } of detectors) {
      const nameOf = (entity: WatchedEntity): BaselineName => ({ detector: detector.code, entity });
      const { kept, findings: found } = observeDecision({
        detector,
        decision,
        parameters,
        baselineOf: (entity) => memory.standing(nameOf(entity), decision.at)?.baseline ?? null,
      });
      for (const { baseline, entity } of kept) memory.learn(nameOf(entity), baseline, decision.at);
      for (const { finding, index } of found)
        findings.push(keptFinding(finding, { decision, index, shadow: mode === "SHADOW" }));
    }
  return { baselines: [...memory.changed.values()], findings };
}
