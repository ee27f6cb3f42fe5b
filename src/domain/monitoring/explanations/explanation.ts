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

/** Whether a kind is a relation: what the directory knows of the subject and the patient. Such an access alone can explain a colleague's. */
const IS_RELATION = {
  OWN_RECORD: true,
  REPRESENTS: true,
  CARE_TEAM: true,
  APPOINTMENT: true,
  ORDER: true,
  REFERRAL: true,
  SAME_UNIT: true,
  BREAK_GLASS: false,
  ACCESS_REQUEST: false,
  CONSENT: false,
  COLLEAGUE: false,
} as const satisfies Record<ExplanationKind, boolean>;

/** In the order of the type. */
export const EXPLANATION_KINDS = Object.keys(IS_RELATION) as readonly ExplanationKind[];
export type RelationKind = {
  [Kind in ExplanationKind]: (typeof IS_RELATION)[Kind] extends true ? Kind : never;
}[ExplanationKind];
export const isRelation = (kind: ExplanationKind): kind is RelationKind => IS_RELATION[kind];
export const RELATION_KINDS = EXPLANATION_KINDS.filter(isRelation);
