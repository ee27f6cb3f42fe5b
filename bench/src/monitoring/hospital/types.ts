import type { Properties } from "../../../../src/domain/directory/entity.ts";
import type { WatchedDecision } from "../../../../src/domain/monitoring/watchedDecision.ts";

export type StaffRole =
  | "nurse"
  | "physician"
  | "therapist"
  | "technician"
  | "clerk"
  | "coder"
  | "auditor"
  | "admin"
  // Their patients are everywhere.
  | "pharmacist"
  | "infectionControl"
  | "palliative"
  | "dischargePlanner";
/** SHIFTS: early, late and night in turn. */
export type Rota = "SHIFTS" | "DAYS" | "OFFICE";

export interface Staff {
  readonly id: string;
  readonly role: StaffRole;
  readonly unit: string;
  readonly rota: Rota;
  readonly household: string;
  /** Ids of patients. */
  readonly relatives: readonly string[];
  /** The patient that this person is. */
  readonly patientRecord: string;
}

export interface Patient {
  readonly id: string;
  readonly household: string;
  readonly vip: boolean;
  /** Whether some of the data is labelled as restricted. */
  readonly sensitive: boolean;
  /** Patients for whom this one may speak. */
  readonly represents: readonly string[];
}

/** The properties by which the directory ties a patient to people or units. */
export type TieKind = "unit" | "careTeam" | "appointments" | "orders" | "referrals";
/** What ties a patient to a person or a unit for a while, as the directory knows it. Times are milliseconds since 1970. */
export interface Tie {
  readonly patient: string;
  readonly kind: TieKind;
  /** An id of staff or of a unit. */
  readonly who: string;
  readonly from: number;
  readonly until: number;
}

/** Somebody who works in another unit for a while; days. */
export interface Move {
  readonly person: Staff;
  readonly unit: string;
  readonly from: number;
  readonly until: number;
  /** When the directory hears of it; null: never while it lasts. */
  readonly knownFrom: number | null;
}

/** What a decision is in truth. What watching sees tells none of it. */
export type Label =
  /** `documented` false: rightful work of a person that the directory knows nothing of when it happens; null: by no member of staff. */
  | { readonly kind: "RIGHTFUL"; readonly documented: boolean | null }
  | { readonly kind: "INCIDENT"; readonly id: string }
  /** Looks like an incident, and is none. */
  | { readonly kind: "HARMLESS"; readonly id: string };

/** A decision as it is made in the hospital: what watching sees but for what it has to find out of its patients. */
export interface GroundDecision extends Omit<WatchedDecision, "patients" | "id" | "position"> {
  readonly patients: readonly string[];
  readonly label: Label;
}
export interface NumberedDecision extends GroundDecision {
  readonly id: string;
  readonly position: number;
}

/** What happens beside decisions, and is known to the service from then on. */
export type Fact =
  /** Properties null: it is taken out. */
  | {
      readonly kind: "ENTITY";
      readonly at: number;
      readonly type: string;
      readonly id: string;
      readonly properties: Properties | null;
    }
  | {
      readonly kind: "EMERGENCY";
      readonly at: number;
      readonly endsAt: number;
      readonly id: string;
      readonly subject: { readonly type: string; readonly id: string };
      readonly patient: string;
      readonly reason: string;
    }
  /** The policy lets somebody do more: a role for a subject, or a scope for a client. */
  | {
      readonly kind: "WIDENING";
      readonly at: number;
      readonly author: { readonly type: string; readonly id: string };
      readonly subject: { readonly type: string; readonly id: string } | null;
      readonly clientId: string | null;
      readonly gives: string;
    };

export type Happening = Fact | { readonly kind: "DECISION"; readonly at: number; readonly decision: NumberedDecision };
