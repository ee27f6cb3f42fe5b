/** A search parameter with its values, in SMART's syntax: `category=laboratory`. */
interface ConstraintCondition {
  readonly constraint: string;
  readonly type: "constraint";
}
/** The resource names this patient; of type Patient, its id is this. */
interface PatientCondition {
  readonly patient: string;
  readonly type: "patient";
}
/** The resource is of this type. */
interface TypeCondition {
  readonly resourceType: string;
  readonly type: "resourceType";
}
/** What a `filter` says of a resource. Members are in the order of canonical JSON. */
export type FilterCondition = ConstraintCondition | PatientCondition | TypeCondition;

/** What a permission reaches of all that a search or an export could return: what meets the condition, if there is one, and is of the patient, if there is one. */
export interface Confinement {
  readonly condition: ConstraintCondition | TypeCondition | null;
  readonly patient: string | null;
}
