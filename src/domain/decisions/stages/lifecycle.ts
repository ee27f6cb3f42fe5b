import { lifecycleProblem } from "../holds/lifecycle.ts";
import type { Question } from "../question.ts";
import type { ScopeCheck } from "../scopeCheck.ts";

/**
 * Stage 3 for one scope: where it is registered, some version of it can be used now. Of SMART scopes all that cover the
 * access are looked at, when it is known which do.
 */
export function checkLifecycle({ facts }: Question, { problems, smart, versions }: ScopeCheck): boolean {
  const problem = versions === undefined || smart !== null ? null : lifecycleProblem(versions, facts.now);
  if (problem !== null) problems.push(problem);
  return true;
}
