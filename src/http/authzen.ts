import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { evaluation } from "../authzen/evaluation.ts";
import { evaluations } from "../authzen/evaluations.ts";
import { grant } from "../authzen/grant.ts";
import { METADATA_PATH, metadata } from "../authzen/metadata.ts";
import { openapi } from "../authzen/openapi.ts";
import { type AuthzenDeps, type Reply, refused } from "../authzen/reply.ts";
import { searchAction } from "../authzen/searchAction.ts";
import { searchResource } from "../authzen/searchResource.ts";
import { searchSubject } from "../authzen/searchSubject.ts";
import { requireDoor } from "../domain/callers/permissions.ts";
import type { Caller } from "../domain/callers/types.ts";
import type { Domain } from "../domain/domain.ts";
import { badInput, ScopewardenError } from "../domain/kernel/errors.ts";
import { type Answer, bodyBeside } from "../doors/answer.ts";
import type { RequestFacts } from "../doors/requestFacts.ts";
import { WatchedAuthorizer } from "../doors/watchedAuthorizer.ts";
import type { Metrics } from "../process/metrics.ts";
import { noteRefusal, type Refusal, sendAnswer } from "./errors.ts";

type Api = (deps: AuthzenDeps, caller: Caller, body: unknown) => Promise<Reply>;

/** What is asked by POST, by path. */
export const APIS: { readonly [path: string]: Api } = {
  "/access/v1/evaluation": evaluation,
  "/access/v1/evaluations": evaluations,
  "/access/v1/search/subject": searchSubject,
  "/access/v1/search/resource": searchResource,
  "/access/v1/search/action": searchAction,
  "/access/v1/grant": grant,
};
export const OPENAPI_PATH = "/access/v1/openapi.json";

const RETRY: Answer["headers"] = [["retry-after", "1"]];
const NO_HEADERS: Answer["headers"] = [];

const tell = ({ status, body }: Reply): Answer => ({
  status,
  contentType: "application/json; charset=utf-8",
  headers: status === 503 ? RETRY : NO_HEADERS,
  body,
});

function send(reply: FastifyReply, answer: Reply): FastifyReply {
  const told = tell(answer);
  return sendAnswer(reply, told, bodyBeside(String(reply.getHeader("x-request-id")), told.body));
}

/** A refusal by the edge itself, in the form of the APIs: all that is wrong with a request is a 400 there. */
export function sendAuthzenRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.headers !== undefined) reply.headers(refusal.headers);
  return send(reply, refused(refusal.code, refusal.message));
}

/** "The PDP MUST include the same identifier in the response" (section 10, "Request Identification"). */
export function echoRequestId(request: FastifyRequest, reply: FastifyReply): void {
  const id = request.headers["x-request-id"];
  if (typeof id === "string" && id !== "") reply.header("x-request-id", id);
}

function callerOf(request: FastifyRequest): Caller {
  const { caller } = request.facts;
  if (caller === null) throw new ScopewardenError("INTERNAL", "A request came to AuthZEN without a caller.");
  return caller;
}

/** The decision point's own URL: as configured, or as this request was addressed. */
function baseOf(request: FastifyRequest, publicUrl: string | null): string {
  if (publicUrl !== null) return publicUrl;
  if (!/^[A-Za-z0-9._-]+(:\d+)?$|^\[[0-9a-fA-F:.]+\](:\d+)?$/.test(request.host))
    throw badInput([{ path: "Host", message: "must name this server" }]);
  return `${request.protocol}://${request.host}`;
}

interface Deps {
  readonly domain: Domain;
  readonly metrics: Metrics;
  readonly settings: { readonly limits: { readonly decisions: number }; readonly publicUrl: string | null };
}

/** Asks one of `APIS` for a caller who may; notes what became of it. @throws what is not for the caller to know. */
export type AskAuthzen = (path: string, caller: Caller, body: unknown, facts: RequestFacts) => Promise<Reply>;

export function createAuthzen({ domain, metrics, settings }: Deps): AskAuthzen {
  const fixed = {
    facts: domain.decisionFacts,
    inputLimits: domain.inputLimits,
    evaluations: settings.limits.decisions,
    breathe: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
  const by = { authorizer: domain.authorizer, snapshot: domain.policy.current, metrics, door: "authzen" };
  return async (path, caller, body, facts) => {
    const api = APIS[path];
    if (api === undefined) throw new ScopewardenError("INTERNAL", "AuthZEN was asked what it has not.");
    const authorizer = new WatchedAuthorizer(by, facts);
    const reply = await api({ ...fixed, authorizer }, caller, body);
    if (reply.code !== null) facts.codes = [reply.code];
    return reply;
  };
}

/** The reply to what was thrown, in the form of the APIs. */
function replyTo(error: unknown, facts: RequestFacts): Reply {
  const { code, message } = noteRefusal(error, facts);
  return refused(code, message);
}

/** The AuthZEN Authorization API 1.0 over HTTP, and the grant door beside it (docs/authzen.md). */
export function registerAuthzen(server: FastifyInstance, ask: AskAuthzen, publicUrl: string | null): void {
  const config = { authzen: true };

  server.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => send(reply, replyTo(error, request.facts)));

    // Before the body is read, as with who is calling.
    scope.addHook("onRequest", (request, _reply, done) => {
      if (request.routeOptions.config.open === true || request.routeOptions.config.anyCaller === true) return done();
      try {
        requireDoor(callerOf(request), request.routeOptions.url ?? "");
        done();
      } catch (error) {
        done(error as Error);
      }
    });

    for (const url of Object.keys(APIS)) {
      scope.post(url, { config }, async (request, reply) =>
        send(reply, await ask(url, callerOf(request), request.body ?? undefined, request.facts)),
      );
      scope.route({
        method: ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"],
        url,
        config: { ...config, anyCaller: true },
        handler: async (request, reply) => {
          request.facts.codes = ["BAD_USER_INPUT"];
          const { body } = refused("BAD_USER_INPUT", "This is asked by POST.");
          reply.header("allow", "POST");
          return send(reply, { status: 405, body, code: "BAD_USER_INPUT" });
        },
      });
    }

    const document = JSON.stringify(openapi());
    scope.get(OPENAPI_PATH, { config }, async (_request, reply) =>
      send(reply, { status: 200, body: document, code: null }),
    );
    scope.get(METADATA_PATH, { config: { ...config, open: true } }, async (request, reply) =>
      send(reply, { status: 200, body: metadata(baseOf(request, publicUrl)), code: null }),
    );
  });
}
