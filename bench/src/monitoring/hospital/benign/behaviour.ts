import type { Random } from "../../random.ts";
import type { Hospital } from "../rightful.ts";
import type { Fact, GroundDecision, Tie } from "../types.ts";
import type { Rates } from "../world.ts";

/** One day of one hospital. */
export interface BenignStage {
  readonly hospital: Hospital;
  readonly rates: Rates;
  readonly day: number;
  /** Of this day and behaviour alone. */
  readonly random: Random;
  /** The same on all days. */
  readonly fixed: Random;
  /** By person: looks that are to come back on a day. */
  readonly memory: Map<string, readonly { readonly patient: string; readonly due: number }[]>;
}

/** What it adds to the ordinary work of a day; `base`: what becomes of that itself. */
export type Behaviour = (
  stage: BenignStage,
  ordinary: { readonly decisions: readonly GroundDecision[] },
) => {
  readonly decisions: readonly GroundDecision[];
  readonly facts?: readonly Fact[];
  readonly ties?: readonly Tie[];
  readonly base?: readonly GroundDecision[];
};
