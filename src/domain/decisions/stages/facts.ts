import type { Question } from "../question.ts";
import type { Reason } from "../reason.ts";
import type { ScopeCheck } from "../scopeCheck.ts";

/** Stage 2, of subject and resource: the request says of neither whose it is or where otherwise than the directory does. */
export const checkFacts = ({ known }: Question): Reason | null => (known === null ? null : known.disagree);

/** The same, told of each scope: of a token, each has its own answer. */
export function checkFactsOf(question: Question, { problems }: ScopeCheck): boolean {
  const problem = checkFacts(question);
  if (problem !== null) problems.push(problem);
  return problem === null;
}
