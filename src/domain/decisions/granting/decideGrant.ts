import { Ceiling } from "../../scopes/ceiling.ts";
import { isProtocolScope } from "../../scopes/protocol.ts";
import { inV1Letters, parseSmartScope } from "../../scopes/smart.ts";
import { STAGES } from "../decide.ts";
import type { DecideFacts } from "../facts.ts";
import { lifecycleProblem } from "../holds/lifecycle.ts";
import { meantScopes } from "../meantScopes.ts";
import { mergeFacts } from "../mergeFacts.ts";
import type { GrantQuestion } from "../question.ts";
import { type Reason, reason } from "../reason.ts";
import { keptDetails, keptReasons, nearestFirst } from "../reasonOrder.ts";
import { GrantCheck } from "../scopeCheck.ts";
import type { GrantRequest, GrantVerdict, ScopeGrant } from "../types.ts";
import { placesOf } from "./places.ts";
import { shortestToken } from "./shortest.ts";
import { validUntilIn } from "./validUntil.ts";

const questionStages = STAGES.question.flatMap((row) => row.GRANT ?? []);
const scopeStages = STAGES.scope.flatMap((row) => row.GRANT ?? []);
const partStages = STAGES.part.flatMap((row) => row.GRANT ?? []);

function runStages(stages: typeof scopeStages, question: GrantQuestion, scope: string): GrantCheck {
  const check = new GrantCheck(question.facts, scope);
  for (const stage of stages) if (!stage(question, check)) break;
  return check;
}

const isGranted = ({ problems }: GrantCheck): boolean => problems.length === 0;

/** Why a part can be used, or why not. */
function reasonsOf(part: GrantCheck): readonly Reason[] {
  return isGranted(part) ? [part.use, part.emergency, part.notice].filter((each) => each !== null) : part.problems;
}

/** A part in the letters in which the scope was asked for, where they can say it and say nothing of their own. */
function inLettersOf(
  { smart: asked }: GrantCheck,
  { facts: { snapshot } }: GrantQuestion,
  { scope, smart }: GrantCheck,
): string {
  const text = asked?.version === 1 && smart !== null ? inV1Letters(smart) : null;
  return text === null || snapshot.scopes.has(text) ? scope : text;
}

const earliest = (ends: readonly (number | null)[]): number | null => {
  const end = Math.min(...ends.map((each) => each ?? Number.POSITIVE_INFINITY));
  return end === Number.POSITIVE_INFINITY ? null : end;
};

/** What is told of one requested scope. Stops after each part to which it was narrowed. */
function* grantOne(
  question: GrantQuestion,
  requested: string,
  validUntil: (part: GrantCheck) => number | null,
): Generator<undefined, ScopeGrant> {
  const check = runStages(scopeStages, question, requested);
  const { problems, protocol, smart, versions, within } = check;
  // Members in the order of canonical JSON.
  const refused = (outcome: "DENIED" | "UNKNOWN", reasons: readonly Reason[]): ScopeGrant => ({
    outcome,
    reasons,
    requested,
    scopes: [],
    successor: null,
    sunsetAt: null,
    validUntil: null,
  });
  if (protocol !== null && isGranted(check))
    return { ...refused("DENIED", []), outcome: "GRANTED", scopes: [requested] };
  if (within === null) {
    const isKnown = versions !== undefined || smart !== null || protocol !== null;
    return refused(isKnown ? "DENIED" : "UNKNOWN", problems);
  }
  const parts: GrantCheck[] = [];
  for (const scope of within.scopes) {
    parts.push(runStages(partStages, question, scope));
    yield;
  }
  const all = [...(within.problem === null ? [] : [within.problem]), ...parts.flatMap(reasonsOf)];
  const usable = parts.filter(isGranted);
  const [first] = usable;
  if (first === undefined) {
    const ended =
      versions === undefined || within.problem === null ? null : lifecycleProblem(versions, question.facts.now);
    return refused("DENIED", ended === null ? all : [ended, ...all]);
  }
  const ends = within.problem === null && first.notice !== null ? first.usable[0] : undefined;
  return {
    outcome: within.problem !== null ? "NARROWED" : ends === undefined ? "GRANTED" : "DEPRECATED",
    reasons: all,
    requested,
    scopes: usable.map((part) => inLettersOf(check, question, part)),
    successor: ends?.replacedBy ?? null,
    sunsetAt: ends?.sunsetAt ?? null,
    validUntil: earliest(usable.map(validUntil)),
  };
}

