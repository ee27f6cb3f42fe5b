import type { Json } from "../../kernel/canonical.ts";
import type { SEVERITIES } from "../../policy/types.ts";
import type { WatchedDecision } from "../watchedDecision.ts";

/** In the order of the list in detectors.ts: novelty, rate, relation, rule. */
export type DetectorCode =
  | "BROADER_REQUEST"
  | "NEW_SCOPE"
  | "NEW_PURPOSE_OR_ORGANIZATION"
  | "NEW_NETWORK_OR_COUNTRY"
  | "FREQUENCY"
  | "MANY_PATIENTS"
  | "MANY_VIEWERS"
  | "UNRELATED_PATIENT"
  | "OWN_OR_RELATED_RECORD"
  | "DENIAL_BURST"
  | "PRIVILEGE_THEN_USE"
  | "DORMANT_CLIENT"
  | "OFF_HOURS"
  | "BREAK_GLASS_EXCESS"
  | "SUNSET_USE";

export type Severity = (typeof SEVERITIES)[number];

/** Whom a baseline or a story is about. Of a subject the id is `type/id`. */
export interface WatchedEntity {
  readonly kind: "CLIENT" | "SUBJECT" | "PATIENT" | "ROLE";
  readonly id: string;
}

/** What is unusual about a decision. */
export interface Finding {
  readonly detector: DetectorCode;
  readonly decisionId: string;
  readonly at: number;
  readonly entity: WatchedEntity;
  readonly severity: Severity;
  /** What it adds to its story; 0 for INFO. An alert is opened where a story has as many as its threshold says. */
  readonly points: number;
  /** One sentence: what is unusual, against what. */
  readonly sentence: string;
  /** Decisions beside its own that it rests on, at most 20, the newest first. */
  readonly evidence: readonly string[];
  /** Of something that was counted: since when. The decisions of the entity from then on are evidence too, and found in the journal. */
  readonly since?: number;
  /** Absent: for those who watch over privacy. OPERATIONS: for who runs the client; it tells of a mistake, and counts in no story of theirs. */
  readonly audience?: "OPERATIONS";
}

/** What an operator may set of a detector: a number with its bounds. */
export interface DetectorParameter {
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  /** What it means, with its unit. */
  readonly description: string;
}
export type Parameters<Name extends string = string> = { readonly [name in Name]: number };

/** What others like the entity do, for those that compare with peers; each detector documents what it reads. */
export interface Peers {
  /**
   * The baseline that this detector keeps of another entity, as it was before this decision, so that the order of the entities
   * of one decision makes no difference; null: none.
   */
  baseline(entity: WatchedEntity): Json | null;
}

/**
 * One kind of unusual access. Pure: the same baseline and decision give the same result. A baseline is JSON of bounded size (about 2 KiB for a
 * client, 300 bytes for a subject); it is kept by the code of the detector and the entity.
 */
export interface Detector<Name extends string = string> {
  readonly code: DetectorCode;
  readonly title: string;
  /** What it compares with what, in one sentence for people. */
  readonly compares: string;
  readonly parameters: { readonly [name in Name]: DetectorParameter };
  /** Whose baselines this decision bears on, each once; none: it says nothing about it. Those that `peers` is to answer for are among `alsoReads`. */
  entitiesOf(decision: WatchedDecision): readonly WatchedEntity[];
  alsoReads?(decision: WatchedDecision): readonly WatchedEntity[];
  /**
   * Called once for each entity. `baseline` null: it is new. What is flagged is not learnt: with a finding of LOW or more
   * the baseline keeps what it knew of what is usual, and only notes that it has told.
   */
  observe(input: {
    readonly entity: WatchedEntity;
    readonly baseline: Json | null;
    readonly decision: WatchedDecision;
    readonly parameters: Parameters<Name>;
    readonly peers: Peers;
  }): { readonly baseline: Json; readonly finding: Finding | null };
}
