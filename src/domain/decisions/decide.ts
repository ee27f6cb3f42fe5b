import type { Obligation } from "../policy/types.ts";
import type { Atom } from "../scopes/atom.ts";
import type { DecideFacts } from "./facts.ts";
import { grantedScopes } from "./holds/grants.ts";
import { queryOf } from "./holds/query.ts";
import { rolesOf } from "./holds/roles.ts";
import { deniedScopes } from "./holds/scopeNames.ts";
import { finishReasons } from "./meantScopes.ts";
import { mergeFacts } from "./mergeFacts.ts";
import type { AccessQuestion, GrantQuestion } from "./question.ts";
import type { Reason } from "./reason.ts";
import { keptReasons, nearestFirst } from "./reasonOrder.ts";
import { AccessCheck, type GrantCheck } from "./scopeCheck.ts";
import { checkClient, checkClientOf } from "./stages/client.ts";
import { checkConsent, checkConsentToGrant } from "./stages/consent.ts";
import { checkContext, checkCoverage } from "./stages/coverage.ts";
import { checkEmergency, checkEmergencyToGrant } from "./stages/emergency.ts";
import { checkFacts, checkFactsOf } from "./stages/facts.ts";
import { checkGranted, narrowToGranted } from "./stages/granted.ts";
import { checkKnown } from "./stages/known.ts";
import { checkLifecycle } from "./stages/lifecycle.ts";
import { obligationsOf } from "./stages/obligations.ts";
import { checkPresented, checkRequested } from "./stages/presented.ts";
import { checkProtocol, passProtocol } from "./stages/protocol.ts";
import { checkPurpose } from "./stages/purpose.ts";
import { checkReach } from "./stages/reach.ts";
import { checkRegistered } from "./stages/registered.ts";
import { checkRules } from "./stages/rules.ts";
import { scopeNarrowed } from "./stages/smartCoverage.ts";
import { stepUpOf } from "./stages/stepUp.ts";
import { checkSuspension, checkSuspensionOf } from "./stages/suspension.ts";
import { sufficientScope } from "./sufficientScope.ts";
import type { AccessRequest, DecisionKind, Outcome, Verdict } from "./types.ts";

/** One stage, and what is run of it for each kind of question; null: nothing. */
type Row<Run extends { readonly [Kind in DecisionKind]: unknown }> = { readonly stage: string } & {
  readonly [Kind in DecisionKind]: Run[Kind] | null;
};
/** Why the question is refused, or null. */
type QuestionStage<Question> = (question: Question) => Reason | null;
/** Adds what it finds to the check. False: the stages after it have nothing to look at. */
type ScopeStage<Question, Check> = (question: Question, check: Check) => boolean;
/** What the caller must do of it. */
type AnswerStage = (outcome: Outcome, used: readonly AccessCheck[], question: AccessQuestion) => readonly Obligation[];
type ScopeRow = Row<{ ACCESS: ScopeStage<AccessQuestion, AccessCheck>; GRANT: ScopeStage<GrantQuestion, GrantCheck> }>;

/**
 * The stages of a decision: what is run, in this order, and all that is run. What a kind of question is checked for is
 * read down its column. Stage 1, the form of the input, has been passed before.
 */
export const STAGES: {
  /** Once a question. */
  readonly question: readonly Row<{ ACCESS: QuestionStage<AccessQuestion>; GRANT: QuestionStage<GrantQuestion> }>[];
  /** For each scope that is presented or requested. */
  readonly scope: readonly ScopeRow[];
  /** For each part of the same scope to which it was narrowed: of an access an atom that covers it, of a token a scope. */
  readonly part: readonly ScopeRow[];
  /** For the scopes that the answer rests on. */
  readonly answer: readonly Row<{ ACCESS: AnswerStage; GRANT: null }>[];
} = {
  question: [
    { stage: "client", ACCESS: checkClient, GRANT: null },
    { stage: "suspension", ACCESS: checkSuspension, GRANT: null },
    { stage: "facts", ACCESS: checkFacts, GRANT: null },
    { stage: "purpose", ACCESS: checkPurpose, GRANT: null },
    { stage: "presented", ACCESS: checkPresented, GRANT: checkRequested },
  ],
  scope: [
    { stage: "known", ACCESS: checkKnown, GRANT: checkKnown },
    { stage: "client", ACCESS: null, GRANT: checkClientOf },
    { stage: "suspension", ACCESS: null, GRANT: checkSuspensionOf },
    { stage: "facts", ACCESS: null, GRANT: checkFactsOf },
    { stage: "protocol", ACCESS: passProtocol, GRANT: checkProtocol },
    { stage: "lifecycle", ACCESS: checkLifecycle, GRANT: null },
    { stage: "granted", ACCESS: checkGranted, GRANT: narrowToGranted },
    { stage: "coverage", ACCESS: checkCoverage, GRANT: null },
  ],
  part: [
    { stage: "lifecycle", ACCESS: checkRegistered, GRANT: checkLifecycle },
    { stage: "coverage", ACCESS: null, GRANT: checkContext },
    { stage: "rules", ACCESS: checkRules, GRANT: checkReach },
    { stage: "emergency", ACCESS: checkEmergency, GRANT: checkEmergencyToGrant },
    { stage: "consent", ACCESS: checkConsent, GRANT: checkConsentToGrant },
  ],
  answer: [
    { stage: "obligations", ACCESS: obligationsOf, GRANT: null },
    { stage: "stepUp", ACCESS: stepUpOf, GRANT: null },
  ],
};

