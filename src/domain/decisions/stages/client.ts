import type { Question } from "../question.ts";
import { type Reason, reason } from "../reason.ts";
import type { ScopeCheck } from "../scopeCheck.ts";

/** Stage 2: the client is known and active. */
export function checkClient({ client, request: { clientId } }: Question): Reason | null {
  if (client === undefined) return reason("UNKNOWN_CLIENT", { personal: { clientId } });
  return client.status === "SUSPENDED" ? reason("CLIENT_SUSPENDED", { personal: { clientId } }) : null;
}

/** The same, told of each scope: of a token, each has its own answer. */
export function checkClientOf(question: Question, { problems }: ScopeCheck): boolean {
  const problem = checkClient(question);
  if (problem !== null) problems.push(problem);
  return problem === null;
}
