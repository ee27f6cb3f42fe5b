import type { Domain } from "../domain/domain.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { type Door, jsonAnswer } from "../doors/answer.ts";
import { EXPANSION } from "../doors/expansion.ts";
import { refusalOf } from "../doors/refusal.ts";
import { watchAuthorizer } from "../doors/watchedAuthorizer.ts";
import type { Metrics } from "../process/metrics.ts";
import type { Api } from "./deps.ts";
import { evaluation } from "./evaluation.ts";
import { evaluations } from "./evaluations.ts";
import { GRANT_PATH, grant } from "./grant.ts";
import { ENDPOINTS } from "./metadata.ts";
import { refused } from "./refused.ts";
import { searchAction } from "./searchAction.ts";
import { searchResource, searchSubject } from "./searchEntities.ts";

/** What is asked by POST, by path. */
export const APIS: { readonly [path: string]: Api } = {
  [ENDPOINTS.access_evaluation_endpoint]: evaluation,
  [ENDPOINTS.access_evaluations_endpoint]: evaluations,
  [ENDPOINTS.search_subject_endpoint]: searchSubject,
  [ENDPOINTS.search_resource_endpoint]: searchResource,
  [ENDPOINTS.search_action_endpoint]: searchAction,
  [GRANT_PATH]: grant,
};

export interface AuthzenQuestion {
  /** One of `APIS`. */
  readonly path: string;
  /** Parsed JSON; undefined: there was none. */
  readonly body: unknown;
}

/** Candidates that one page of a search looks at: some seconds of work, in turns with all else. */
const SCANNED = 100_000;

/** The AuthZEN Authorization API 1.0, and the grant door beside it (docs/authzen.md). */
export function createAuthzenDoor({
  domain,
  metrics,
  decisions,
  requestBytes,
  scanned = SCANNED,
}: {
  readonly domain: Pick<Domain, "authorizer" | "decisionFacts" | "gather" | "inputLimits" | "turns"> & {
    readonly policy: Pick<Domain["policy"], "current">;
  };
  readonly metrics: Metrics;
  /** How many one request may ask for. */
  readonly decisions: number;
  /** Bytes of a body. */
  readonly requestBytes: number;
  readonly scanned?: number;
}): Door<AuthzenQuestion> {
  const { authorizer, policy } = domain;
  const watched = watchAuthorizer({ authorizer, snapshot: policy.current, metrics, door: "authzen" });
  const deps = {
    facts: domain.decisionFacts,
    gather: domain.gather,
    inputLimits: domain.inputLimits,
    evaluations: decisions,
    bytes: EXPANSION * requestBytes,
    scanned,
    turns: domain.turns,
    breathe: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
  return async (caller, { path, body }, facts) => {
    try {
      const api = APIS[path];
      if (api === undefined) throw new ScopewardenError("INTERNAL", "AuthZEN was asked what it has not.");
      return jsonAnswer(200, await api({ ...deps, authorizer: watched(facts) }, caller, body));
    } catch (error) {
      return refused(refusalOf(error, facts));
    }
  };
}