/**
 * Parts of scopes that are looked at in one access, where scopes are wider than any one grant. What is beyond counts for
 * nothing, so that the product of a long token and many grants stays bounded.
 */
const MOST_PARTS = 512;

const questionStages = STAGES.question.flatMap((row) => row.ACCESS ?? []);
const scopeStages = STAGES.scope.flatMap((row) => row.ACCESS ?? []);
const partStages = STAGES.part.flatMap((row) => row.ACCESS ?? []);
const answerStages = STAGES.answer.flatMap((row) => row.ACCESS ?? []);

/** The scopes to look at: those of the token, each once, or all that the client is granted now. */
function presentedScopes(facts: DecideFacts, { clientId, scopes }: AccessRequest): readonly string[] {
  if (scopes === null) return grantedScopes(facts, clientId);
  return scopes.length > 1 ? [...new Set(scopes)] : scopes;
}

function accessQuestion(facts: DecideFacts, asked: AccessRequest): AccessQuestion {
  const { known, request } = mergeFacts(facts.directory, asked);
  const { clientId } = request;
  const client = facts.snapshot.clients.get(clientId);
  const scopes = presentedScopes(facts, request);
  const query = queryOf(facts, request, scopes);
  return {
    facts,
    request,
    known,
    client,
    scopes,
    query,
    denied: deniedScopes(facts.snapshot, query),
    held: rolesOf(facts, request),
    parts: { left: MOST_PARTS, toExplain: MOST_PARTS },
    conditionFacts: { request, client: { id: clientId, name: client?.name ?? null }, now: facts.now },
  };
}

/** What came of each part of a scope that covers the access, or of the scope, if none does: added to the checks. */
function checkScope(question: AccessQuestion, scope: string, checks: AccessCheck[]): void {
  const check = new AccessCheck(question.facts, scope);
  checks.push(check);
  for (const stage of scopeStages) if (!stage(question, check)) return;
  for (const stage of partStages) if (!stage(question, check)) break;
  for (const part of check.others) {
    const other = new AccessCheck(question.facts, scope);
    other.take(part);
    checks.push(other);
    for (const stage of partStages) if (!stage(question, other)) break;
  }
}

const isEnough = ({ consent, emergency, rules }: AccessCheck): boolean =>
  rules?.allowed === true && emergency === null && consent === null;

/** The same reasons, each once where several checks may say the same. */
function eachOnce(reasons: readonly Reason[], checks: readonly AccessCheck[]): readonly Reason[] {
  if (checks.length < 2 || !checks.some(({ isShared }) => isShared)) return reasons;
  return [...new Map(reasons.map((each) => [JSON.stringify(each), each] as const)).values()];
}

/** What an allowed access rests on: the reasons of its scopes, which passed every stage. */
function whyAllowed({ request }: AccessQuestion, used: readonly AccessCheck[]): readonly Reason[] {
  const reasons: Reason[] = [];
  let narrowed: Map<string, readonly Atom[]> | null = null;
  for (const { atom, consentNotices, exported, isNarrowed, notice, notices, rules, scope } of used) {
    if (rules === null) continue;
    reasons.push(...rules.reasons, ...consentNotices);
    if (notice !== null) reasons.push(notice);
    reasons.push(...notices, ...rules.errors);
    if (!isNarrowed) continue;
    narrowed ??= new Map();
    narrowed.set(scope, [...(narrowed.get(scope) ?? []), ...(atom === null ? exported : [atom])]);
  }
  for (const [scope, atoms] of narrowed ?? []) reasons.push(scopeNarrowed(scope, request.clientId, atoms));
  return eachOnce(reasons, used);
}

