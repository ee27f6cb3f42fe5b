/**
 * What an access of a patient's data is explained by, the strongest first. A relation is what the directory knows of the
 * subject and the patient; the others are on record.
 */
export type ExplanationKind =
  | "OWN_RECORD"
  | "REPRESENTS"
  | "CARE_TEAM"
  | "APPOINTMENT"
  | "ORDER"
  | "REFERRAL"
  | "SAME_UNIT"
  | "BREAK_GLASS"
  | "ACCESS_REQUEST"
  | "CONSENT"
  | "COLLEAGUE";

/** Why somebody looked at a patient's data, as far as the service can know. */
export interface Explanation {
  readonly kind: ExplanationKind;
  /** What says so: an entity, a consent, an emergency, an access request, or the decision of the colleague; null: the request alone. */
  readonly reference: string | null;
  /** Since when it is known; milliseconds since 1970. Later than the access: explained afterwards. */
  readonly since: number;
}
