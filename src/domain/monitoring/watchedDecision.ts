import type { ReasonCode } from "../decisions/reason.ts";
import type { DecisionKind, Outcome } from "../decisions/types.ts";
import type { Purpose } from "../scopes/purposes.ts";
import type { Label } from "../scopes/securityLabels.ts";
import type { Explanation } from "./explanations/explanation.ts";

/** What the directory says of the subject and the patient beside what explains an access. */
export type PatientRelation = "SELF" | "RELATIVE" | "HOUSEHOLD" | "COLLEAGUE";

/** Where a request came from, as offline data says. Null: not known. */
export interface NetworkPlace {
  /** An IPv4 /24 or IPv6 /48, such as 192.0.2.0/24. */
  readonly network: string | null;
  /** The number of the autonomous system. */
  readonly autonomousSystem: number | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

/** One patient whose data an access was about. */
export interface WatchedPatient {
  readonly id: string;
  /** Null: nothing explains it, or it was denied. */
  readonly explanation: Explanation | null;
  readonly relation: PatientRelation | null;
  /** Whether the directory says that this is somebody whom many would look at. */
  readonly vip: boolean;
  /** Whether the unit of the subject has seen the patient within the last 90 days, by explained accesses; null: it has no unit. */
  readonly seenByUnit: boolean | null;
  /**
   * Whether the directory ties the patient to any person, unit or department (`unit`, `careTeam`, `orders` ...), whoever asks; absent: it does
   * not know the patient, or nobody looked.
   */
  readonly underCare?: boolean;
}

/**
 * The newest change of policy that an allowed access rests on: a grant, an assignment, a role that inherits more, a rule, a version of
 * a scope. An access request is one by whoever approved it.
 */
export interface Widening {
  /** When it came into force; milliseconds since 1970. */
  readonly at: number;
  /**
   * Who made it, as `type/id`: the person a key or a token belongs to. Where that may be the subject of the decision, it is. Null: it
   * is not said.
   */
  readonly by: string | null;
}

/** The emergency that an access rests on. */
export interface WatchedEmergency {
  readonly id: string;
  /** A code of the reason that was given when it was opened, the same for the same letters and digits; null: it was erased. */
  readonly reason: string | null;
  /** How many emergencies of the subject were not reviewed in time, when this was decided. */
  readonly overdueReviews: number;
}

/**
 * A decision on record as watching sees it. All that a detector knows comes from here and from its baseline, so that the same
 * decisions give the same findings, live and on history.
 */
export interface WatchedDecision {
  readonly id: string;
  /** Its position in the journal. */
  readonly position: number;
  /** When it was decided; milliseconds since 1970. */
  readonly at: number;
  readonly kind: DecisionKind;
  readonly outcome: Outcome;
  readonly reasons: readonly ReasonCode[];
  readonly callerId: string;
  readonly clientId: string;
  readonly subject: { readonly type: string; readonly id: string } | null;
  /** Roles that the subject, or the client where there is none, is known to hold or was said to; sorted. */
  readonly roles: readonly string[];
  /** Where the subject works, by the directory. */
  readonly unit: string | null;
  /** Of an access the scopes of the token, null: all that is granted; of a grant the scopes asked for. */
  readonly scopesAsked: readonly string[] | null;
  /** The scopes that allowed it, or that the token carries. */
  readonly scopesUsed: readonly string[];
  /** Of a grant null, as are the next three. */
  readonly action: string | null;
  readonly resourceType: string | null;
  readonly resourceId: string | null;
  /** Of the resource; sorted. */
  readonly labels: readonly Label[];
  readonly patients: readonly WatchedPatient[];
  readonly purposeOfUse: Purpose | null;
  readonly organization: string | null;
  readonly place: NetworkPlace | null;
  /** Whether it rests on an emergency. */
  readonly breakGlass: boolean;
  /** Of an ALLOW, by the policy as it was at its revision; null or absent: all that it rests on is older than 7 days. */
  readonly widened?: Widening | null;
  /** When the scopes in `scopesUsed` that are deprecated end; milliseconds since 1970. */
  readonly sunsets?: readonly { readonly scope: string; readonly endsAt: number }[];
  /** Where `breakGlass` is true; null or absent: it is not known which. */
  readonly emergency?: WatchedEmergency | null;
}
