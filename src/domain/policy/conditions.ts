/** Where and why a condition is refused. Lines and columns count from 1. */
export interface ConditionProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}
/** Says what is wrong with the text of a condition (CEL), or null. The engine implements it. */
export type CheckCondition = (text: string) => ConditionProblem | null;

/** What a condition says of a request, as far as its text tells. */
export interface ConditionTerms {
  /** Texts with which a member is compared by `==`, `!=` or `in`: `purposeOfUse` with `TREAT`. */
  readonly compared: readonly { readonly member: string; readonly text: string }[];
  /** Names and members that it touches other than by `has()`: `subject.id`. Each once. */
  readonly touched: readonly string[];
  /** Members of which it asks by `has()` whether they are there. */
  readonly asked: readonly string[];
}
/** Reads a condition that was checked. The engine implements it. */
export type ReadCondition = (text: string) => ConditionTerms;

/**
 * Whether an allow rule surely matches nothing more with the second condition (null: none) than with the first, for every request and every
 * state of policy and directory. False: it may. The engine implements it.
 */
export type IsNarrower = (before: string, after: string | null) => boolean;

/** Of a condition that says nothing, or that nobody looks at. */
export const NO_TERMS: ConditionTerms = { compared: [], touched: [], asked: [] };
