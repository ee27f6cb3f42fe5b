import type { Json } from "../../kernel/canonical.ts";
import type { Problem } from "../../kernel/errors.ts";
import type { CarriedOut } from "../../policy/fourEyes.ts";

/** How a detector shall be set, as `configureDetector` takes it, without its reason. */
export interface DetectorChange {
  readonly detector: string;
  readonly mode: string;
  readonly parameters: Json;
  /** Null: it stays. */
  readonly alertsPerWeek: number | null;
  readonly clear: readonly string[];
}

/** What a change makes of a detector: how it is set, with its version, and how it would be. */
export interface DetectorEffect {
  readonly detector: string;
  readonly version: number;
  readonly before: Json;
  readonly after: Json;
}

/** Who sets detectors, as proposals need it. */
export interface ProposedDetectors {
  effectOf(change: DetectorChange): Promise<DetectorEffect | { readonly problems: readonly Problem[] }>;
  /**
   * Sets it, and marks the proposal as applied with it, or does neither. `asApproved` throws where the effect is not what was approved.
   * @throws ScopewardenError CONFLICT where somebody set it meanwhile
   */
  carryOut(
    change: DetectorChange,
    by: { readonly author: string; readonly reason: string },
    approved: { readonly carriedOut: CarriedOut; readonly asApproved: (effect: DetectorEffect) => Promise<void> },
  ): Promise<void>;
}
