import { lifecycleProblem } from "../holds/lifecycle.ts";
import type { Question } from "../question.ts";
import type { ScopeCheck } from "../scopeCheck.ts";

/** Stage 3 for one scope: where it is registered, some version of it can be used now. */
export function checkLifecycle({ facts }: Question, { problems, versions }: ScopeCheck): boolean {
  const problem = versions === undefined ? null : lifecycleProblem(versions, facts.now);
  if (problem !== null) problems.push(problem);
  return true;
}
