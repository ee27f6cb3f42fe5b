import type { AuthorizeInput } from "../../decisions/accessInput.ts";
import type { DecideGrantInput } from "../../decisions/granting/grantInput.ts";
import type { Problem } from "../../kernel/errors.ts";
import type { MonotonicClock } from "../../kernel/ports.ts";
import { type Case, combinations } from "./caseFile.ts";
import { type CaseAnswer, compareDecision, compareGrant, type GrantAnswer } from "./compareCase.ts";

/** Why a request can't be decided: it is not well formed. */
export interface NotDecided {
  readonly problems: readonly Problem[];
}
/** What answers cases: policy files, or a service. Answers are in the order of the requests. */
export interface Decider {
  decide(requests: readonly AuthorizeInput[], now: number | null): Promise<readonly (CaseAnswer | NotDecided)[]>;
  /** Null: it can't decide tokens without putting them on record. */
  grant: ((request: DecideGrantInput, now: number | null) => GrantAnswer | NotDecided) | null;
  /** Whether it decides by the clock of the case. */
  readonly keepsTime: boolean;
}

export interface CaseResult {
  readonly of: Case;
  readonly status: "passed" | "failed" | "skipped";
  /** What is not as expected, or why it was skipped, a line each. */
  readonly lines: readonly string[];
  /** Seconds. */
  readonly took: number;
}

/** Failed requests of a `never` case that are told. */
const MOST_TOLD = 5;

const isDecided = <A extends CaseAnswer>(answer: A | NotDecided): answer is A => "outcome" in answer;
const notDecided = ({ problems }: NotDecided): readonly string[] =>
  problems.map(({ path, message }) => `${path}: ${message}`);
const told = ({ reasons }: CaseAnswer): readonly string[] =>
  reasons.map(({ code, message }) => `  ${code}: ${message}`);

function requestText({ clientId, subject, scopes, action, resource, purposeOfUse, context }: AuthorizeInput): string {
  return JSON.stringify({ clientId, subject, scopes, action, resource, purposeOfUse, context });
}

/** Requests of a `never` case that are decided by one call. */
const PART = 100;

async function neverLines(one: Case & { readonly kind: "never" }, decider: Decider): Promise<readonly string[]> {
  const lines: string[] = [];
  let wrong = 0;
  const ask = async (part: readonly AuthorizeInput[]): Promise<void> => {
    for (const [i, answer] of (await decider.decide(part, one.now)).entries()) {
      if (isDecided(answer) && answer.outcome === "DENY") continue;
      const request = part[i];
      if (++wrong > MOST_TOLD || request === undefined) continue;
      // What is refused as not well formed is no denial: the case does not say what it means to.
      lines.push(requestText(request), ...(isDecided(answer) ? told(answer) : notDecided(answer)));
    }
  };
  let part: AuthorizeInput[] = [];
  for (const request of combinations(one.said)) {
    part.push(request);
    if (part.length < PART) continue;
    await ask(part);
    part = [];
  }
  await ask(part);
  if (wrong === 0) return [];
  return [
    `${wrong} of ${one.count} requests are not denied:`,
    ...lines,
    ...(wrong > MOST_TOLD ? [`and ${wrong - MOST_TOLD} more`] : []),
  ];
}

async function linesOf(one: Case, decider: Decider): Promise<readonly string[]> {
  if (one.kind === "grant") {
    const answer = decider.grant?.(one.request, one.now);
    if (answer === undefined) return [];
    if (!isDecided(answer)) return notDecided(answer);
    const lines = compareGrant(one.expect, answer);
    return lines.length === 0 ? [] : [...lines, ...told(answer)];
  }
  if (one.kind === "never") return neverLines(one, decider);
  const [answer] = await decider.decide([one.request], one.now);
  if (answer === undefined) return ["there is no answer"];
  if (!isDecided(answer)) return notDecided(answer);
  const lines = compareDecision(one.expect, answer);
  return lines.length === 0 ? [] : [...lines, ...told(answer)];
}

function whySkipped({ kind, ownNow }: Case, { grant, keepsTime }: Decider): string | null {
  if (kind === "grant" && grant === null) return "a service can't be asked for a token without putting it on record";
  if (ownNow && !keepsTime) return "it names its own time, and a service decides by its clock";
  return null;
}

/** Asks all cases, one after the other. */
export async function runCases(
  cases: readonly Case[],
  decider: Decider,
  monotonic: MonotonicClock,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const one of cases) {
    const skipped = whySkipped(one, decider);
    const began = monotonic();
    const lines = skipped === null ? await linesOf(one, decider) : [skipped];
    const status = skipped !== null ? "skipped" : lines.length === 0 ? "passed" : "failed";
    results.push({ of: one, status, lines, took: (monotonic() - began) / 1000 });
  }
  return results;
}