/** Why a scope is not enough; nothing if it is. */
function whyNot(check: AccessCheck): readonly Reason[] {
  const { consent, emergency, notice, notices, problems, rules } = check;
  if (rules === null) return problems;
  if (isEnough(check)) return [];
  const reasons = rules.allowed ? [] : [...rules.reasons];
  if (emergency !== null) reasons.push(emergency);
  if (consent !== null) reasons.push(consent);
  reasons.push(...rules.errors);
  if (notice !== null) reasons.push(notice);
  reasons.push(...notices);
  return reasons;
}

/** The reasons, and at their end that attributes of the request gave way. */
function withNotice({ known }: AccessQuestion, reasons: readonly Reason[]): readonly Reason[] {
  return known === null || known.replaced === null ? reasons : [...reasons, known.replaced];
}

const isSuspension = ({ code }: Reason): boolean => code === "SUSPENDED_FOR_REVIEW";

/** What is said of a denial: of the question as a whole first. */
function denial(question: AccessQuestion, refusals: readonly Reason[], checks: readonly AccessCheck[]) {
  const reasons = withNotice(question, eachOnce(nearestFirst(checks.map(whyNot)), checks));
  const all = refusals.length === 0 ? reasons : [...refusals, ...reasons];
  const kept = keptReasons(all, finishReasons(question.facts, question.request.clientId));
  // Where a presented scope got as far as the rules, a scope is not what is missing; nor where everything is suspended.
  const isNoScopeMissing = checks.some(({ rules }) => rules !== null) || refusals.some(isSuspension);
  const sufficient = isNoScopeMissing
    ? null
    : sufficientScope(question, (scope) => {
        const tried: AccessCheck[] = [];
        checkScope(question, scope, tried);
        return tried.some(isEnough);
      });
  return {
    reasons: kept,
    ...(kept.length === all.length ? null : { reasonCount: all.length }),
    ...(sufficient === null ? null : { sufficientScopes: [sufficient] }),
  };
}

/** What the consents of its patient say against an access with its first scope, whatever else would; null: nothing. */
export function consentLack(facts: DecideFacts, request: AccessRequest): AccessCheck["consent"] {
  const check = new AccessCheck(facts, request.scopes?.[0] ?? "");
  checkConsent(accessQuestion(facts, request), check);
  return check.consent;
}

/**
 * Decides one request against one snapshot: the stages of docs/decisions.md in their order, each evaluated as far as it
 * can be. Pure: the same facts and request give the same verdict, reasons included. ALLOW only if every stage passes; a
 * request must have passed `parseAuthorizeInput` (stage 1).
 * @throws ScopewardenError INTERNAL when the engine can't tell; then there is no decision.
 */
export function decide(facts: DecideFacts, request: AccessRequest): Verdict {
  const question = accessQuestion(facts, request);
  const checks: AccessCheck[] = [];
  for (const scope of question.scopes) checkScope(question, scope, checks);
  return verdictOf(question, checks);
}

/** The same, which stops after each scope: other work may go on then. */
export function* decideInSteps(facts: DecideFacts, request: AccessRequest): Generator<undefined, Verdict> {
  const question = accessQuestion(facts, request);
  const checks: AccessCheck[] = [];
  for (const scope of question.scopes) {
    checkScope(question, scope, checks);
    yield;
  }
  return verdictOf(question, checks);
}

/** What comes of the question as a whole, and of its scopes, which have been through the stages. */
function verdictOf(question: AccessQuestion, checks: readonly AccessCheck[]): Verdict {
  const { facts } = question;
  const refusals: Reason[] = [];
  for (const stage of questionStages) {
    const problem = stage(question);
    if (problem !== null) refusals.push(problem);
  }

  const passed: AccessCheck[] = [];
  for (const check of checks) if (isEnough(check)) passed.push(check);

  const outcome = refusals.length > 0 || passed.length === 0 ? "DENY" : "ALLOW";
  // A scope that confines nothing serves the caller best. Where every one does, the answer may have what any of them
  // permits, under the obligations of all.
  const free = passed.find(({ consentDuties, within }) => within.length === 0 && consentDuties.length === 0);
  const used =
    outcome === "DENY" ? checks.filter(({ rules }) => rules?.allowed === false) : free === undefined ? passed : [free];
  const obligations: Obligation[] = [];
  for (const stage of answerStages) obligations.push(...stage(outcome, used, question));
  const policyRevision = facts.snapshot.revision;
  if (outcome === "DENY")
    return { outcome, scope: null, obligations, policyRevision, ...denial(question, refusals, checks) };
  const all = withNotice(question, whyAllowed(question, used));
  const reasons = keptReasons(all);
  const verdict = { outcome, scope: used[0]?.scope ?? null, reasons, obligations, policyRevision } as const;
  return reasons.length === all.length ? verdict : { ...verdict, reasonCount: all.length };
}
