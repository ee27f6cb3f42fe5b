import type { Question } from "../question.ts";
import { type Reason, reason } from "../reason.ts";
import { restrictionsOn } from "../restrictions/inForce.ts";
import type { ScopeCheck } from "../scopeCheck.ts";

/** Stage 2, of who asks: neither client nor subject is suspended. Of several the one that ends last is told. */
export function checkSuspension(question: Question): Reason | null {
  const [first, ...others] = restrictionsOn(question, "SUSPENSION");
  if (first === undefined) return null;
  const { endsAt, holder, id } = others.reduce((last, each) => (each.endsAt > last.endsAt ? each : last), first);
  return reason("SUSPENDED_FOR_REVIEW", { parameters: { endsAt, id, of: holder.kind } });
}

/** The same, told of each scope: of a token, each has its own answer. */
export function checkSuspensionOf(question: Question, { problems }: ScopeCheck): boolean {
  const problem = checkSuspension(question);
  if (problem !== null) problems.push(problem);
  return problem === null;
}
