import { clipped } from "../../kernel/text.ts";
import { protocolKindOf } from "../../scopes/protocol.ts";
import { looksLikeSmart, tokenProblem } from "../../scopes/smart.ts";
import type { Question } from "../question.ts";
import { reason } from "../reason.ts";
import type { ScopeCheck } from "../scopeCheck.ts";

/** Characters by which a text that is no scope is named. */
const NAMED = 256;

/** What can be shown of a text that may be anything. */
const shown = (text: string): string => clipped(text, NAMED).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd");

/**
 * Stage 3 for one scope: it is registered, a SMART scope, or a protocol scope. Registering makes no SMART scope of what is
 * none in the version of FHIR at hand.
 */
export function checkKnown(_question: Question, check: ScopeCheck): boolean {
  const { problems, scope, smart, versions } = check;
  if (smart !== null || (versions !== undefined && !looksLikeSmart(scope))) return true;
  check.protocol = protocolKindOf(scope);
  if (check.protocol !== null) return true;
  const token = tokenProblem(scope);
  problems.push(
    token === null
      ? reason("UNKNOWN_SCOPE", { scope })
      : reason("UNKNOWN_SCOPE", { parameters: { token }, scope: shown(scope) }),
  );
  return false;
}
