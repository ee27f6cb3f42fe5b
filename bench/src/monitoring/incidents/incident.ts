import type { Planted } from "../hospital/hospital.ts";
import type { Hospital } from "../hospital/rightful.ts";
import type { Label } from "../hospital/types.ts";
import type { Random } from "../random.ts";

export type IncidentKind =
  | "FAMILY"
  | "NEIGHBOUR"
  | "COLLEAGUE"
  | "VIP"
  | "SLOW_READER"
  | "CELEBRITY"
  | "BULK_EXPORT"
  | "STOLEN_KEY"
  | "BROADER_TOKEN"
  | "SELF_PRIVILEGE"
  | "DORMANT_CLIENT"
  | "PROBING"
  | "MISCONFIGURED_CLIENT"
  | "COPIED_REASONS"
  | "OFF_HOURS_SWEEP"
  | "NEW_PURPOSE"
  | "SHARED_ACCOUNT"
  | "LEAVER";

export type HarmlessKind =
  | "NIGHT_SHIFT"
  | "NEW_UNIT"
  | "BATCH_JOB"
  | "FLU_WEEK"
  | "TRANSFERRED_PATIENT"
  | "ON_CALL_FLOAT"
  | "NEW_CLIENT"
  | "AUDIT_DAY"
  | "DISASTER_DRILL"
  | "MERGED_CLINICS"
  | "HOLIDAY_COVER"
  | "PORTAL_LAUNCH";

export type Dose = "SMALL" | "MEDIUM" | "LARGE";
export const DOSES: readonly Dose[] = ["SMALL", "MEDIUM", "LARGE"];

/** What was put into a hospital on purpose. `kind` of one from outside is what its file calls it. */
export interface Story {
  readonly id: string;
  readonly bad: boolean;
  readonly kind: string;
  readonly dose: Dose | null;
  /** Whether somebody looks at patients without reason: no relation may explain it. */
  readonly snooping: boolean;
}

export interface PlantedStory extends Planted {
  readonly story: Story;
}

/** Where and when something is planted. */
export interface Stage {
  readonly hospital: Hospital;
  readonly random: Random;
  /** When it begins. */
  readonly day: number;
  readonly label: Label;
}

/** A kind of incident. */
export interface Incident {
  /** What happens, for people. */
  readonly title: string;
  /** How much of it is a small, a medium and a large one; what is counted stands in `of`. */
  readonly doses: readonly [small: number, medium: number, large: number];
  readonly of: string;
  /** How many days it takes at most. */
  readonly days: number;
  readonly snooping: boolean;
  plant(stage: Stage, amount: number): Planted;
}

/** A kind of what is unusual and in order. */
export interface Harmless {
  readonly title: string;
  readonly days: number;
  plant(stage: Stage): Planted;
}
