import { explainSmartScope, looksLikeSmart } from "../../scopes/smart.ts";
import { fhirVersionOf } from "../facts.ts";
import type { Question } from "../question.ts";
import { reason } from "../reason.ts";
import type { ScopeCheck } from "../scopeCheck.ts";

/** Stage 3 for one scope: it is registered, or a SMART scope, which registering does not make of what is none. */
export function checkKnown({ facts }: Question, { problems, scope, smart, versions }: ScopeCheck): boolean {
  if (smart !== null) return true;
  const claimsToBeSmart = looksLikeSmart(scope);
  if (versions !== undefined && !claimsToBeSmart) return true;
  const explained = claimsToBeSmart ? explainSmartScope(scope, fhirVersionOf(facts)) : null;
  const syntax = explained === null || explained.ok ? null : explained.message;
  problems.push(reason("UNKNOWN_SCOPE", { scope, ...(syntax === null ? {} : { parameters: { syntax } }) }));
  return false;
}
