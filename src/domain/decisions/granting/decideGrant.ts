import { covers } from "../../scopes/algebra.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { STAGES } from "../decide.ts";
import type { DecideFacts } from "../facts.ts";
import { lifecycleProblem } from "../holds/lifecycle.ts";
import type { GrantQuestion } from "../question.ts";
import type { Reason } from "../reason.ts";
import { GrantCheck } from "../scopeCheck.ts";
import type { GrantRequest, GrantVerdict, ScopeGrant } from "../types.ts";
import { placesOf } from "./places.ts";

const questionStages = STAGES.question.flatMap((row) => row.GRANT ?? []);
const scopeStages = STAGES.scope.flatMap((row) => row.GRANT ?? []);
const partStages = STAGES.part.flatMap((row) => row.GRANT ?? []);

function runStages(stages: typeof scopeStages, question: GrantQuestion, scope: string): GrantCheck {
  const check = new GrantCheck(question.facts.snapshot, scope);
  for (const stage of stages) if (!stage(question, check)) break;
  return check;
}

const isGranted = ({ problems }: GrantCheck): boolean => problems.length === 0;

/** Why a part can be used, or why not. */
function reasonsOf(part: GrantCheck): readonly Reason[] {
  return isGranted(part) ? [part.use, part.notice].filter((reason) => reason !== null) : part.problems;
}

function grantOne(question: GrantQuestion, requested: string): ScopeGrant {
  const check = runStages(scopeStages, question, requested);
  const { problems, smart, versions, within } = check;
  // Members in the order of canonical JSON.
  const refused = (outcome: "DENIED" | "UNKNOWN", reasons: readonly Reason[]): ScopeGrant => ({
    outcome,
    reasons,
    requested,
    scopes: [],
    successor: null,
    sunsetAt: null,
  });
  if (within === null) return refused(versions === undefined && smart === null ? "UNKNOWN" : "DENIED", problems);
  const parts = within.scopes.map((scope) => runStages(partStages, question, scope));
  const reasons = [...(within.problem === null ? [] : [within.problem]), ...parts.flatMap(reasonsOf)];
  const usable = parts.filter(isGranted);
  const [first] = usable;
  if (first === undefined) {
    const ended =
      versions === undefined || within.problem === null ? null : lifecycleProblem(versions, question.facts.now);
    return refused("DENIED", ended === null ? reasons : [ended, ...reasons]);
  }
  const ends = within.problem === null && first.notice !== null ? first.usable[0] : undefined;
  return {
    outcome: within.problem !== null ? "NARROWED" : ends === undefined ? "GRANTED" : "DEPRECATED",
    reasons,
    requested,
    scopes: usable.map(({ scope }) => scope),
    successor: ends?.replacedBy ?? null,
    sunsetAt: ends?.sunsetAt ?? null,
  };
}

/** The scopes that are not within those held: by name, or, for SMART scopes, within all held ones together. */
function notHeld(scopes: readonly string[], held: readonly string[]): readonly string[] {
  const names = new Set(held);
  const atoms = held.flatMap((scope) => parseSmartScope(scope)?.atoms ?? []);
  return scopes.filter((scope) => {
    const smart = parseSmartScope(scope);
    return !names.has(scope) && (smart === null || !covers(atoms, smart.atoms));
  });
}

/**
 * Decides which of the requested scopes a token may carry, against one snapshot. Pure, as `decide` is. A scope is
 * granted only within what the client is granted, and only if there can be a request that `decide` would allow with
 * it alone. The scopes held before change nothing but `newScopes`.
 */
export function decideGrant(facts: DecideFacts, request: GrantRequest): GrantVerdict {
  const question: GrantQuestion = {
    facts,
    request,
    client: facts.snapshot.clients.get(request.clientId),
    scopes: [...new Set(request.scopes)],
    places: placesOf(facts, request),
  };
  const refusals = questionStages.map((stage) => stage(question)).filter((reason) => reason !== null);
  const scopes = question.scopes.map((requested) => grantOne(question, requested));
  const token = [...new Set(scopes.flatMap((grant) => grant.scopes))];
  const reasons = new Map(scopes.flatMap((grant) => grant.reasons).map((of) => [JSON.stringify(of), of] as const));
  return {
    outcome: token.length > 0 ? "ALLOW" : "DENY",
    scope: token.length > 0 ? token.join(" ") : null,
    reasons: [...refusals, ...reasons.values()],
    obligations: [],
    policyRevision: facts.snapshot.revision,
    details: { newScopes: notHeld(token, request.heldScopes), scopes },
  };
}
