import { explainSmartScope, looksLikeSmart } from "../../scopes/smart.ts";
import type { Question } from "../question.ts";
import { reason } from "../reason.ts";
import type { ScopeCheck } from "../scopeCheck.ts";

/** Stage 3 for one scope: it is registered, or a SMART scope. */
export function checkKnown(_question: Question, { problems, scope, smart, versions }: ScopeCheck): boolean {
  if (versions !== undefined || smart !== null) return true;
  const explained = looksLikeSmart(scope) ? explainSmartScope(scope) : null;
  const syntax = explained === null || explained.ok ? null : explained.message;
  problems.push(reason("UNKNOWN_SCOPE", { scope, ...(syntax === null ? {} : { parameters: { syntax } }) }));
  return false;
}
