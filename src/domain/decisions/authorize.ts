import type { Caller } from "../callers/types.ts";
import { canonicalJson, type Json } from "../kernel/canonical.ts";
import { badInput, type Problem, ScopewardenError } from "../kernel/errors.ts";
import type { Journal } from "../kernel/journal.ts";
import type { Clock, NewId } from "../kernel/ports.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { decide } from "./decide.ts";
import type { RuleEngine } from "./engine.ts";
import { type AuthorizeInput, type InputLimits, parseAuthorizeInput } from "./input.ts";
import type { AccessRequest, DecisionRecord } from "./types.ts";

export interface Authorizer {
  /**
   * Decides all inputs against one snapshot and answers when all are durable, in input order. `paths` names each
   * input for problems (`input`, `inputs[3]`).
   * @throws ScopewardenError BAD_USER_INPUT (nothing is decided), POLICY_UNAVAILABLE, JOURNAL_UNAVAILABLE.
   */
  authorize(
    caller: Caller,
    inputs: readonly AuthorizeInput[],
    pathOf: (index: number) => string,
  ): Promise<readonly DecisionRecord[]>;
}

export function createAuthorizer(deps: {
  readonly snapshot: () => Snapshot;
  readonly engine: RuleEngine;
  readonly journal: Journal<DecisionRecord>;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly limits?: InputLimits;
}): Authorizer {
  const { journal, engine, clock, newId } = deps;

  const sameInput = (a: AccessRequest, b: AccessRequest): boolean =>
    canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);

  function parseAll(inputs: readonly AuthorizeInput[], pathOf: (index: number) => string): AccessRequest[] {
    const problems: Problem[] = [];
    const requests: AccessRequest[] = [];
    inputs.forEach((input, i) => {
      const parsed = parseAuthorizeInput(input, pathOf(i), deps.limits);
      if (parsed.ok) requests.push(parsed.request);
      else problems.push(...parsed.problems);
    });
    if (problems.length > 0) throw badInput(problems);
    return requests;
  }

  /** The same id and input give the same decision; the same id and another input is a mistake of the caller. */
  function checkRepeated(record: DecisionRecord, request: AccessRequest, path: string): DecisionRecord {
    if (sameInput(record.request, request)) return record;
    throw badInput([
      {
        path: `${path}.requestId`,
        message: `${request.requestId} was used before for another request; use a new id for each`,
      },
    ]);
  }

  async function earlier(
    caller: Caller,
    requests: readonly AccessRequest[],
    pathOf: (index: number) => string,
  ): Promise<Map<string, DecisionRecord>> {
    const found = new Map<string, DecisionRecord>();
    const first = new Map<string, AccessRequest>();
    for (const [i, request] of requests.entries()) {
      if (request.requestId === null) continue;
      const twin = first.get(request.requestId);
      if (twin === undefined) first.set(request.requestId, request);
      else if (!sameInput(twin, request)) {
        throw badInput([
          { path: `${pathOf(i)}.requestId`, message: `${request.requestId} stands twice with different requests` },
        ]);
      }
      const record = await journal.findByRequestId(caller.id, request.requestId);
      if (record !== null) found.set(request.requestId, checkRepeated(record, request, pathOf(i)));
    }
    return found;
  }

  return {
    async authorize(caller, inputs, pathOf) {
      const requests = parseAll(inputs, pathOf);
      journal.admit(requests.length);
      const known = requests.some((r) => r.requestId !== null) ? await earlier(caller, requests, pathOf) : null;
      const snapshot = deps.snapshot();
      const decidedAt = clock();
      const fresh: DecisionRecord[] = [];
      const answers = requests.map((request): DecisionRecord => {
        const old = request.requestId === null ? undefined : known?.get(request.requestId);
        if (old !== undefined) return old;
        const verdict = decide({ snapshot, engine, now: decidedAt }, request);
        const record = { ...verdict, id: newId(), decidedAt, request, callerId: caller.id };
        fresh.push(record);
        if (request.requestId !== null) known?.set(request.requestId, record);
        return record;
      });
      if (fresh.length === 0) return answers;
      const stored = await journal.append(fresh);
      const byId = new Map(fresh.map((record, i) => [record.id, stored[i]] as const));
      return answers.map((answer, i) => {
        const record = byId.has(answer.id) ? byId.get(answer.id) : answer;
        const request = requests[i];
        if (record === undefined || request === undefined)
          throw new ScopewardenError("INTERNAL", "The journal answered with fewer records than it was given.");
        return record === answer ? answer : checkRepeated(record, request, pathOf(i));
      });
    },
  };
}
