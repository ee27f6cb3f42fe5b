import { createHmac, randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { requireDoor } from "../domain/callers/permissions.ts";
import type { Identity } from "../domain/callers/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { newRequestFacts, type RequestFacts } from "../doors/requestFacts.ts";
import type { Log } from "../process/log.ts";
import type { Metrics } from "../process/metrics.ts";
import type { Authenticate } from "./authenticate.ts";
import { type Authentication, tooManyFailures } from "./authentication.ts";
import type { FailureLimit } from "./failureLimit.ts";
import { type HttpRefusal, httpRefusalOf, type RefusalAnswer, refusalAnswer } from "./refusal.ts";
import { sendAnswer } from "./sendAnswer.ts";

declare module "fastify" {
  interface FastifyRequest {
    facts: RequestFacts;
  }
  interface FastifyContextConfig {
    /** Answers without asking who calls. */
    open?: boolean;
    /** The row of the table of doors that says which roles may ask; absent: whoever is known. */
    door?: string;
    /** Gives back the `x-request-id` of the request. */
    echoesRequestId?: boolean;
    /** How its refusals read; absent: in GraphQL's shape. */
    refusalAnswer?: RefusalAnswer;
  }
}

/** Who calls a route that is not open. */
export function callerOf({ facts: { caller } }: FastifyRequest): Identity {
  if (caller === null) throw new ScopewardenError("INTERNAL", "A request came to a door without a caller.");
  return caller;
}

/** A request that was answered: nothing that its payload says. */
interface AnsweredRequest {
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

const namesSecret = randomBytes(32);

/**
 * What the log calls a caller. A key by its id, which is ours. A token's subject is what somebody else wrote, often a
 * person's name or address: the log has a word in its place, the same one until this process ends.
 */
function callerInLog(id: string): string {
  return id.startsWith("jwt:") ? `jwt#${createHmac("sha256", namesSecret).update(id).digest("hex").slice(0, 16)}` : id;
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
function logRequest(
  { metrics, log }: { readonly metrics: Metrics; readonly log: Log },
  request: AnsweredRequest,
): void {
  metrics.requests.inc({ route: request.route, status: String(request.status) });
  const level = levelOf(request);
  if (log.isLevelEnabled(level)) log[level](lineOf(request), level === "error" ? "request failed" : "request");
}

/**
 * What every request has: facts for its log line, the headers of every answer, a caller unless its route is open, an
 * answer to whatever was thrown, and the line itself.
 */
export function handleEveryRequest(
  server: FastifyInstance,
  deps: {
    readonly authenticate: Authenticate;
    readonly failureLimit: FailureLimit;
    readonly metrics: Metrics;
    readonly log: Log;
    readonly draining: () => boolean;
  },
): void {
  const { authenticate, failureLimit, metrics, draining } = deps;
  server.decorateRequest("facts");

  // Hooks call back instead of returning promises: what can be said at once does not wait for a turn of its own.
  server.addHook("onRequest", (request, reply, done) => {
    request.facts = newRequestFacts();
    const { open, door, echoesRequestId, refusalAnswer: answerOf = refusalAnswer } = request.routeOptions.config;
    const sent = echoesRequestId === true ? request.headers["x-request-id"] : undefined;
    reply.header("x-request-id", typeof sent === "string" && sent !== "" ? sent : request.id);
    reply.header("x-content-type-options", "nosniff");
    reply.header("cache-control", "no-store");
    if (request.is404 || open === true) return done();
    const { authorization } = request.headers;
    const refuse = (refusal: HttpRefusal): void => {
      request.facts.codes = [refusal.code];
      sendAnswer(reply, answerOf(refusal));
    };
    const enter = (authentication: Authentication): void => {
      if (!authentication.ok) {
        const { check = null, kind, refusal } = authentication;
        request.facts.tokenCheck = check;
        metrics.authenticationFailures.inc({ kind });
        failureLimit
          .failed({ kind, address: request.ip, authorization })
          .then((seconds) => refuse(seconds === null ? refusal : tooManyFailures(seconds)))
          .catch(done);
        return;
      }
      request.facts.caller = authentication.caller;
      try {
        if (door !== undefined) requireDoor(authentication.caller, door);
      } catch (error) {
        done(error as Error);
        return;
      }
      done();
    };
    // Before the body is read: who is not known, or may not ask, is not listened to.
    const authentication = authenticate(authorization);
    if (authentication instanceof Promise) authentication.then(enter, done);
    else enter(authentication);
  });

  server.addHook("onSend", (_request, reply, payload, done) => {
    if (draining()) reply.header("connection", "close");
    done(null, payload);
  });

  server.addHook("onResponse", (request, reply, done) => {
    const { url = "unmatched", config } = request.routeOptions;
    logRequest(deps, {
      requestId: request.id,
      method: request.method,
      route: url,
      status: reply.statusCode,
      ms: reply.elapsedTime,
      open: config.open === true,
      facts: request.facts,
    });
    done();
  });

  server.setErrorHandler((error, request, reply) => {
    const { refusalAnswer: answerOf = refusalAnswer } = request.routeOptions.config;
    return sendAnswer(reply, answerOf(httpRefusalOf(error, request.facts)));
  });
  server.setNotFoundHandler((_request, reply) =>
    sendAnswer(reply, refusalAnswer({ code: "NOT_FOUND", message: "There is nothing at this address." })),
  );
}
