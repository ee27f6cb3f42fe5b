import type { CarriedOut } from "../../policy/fourEyes.ts";
import type { DetectorAct } from "../../record/detectorAct.ts";
import type { DetectorCode } from "./detector.ts";
import type { DetectorSetting } from "./detectorSetting.ts";

/** What a detector has found lately. */
export interface DetectorCounts {
  readonly findings: number;
  /** Alerts that rest on a finding of it. */
  readonly alerts: number;
}

/** Where it is kept how detectors are set. Rejects with POLICY_UNAVAILABLE when it can't answer. */
export interface DetectorStore {
  settings(): Promise<readonly DetectorSetting[]>;
  /**
   * With its act on record, and the end of the proposal that it carries out.
   * @throws ScopewardenError CONFLICT where it has not the version before or the proposal is not approved, UNAUTHENTICATED when the author's key is no longer in force
   */
  change(setting: DetectorSetting, act: DetectorAct, carriedOut?: CarriedOut): Promise<void>;
  /** Of decisions made from then on, by detector; one that has found nothing is not among them. */
  countsSince(from: number): Promise<ReadonlyMap<DetectorCode, DetectorCounts>>;
}
