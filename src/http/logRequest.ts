import type { RequestFacts } from "../doors/requestFacts.ts";
import { callerInLog } from "../process/callerInLog.ts";
import type { Log } from "../process/log.ts";
import type { Metrics } from "../process/metrics.ts";

/** A request that was answered: nothing that its payload says. */
export interface AnsweredRequest {
  readonly requestId: string;
  readonly method: string;
  /** The route's pattern, never the URL: paths and query strings are what callers make of them. */
  readonly route: string;
  readonly status: number;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** Whether it is answered to strangers, too. */
  readonly open: boolean;
  readonly facts: RequestFacts;
}

function levelOf({ status, open, facts }: AnsweredRequest): "error" | "warn" | "info" | "debug" {
  if (facts.internal.length > 0) return "error";
  if (status >= 500) return "warn";
  return open ? "debug" : "info";
}

function lineOf({ requestId, method, route, status, ms, facts }: AnsweredRequest): object {
  const { caller, operation, tally, codes, internal, tokenCheck } = facts;
  return {
    requestId,
    method,
    route,
    status,
    ms: Math.round(ms * 10) / 10,
    ...(caller === null ? {} : { caller: callerInLog(caller.id) }),
    ...(operation === null ? {} : { operationType: operation.type, fields: operation.fields }),
    ...(tally.ALLOW + tally.DENY === 0 ? {} : { allowed: tally.ALLOW, denied: tally.DENY }),
    ...(tokenCheck === null ? {} : { tokenCheck }),
    ...(codes.length === 0 ? {} : { errors: [...new Set(codes)] }),
    ...(internal.length === 0 ? {} : { causes: internal.slice(0, 5) }),
  };
}

/** Counts a request, and writes its one log line. */
export function logRequest(
  { metrics, log }: { readonly metrics: Metrics; readonly log: Log },
  request: AnsweredRequest,
): void {
  metrics.requests.inc({ route: request.route, status: String(request.status) });
  const level = levelOf(request);
  if (log.isLevelEnabled(level)) log[level](lineOf(request), level === "error" ? "request failed" : "request");
}