/** Whether a scope may be granted as it is. */
function isGrantedWhole(question: GrantQuestion, scope: string): boolean {
  const { within } = runStages(scopeStages, question, scope);
  return within?.problem === null && isGranted(runStages(partStages, question, scope));
}

/** The scopes that are not within those held: by name, or, for SMART scopes, within all held ones together. */
function notHeld(scopes: readonly string[], held: readonly string[]): readonly string[] {
  const names = new Set(held);
  const together = new Ceiling(held.flatMap((scope) => parseSmartScope(scope) ?? []));
  return scopes.filter((scope) => {
    const smart = parseSmartScope(scope);
    return !names.has(scope) && (smart === null || !together.coversWhole(smart));
  });
}

/** What is told of each requested scope, the first names that no scope has with what was probably meant. */
function* grantEach(question: GrantQuestion): Generator<undefined, readonly ScopeGrant[]> {
  const meant = meantScopes(question.facts, question.request.clientId);
  const validUntil = validUntilIn(question);
  const grants: ScopeGrant[] = [];
  for (const requested of question.scopes) {
    const grant = yield* grantOne(question, requested, validUntil);
    grants.push(grant.outcome === "UNKNOWN" ? { ...grant, reasons: grant.reasons.map(meant) } : grant);
    yield;
  }
  return grants;
}

function questionOf(facts: DecideFacts, asked: GrantRequest): GrantQuestion {
  const { known, request } = mergeFacts(facts.directory, asked);
  return {
    facts,
    request,
    known,
    client: facts.snapshot.clients.get(request.clientId),
    scopes: [...new Set(request.scopes)],
    places: placesOf(facts, request),
  };
}

/** What would be told of each requested scope, with every reason: a record has room for some. Stops as `grantInSteps` does. */
export function* scopeGrantsInSteps(
  facts: DecideFacts,
  asked: GrantRequest,
): Generator<undefined, readonly ScopeGrant[]> {
  return yield* grantEach(questionOf(facts, asked));
}

/**
 * Decides which of the requested scopes a token may carry, against one snapshot. Pure, as `decide` is. A scope is
 * granted only within what the client is granted, and only if there can be a request that `decide` would allow with
 * it alone. The scopes held before change nothing but `newScopes`. Stops after each scope and part: other work may go on then.
 */
export function* grantInSteps(facts: DecideFacts, asked: GrantRequest): Generator<undefined, GrantVerdict> {
  const question = questionOf(facts, asked);
  const { known, request } = question;
  const refusals = questionStages.map((stage) => stage(question)).filter((each) => each !== null);
  const grants = yield* grantEach(question);
  const granted = [...new Set(grants.flatMap((grant) => grant.scopes))];
  const token = yield* shortestToken(question, granted, (scope) => isGrantedWhole(question, scope));
  const outcome = token.length > 0 ? "ALLOW" : "DENY";
  const lists = grants.map((grant) => grant.reasons);
  const told = outcome === "ALLOW" ? lists.flat() : nearestFirst(lists);
  const notice = known === null || known.replaced === null ? [] : [known.replaced];
  // Of a token that reaches nothing there is no rule to name.
  const carried = outcome === "ALLOW" && token.every(isProtocolScope) ? [reason("ALLOWED_BY_PROTOCOL_SCOPES", {})] : [];
  const reasons = [
    ...refusals,
    ...carried,
    ...new Map(told.map((of) => [JSON.stringify(of), of] as const)).values(),
    ...notice,
  ];
  const kept = keptReasons(reasons);
  const verdict = {
    outcome,
    scope: token.length > 0 ? token.join(" ") : null,
    reasons: kept,
    obligations: [],
    policyRevision: facts.snapshot.revision,
    details: { newScopes: notHeld(token, request.heldScopes), scopes: keptDetails(grants) },
  } as const;
  return kept.length === reasons.length ? verdict : { ...verdict, reasonCount: reasons.length };
}

/** The same without a stop. */
export function decideGrant(facts: DecideFacts, request: GrantRequest): GrantVerdict {
  const steps = grantInSteps(facts, request);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
