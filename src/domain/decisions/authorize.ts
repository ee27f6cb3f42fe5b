import type { Caller } from "../callers/types.ts";
import { badInput, type Problem } from "../kernel/errors.ts";
import { type AuthorizeInput, parseAuthorizeInput } from "./accessInput.ts";
import { requireMayAssert, withAssertedPlaces } from "./assertedRoles.ts";
import { decide, decideInSteps } from "./decide.ts";
import { decideGrant, grantInSteps } from "./granting/decideGrant.ts";
import { type DecideGrantInput, parseGrantInput } from "./granting/grantInput.ts";
import type { InputLimits } from "./inputReader.ts";
import { createRecorder, type RecorderDeps } from "./recorder.ts";
import { recordBytesOf } from "./recordSize.ts";
import { createSearchParts } from "./searchParts.ts";
import type { AccessRecord, AccessRequest, DecisionReader, GrantRecord } from "./types.ts";

export interface Authorizer {
  /**
   * Decides all inputs against one snapshot and answers when all are durable, in input order. `paths` names each
   * input for problems (`input`, `inputs[3]`).
   * @throws ScopewardenError BAD_USER_INPUT, FORBIDDEN for a role that the caller may not assert (nothing is decided), POLICY_UNAVAILABLE, JOURNAL_UNAVAILABLE, and what a
   * source of facts throws.
   */
  authorize(
    caller: Caller,
    inputs: readonly AuthorizeInput[],
    pathOf: (index: number) => string,
  ): Promise<readonly AccessRecord[]>;
  /** Decides which scopes a token may carry, by the same laws. @throws ScopewardenError as `authorize` does. */
  decideGrant(caller: Caller, input: DecideGrantInput, path: string): Promise<GrantRecord>;
}

export function createAuthorizer(
  deps: RecorderDeps & {
    readonly limits?: InputLimits;
    /** Where searches are found by their ids; absent: no question can be a part of one. */
    readonly decisions?: Pick<DecisionReader, "decision">;
  },
): Authorizer {
  const recorder = createRecorder(deps);
  const searchParts = createSearchParts(deps);

  function parseAll(inputs: readonly AuthorizeInput[], pathOf: (index: number) => string) {
    const problems: Problem[] = [];
    const requests: AccessRequest[] = [];
    let bytes = 0;
    inputs.forEach((input, i) => {
      const parsed = parseAuthorizeInput(input, pathOf(i), deps.limits);
      if (parsed.ok) {
        requests.push(parsed.request);
        bytes += recordBytesOf(parsed.characters);
      } else problems.push(...parsed.problems);
    });
    if (problems.length > 0) throw badInput(problems);
    return { requests, bytes };
  }

  function checkAsserted(caller: Caller, requests: readonly AccessRequest[], pathOf: (index: number) => string): void {
    for (const [i, request] of requests.entries())
      if (request.subject !== null && request.subject.roles !== null)
        requireMayAssert({ caller, snapshot: deps.snapshot(), path: pathOf(i) }, request);
  }

  return {
    async authorize(caller, inputs, pathOf) {
      const parsed = parseAll(inputs, pathOf);
      checkAsserted(caller, parsed.requests, pathOf);
      return recorder.answer({
        kind: "ACCESS",
        caller,
        ...parsed,
        pathOf,
        parts: await searchParts.of(caller, parsed.requests, pathOf),
        decide,
        inSteps: decideInSteps,
      });
    },
    async decideGrant(caller, input, path) {
      const { request: read, characters } = parseGrantInput(input, path, deps.limits);
      const roles = read.subject?.roles ?? null;
      const request = roles === null ? read : withAssertedPlaces({ caller, snapshot: deps.snapshot(), path }, read);
      const [record] = await recorder.answer({
        kind: "GRANT",
        caller,
        requests: [request],
        // What is told of each scope repeats its name.
        bytes: recordBytesOf(4 * characters),
        pathOf: () => path,
        decide: decideGrant,
        inSteps: grantInSteps,
      });
      return record as GrantRecord;
    },
  };
}
