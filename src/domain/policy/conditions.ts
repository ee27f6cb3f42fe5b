/** Where and why a condition is refused. Lines and columns count from 1. */
export interface ConditionProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}
/** Says what is wrong with the text of a condition (CEL), or null. The engine implements it. */
export type CheckCondition = (text: string) => ConditionProblem | null;
