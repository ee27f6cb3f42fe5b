import type { WatchedDecision } from "../../../../src/domain/monitoring/watchedDecision.ts";
import type { Fact } from "../hospital/types.ts";

/** Something that a judge says of a decision. */
export interface Said {
  /** What it is about: a person and a patient, a person, a client and what, a patient, a network. */
  readonly matter: string;
  /** What people are asked about, once a week: a person, a client, a patient or a network. */
  readonly group: string;
  readonly code: string;
  /** The order, the least first; where there is a reason for it, how often a week the house has the like. */
  readonly rate: number;
  /** Ids of the decisions that it is shown with, its own among them. */
  readonly decisions: readonly string[];
}

/** What is judged: it is given every decision once, in order, and told nothing of what they are. */
export interface Judge {
  /** What happens beside decisions. */
  learn?(fact: Fact): void;
  take(decision: WatchedDecision): readonly Said[];
}
