import type { DecisionFilter, Verdict } from "../../decisions/types.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { FhirVersion } from "../../scopes/fhir.ts";
import { MOST_COUNTED } from "../fewPatients.ts";

/** What a change does to one past decision: a closed set, and each decision has one. */
type ReplayKind =
  | "SAME"
  | "NEWLY_ALLOWED"
  | "NEWLY_DENIED"
  | "NARROWED"
  | "WIDENED"
  | "OTHER_OBLIGATIONS"
  | "NOT_REPLAYABLE";
export type FlipKind = Exclude<ReplayKind, "SAME" | "NOT_REPLAYABLE">;

/** What the change is compared with. CURRENT: the policy as it is now. OWN: that by which each decision was made. */
export type ReplayBase = "CURRENT" | "OWN";

/** What to decide again, and under which change. */
export interface ReplayQuery {
  /** None: nothing can flip, and what drifted is seen. */
  readonly operations: readonly PolicyOperation[];
  /** What the policy would become, where that is no list of operations. Not with OWN. */
  readonly becomes?: Snapshot | undefined;
  readonly filter: DecisionFilter;
  /** How many flips to show. */
  readonly samples: number;
  readonly base: ReplayBase;
  /** Whether whoever asks sees whose decisions they are: others ask nothing that would tell. */
  readonly mayIdentify: boolean;
}

type Flips = { readonly allowToDeny: number; readonly denyToAllow: number } & {
  readonly narrowed: number;
  readonly widened: number;
  readonly otherObligations: number;
};

/** The flips of one client, scope, type, action, role, rule, purpose or reason code. */
export interface ReplayCount extends Flips {
  readonly key: string;
  /** How many patients the least of its numbers concerns that concerns any, as `Patients` counts them; 0: none does. */
  readonly fewest: number;
}

/** A flip as it is kept: nothing in it identifies a patient, so that it can be kept beside the record. */
export interface ReplaySample {
  readonly decisionId: string;
  readonly kind: FlipKind;
  readonly base: Verdict;
  readonly after: Verdict;
}

/** Flips of one kind that are the same access: what a client does, by a role and a scope, to a type. Times are milliseconds since 1970. */
export interface ReplayGroup {
  readonly kind: FlipKind;
  readonly clientId: string;
  /** The path of roles by which the access is, or would be, allowed; null: by none, or by any. */
  readonly role: string | null;
  /** The scopes that it rests on, separated by spaces; null: it rests on none. */
  readonly scope: string | null;
  readonly resourceType: string;
  readonly action: string;
  readonly decisions: number;
  /** Days (UTC) on which it happened. */
  readonly days: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Patients concerned, each once; of more than `MAX_PATIENTS` that many. */
  readonly patients: number;
  /** People for whom it was asked, each once; of more than `MAX_PATIENTS` that many. Absent of old ones: they were not counted. */
  readonly people?: number;
  /** Of how many people it is, as `Patients` counts those whom decisions concern. */
  readonly fewest: number;
  /** Ids of its newest decisions. */
  readonly samples: readonly string[];
}

/** Why decisions could not be made again. */
export interface ReplayCause {
  /** The member of the record that is not there, or that names what is not there. */
  readonly path: string;
  readonly message: string;
  readonly decisions: number;
  /** As `Patients` counts them. */
  readonly patients: number;
}

/** Cells of access that a change touches, of all that it allows or denies otherwise. */
export interface ChangedCells {
  readonly changed: number;
  /** Those in which no flip of the window is. */
  readonly unused: number;
  /** False: there are more, or flips that are in no group. */
  readonly complete: boolean;
}

/** The lists of counts, by what. */
export const REPLAY_DIMENSIONS = [
  ...(["byClient", "byScope", "byResourceType", "byAction"] as const),
  ...(["byRole", "byRule", "byPurpose", "byReason"] as const),
] as const;
export type ReplayDimension = (typeof REPLAY_DIMENSIONS)[number];

/** The numbers of a whole replay. */
export const REPLAY_TOTALS = [
  ...(["read", "replayed", "notReplayable", "same", "drifted"] as const),
  ...(["allowToDeny", "denyToAllow", "narrowed", "widened", "otherObligations"] as const),
] as const;
export type ReplayTotal = (typeof REPLAY_TOTALS)[number];

/** `read` is the sum of all kinds; a flip is a difference between base and change, a drift one between record and base. */
export interface Replay extends Flips {
  readonly base: ReplayBase;
  /** Of the policy in force when it was asked. */
  readonly baseRevision: number;
  readonly read: number;
  /** Decided again: all but those that are not replayable. */
  readonly replayed: number;
  readonly notReplayable: number;
  readonly same: number;
  readonly drifted: number;
  /** Of how many patients the decisions of each number are, as `Patients` counts them. */
  readonly patients: Readonly<Record<ReplayTotal, number>>;
  readonly byClient: readonly ReplayCount[];
  readonly byScope: readonly ReplayCount[];
  readonly byResourceType: readonly ReplayCount[];
  readonly byRole: readonly ReplayCount[];
  readonly byRule: readonly ReplayCount[];
  readonly byPurpose: readonly ReplayCount[];
  readonly byAction: readonly ReplayCount[];
  /** By the codes with which the change answers. */
  readonly byReason: readonly ReplayCount[];
  /** False: the counts above leave out keys, as there are too many. */
  readonly countsComplete: boolean;
  /** People for whom the decisions that flip were asked, as those of a group. */
  readonly people?: number;
  readonly groups: readonly ReplayGroup[];
  /** Flips in no group, as there are too many groups; and of how many patients they are, as `Patients` counts them. */
  readonly ungrouped: number;
  readonly ungroupedPatients: number;
  /** Null: the base is not one policy. */
  readonly cells: ChangedCells | null;
  readonly causes: readonly ReplayCause[];
  readonly samples: readonly ReplaySample[];
  /** Whether its figures tell whose the decisions are, as a condition of the change asks for that. Absent of old ones: not known. */
  readonly isIdentifying?: boolean;
  /** Whether a condition of the change asks what is so of people: then the numbers of what comes out are of as few as its patients or who asked, and of one at least. Absent of old ones: not known. */
  readonly asksOfPeople?: boolean;
  /** Whether all decisions that meet the filter were read; else the newest. */
  readonly complete: boolean;
  /** When the oldest and the newest decision that were read were made; null: none was. */
  readonly from: number | null;
  readonly to: number | null;
}

/** What a replay apart goes by: it does not matter what becomes of policy and journal meanwhile. */
export interface ReplayTask {
  readonly query: ReplayQuery;
  readonly baseRevision: number;
  readonly fhirVersion: FhirVersion;
  /** Of whom the change gives roles to, or takes them from: who is known to work here, as `type/id`. */
  readonly staff: readonly string[];
  /** The time at which the change is thought to be made, in milliseconds since 1970. */
  readonly now: number;
  /** Null: the journal had no decisions. */
  readonly span: JournalSpan | null;
}

/** The decisions that the journal has: the last position, and when the oldest and the newest were made. */
export interface JournalSpan {
  readonly end: number;
  readonly oldest: number;
  readonly newest: number;
}

/** The most patients that are told apart in one group. */
export const MAX_PATIENTS = MOST_COUNTED;
