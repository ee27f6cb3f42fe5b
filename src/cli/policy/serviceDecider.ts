import type { AuthorizeInput } from "../../domain/decisions/accessInput.ts";
import { isObject, type Members } from "../../domain/kernel/reader.ts";
import type { CaseAnswer } from "../../domain/simulation/cases/compareCase.ts";
import type { Decider, NotDecided } from "../../domain/simulation/cases/runCases.ts";
import { RefusedRequest, type ScopewardenClient } from "../client.ts";
import { unavailable } from "../exit.ts";

const ASKING = {
  needs: "Trying requests needs a key with the role admin, reviewer or auditor.",
  failed: "The service could not decide.",
  instead: "Try again later.",
} as const;

const SIMULATE = `query Cases($input: SimulateInput!) {
  simulate(input: $input) { results { before {
    outcome scope reasons { code message ruleId } obligations { type parameters }
  } } }
}`;

/** Requests of one question to the service, and their bytes. */
const [MOST, MOST_BYTES] = [100, 40 * 1024];

function* inParts(requests: readonly AuthorizeInput[]): Generator<readonly AuthorizeInput[]> {
  let part: AuthorizeInput[] = [];
  let bytes = 0;
  for (const request of requests) {
    const size = Buffer.byteLength(JSON.stringify(request));
    if (part.length === MOST || (part.length > 0 && bytes + size > MOST_BYTES)) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(request);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/**
 * Decides by the policy of a running service, as of a change that changes nothing: nothing is put into the journal of decisions.
 * `matched` has the rules that allowed or denied, as far as reasons name them.
 */
export function createServiceDecider(client: ScopewardenClient): Decider & { readonly matched: ReadonlySet<string> } {
  const matched = new Set<string>();

  async function ask(requests: readonly AuthorizeInput[]): Promise<readonly (CaseAnswer | NotDecided)[]> {
    let data: Members;
    try {
      data = await client.ask(SIMULATE, { input: { operations: [], requests } }, ASKING);
    } catch (error) {
      if (!(error instanceof RefusedRequest) || error.problems.length === 0) throw error;
      const [only] = requests;
      // One that is not well formed refuses all: each by itself tells which.
      if (requests.length === 1 && only !== undefined)
        return [
          {
            problems: error.problems.map(({ path, message }) => ({
              path: path.replace("input.requests[0]", "request"),
              message,
            })),
          },
        ];
      const answers: (CaseAnswer | NotDecided)[] = [];
      for (const request of requests) answers.push(...(await ask([request])));
      return answers;
    }
    const results = isObject(data.simulate) ? data.simulate.results : null;
    if (!Array.isArray(results) || results.length !== requests.length)
      throw unavailable("What the service answers is no simulation.");
    const answers = results.map((result: Members) => result.before as unknown as CaseAnswer);
    for (const { code, ruleId } of answers.flatMap(({ reasons }) => reasons))
      if (ruleId !== null && (code === "ALLOWED_BY_RULE" || code === "DENIED_BY_RULE")) matched.add(ruleId);
    return answers;
  }

  return {
    matched,
    keepsTime: false,
    grant: null,
    async decide(requests) {
      const answers: (CaseAnswer | NotDecided)[] = [];
      for (const part of inParts(requests)) answers.push(...(await ask(part)));
      return answers;
    },
  };
}
