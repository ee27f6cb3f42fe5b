import type { Json } from "../../kernel/canonical.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import type {
  Detector,
  DetectorCode,
  DetectorParameter,
  Finding,
  Parameters,
  Severity,
  WatchedEntity,
} from "./detector.ts";

/** What a detector looks at: `own` is its baseline of the entity, null where it is new; `peer` that of another entity. */
interface Sight<Baseline, Name extends string> {
  readonly entity: WatchedEntity;
  readonly own: Baseline | null;
  readonly decision: WatchedDecision;
  readonly parameters: Parameters<Name>;
  peer(entity: WatchedEntity): Baseline | null;
}

/** What is unusual; what a finding says beside it follows from the decision. */
export interface Unusual {
  readonly severity: Severity;
  readonly points: number;
  readonly sentence: string;
  readonly evidence?: readonly string[];
  readonly since?: number;
  readonly audience?: "OPERATIONS";
}

interface Definition<Baseline, Name extends string> {
  readonly code: DetectorCode;
  readonly title: string;
  readonly compares: string;
  readonly parameters: { readonly [name in Name]: DetectorParameter };
  entitiesOf(decision: WatchedDecision): readonly WatchedEntity[];
  alsoReads?(decision: WatchedDecision): readonly WatchedEntity[];
  observe(sight: Sight<Baseline, Name>): { readonly baseline: Baseline; readonly unusual: Unusual | null };
}

const MOST_EVIDENCE = 20;
const MOST_POINTS = 100;

/** A detector whose baselines have a type of their own. Points are whole, 0 to 100, and 0 for INFO. */
export function defineDetector<Baseline extends Json, Name extends string>(
  definition: Definition<Baseline, Name>,
): Detector<Name> {
  const { code } = definition;
  return {
    ...definition,
    observe({ entity, baseline, decision, parameters, peers }) {
      const seen = definition.observe({
        entity,
        own: baseline as Baseline | null,
        decision,
        parameters,
        peer: (other) => peers.baseline(other) as Baseline | null,
      });
      if (seen.unusual === null) return { baseline: seen.baseline, finding: null };
      const { severity, points, evidence = [], ...rest } = seen.unusual;
      const finding: Finding = {
        detector: code,
        decisionId: decision.id,
        at: decision.at,
        entity,
        severity,
        points: severity === "INFO" ? 0 : Math.min(MOST_POINTS, Math.max(0, Math.round(points))),
        evidence: evidence.slice(0, MOST_EVIDENCE),
        ...rest,
      };
      return { baseline: seen.baseline, finding };
    },
  };
}
