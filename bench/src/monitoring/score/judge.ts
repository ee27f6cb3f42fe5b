import type { DetectorCode, Severity } from "../../../../src/domain/monitoring/detectors/detector.ts";
import type { WatchedDecision } from "../../../../src/domain/monitoring/watchedDecision.ts";

/** An alert at the moment when it is opened. */
export interface RaisedAlert {
  readonly severity: Severity;
  readonly detectors: readonly DetectorCode[];
  /** Ids of the decisions that it is shown with, its own among them. */
  readonly decisions: readonly string[];
}

/** What is judged: it is given every decision once, in order, and told nothing of what they are. */
export interface Judge {
  /** The alerts that this decision opens. */
  take(decision: WatchedDecision): readonly RaisedAlert[];
}
