import type { Json } from "../../kernel/canonical.ts";
import type { DetectorCode, WatchedEntity } from "../detectors/detector.ts";
import type { ActiveDetector } from "../detectors/detectorSetting.ts";
import type { WatchedDecision } from "../watchedDecision.ts";

/** What a detector knows of what is usual for an entity. */
export interface KeptBaseline {
  readonly baseline: Json;
  /** When the newest decision was made that it was asked for, to the day; milliseconds since 1970. */
  readonly usedAt: number;
}

/** Whose baseline it is. */
export interface BaselineName {
  readonly detector: DetectorCode;
  readonly entity: WatchedEntity;
}

export const entityKey = ({ kind, id }: WatchedEntity): string => `${kind} ${id}`;
export const baselineKey = ({ detector, entity }: BaselineName): string => `${detector} ${entityKey(entity)}`;

/** Those of people, whom nobody watches for longer than there is a reason to. */
export const PERSONAL_KINDS: readonly WatchedEntity["kind"][] = ["SUBJECT", "PATIENT"];
/** For so long a baseline of a person is kept that nothing was asked of. */
export const BASELINE_DAYS = 180;
export const BASELINE_MS = BASELINE_DAYS * 86_400_000;

/** Whether it counts still at a time: one of a person that was not used for `BASELINE_DAYS` is as if it was not there. */
export const isStanding = ({ kind }: WatchedEntity, { usedAt }: KeptBaseline, at: number): boolean =>
  !PERSONAL_KINDS.includes(kind) || at - usedAt < BASELINE_MS;

/** None where the detector throws: `observe` passes over it likewise. */
function entitiesAsked({ detector }: ActiveDetector, decision: WatchedDecision): readonly WatchedEntity[] {
  try {
    return [...detector.entitiesOf(decision), ...(detector.alsoReads?.(decision) ?? [])];
  } catch {
    return [];
  }
}

/** The baselines that these decisions bear on or are compared with, each once. */
export function baselinesOf(
  decisions: readonly WatchedDecision[],
  detectors: readonly ActiveDetector[],
): readonly BaselineName[] {
  const names = new Map<string, BaselineName>();
  for (const decision of decisions)
    for (const active of detectors)
      for (const entity of entitiesAsked(active, decision)) {
        const name = { detector: active.detector.code, entity };
        names.set(baselineKey(name), name);
      }
  return [...names.values()];
}
