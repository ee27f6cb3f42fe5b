import { createClient } from "@scopewarden/client";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { capabilityOf } from "./capability.ts";
import { forwardAuth, isFromProxy } from "./forwardAuth.ts";
import { createHolders } from "./holder.ts";
import { parseJson, writeJson } from "./json.ts";
import { createSeal } from "./links.ts";
import { type GuardAnswer, notThere, outcome, Refused, refuse } from "./outcome.ts";
import { read } from "./read.ts";
import { type Searching, search } from "./search.ts";
import type { GuardSettings } from "./settings.ts";
import { type Target, targetOf } from "./target.ts";
import { type Parameters, Upstream } from "./upstream.ts";
import { create, remove, update } from "./write.ts";

export interface Guard {
  /** Where it listens. */
  readonly url: string;
  close(): Promise<void>;
}

/** Of a request, for who runs it: it names nobody and no resource. */
export interface RequestLine {
  readonly method: string;
  /** What was asked, such as `search Observation`; empty: nothing that is served. */
  readonly what: string;
  readonly status: number;
  readonly ms: number;
}

const BODY_BYTES = 4 * 1024 * 1024;
const ALLOWED = ["GET", "HEAD", "POST", "PUT", "DELETE"];

const whatOf = (method: string, target: Target | null): string => {
  if (target === null) return "";
  if (!("type" in target)) return target.is.toLowerCase();
  const isSearch = target.is === "SEARCH" || (target.is === "TYPE" && method !== "POST");
  const names: Readonly<Record<string, string>> = { POST: "create", PUT: "update", DELETE: "delete" };
  return `${isSearch ? "search" : (names[method] ?? "read")} ${target.type}`;
};

/** Whether JSON is among what a client takes. */
const takesJson = (accept: string | undefined): boolean =>
  accept === undefined || accept === "" || /(\*\/\*|application\/\*|json)/i.test(accept);

const FORMATS: ReadonlySet<string> = new Set(["json", "application/json", "application/fhir+json"]);

function requireJson(request: FastifyRequest, given: Parameters): void {
  const formats = given.filter(([name]) => name === "_format").map(([, value]) => value.toLowerCase());
  if (formats.length === 0 ? !takesJson(request.headers.accept) : formats.some((each) => !FORMATS.has(each)))
    throw new Refused(refuse(406, "not-supported", "Only application/fhir+json is served."));
}

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
};

const methodNotAllowed = (): GuardAnswer =>
  refuse(405, "not-supported", "This is not served here.", { allow: ALLOWED.join(", ") });

const wrongBody = (): GuardAnswer =>
  refuse(
    415,
    "not-supported",
    "The body must be application/fhir+json, or of a search application/x-www-form-urlencoded.",
  );

/** @throws Refused for a body of another kind: what it asks for would be left out of the search */
function formOf({ body }: FastifyRequest): Parameters {
  if (body !== undefined && body !== null && !(body instanceof URLSearchParams)) throw new Refused(wrongBody());
  return body instanceof URLSearchParams ? [...body] : [];
}

/** Conditional writes are searches by another name, and tell what is there. */
const CONDITIONAL = ["if-none-exist", "if-none-match", "if-modified-since", "if-unmodified-since"];

interface Serving {
  readonly searching: Searching;
  readonly holderOf: ReturnType<typeof createHolders>;
  readonly smart: object | null;
}

async function answer(
  request: FastifyRequest,
  path: string,
  query: Parameters,
  serving: Serving,
): Promise<GuardAnswer> {
  const { holderOf, searching, smart } = serving;
  const target = targetOf(path);
  const method = request.method === "HEAD" ? "GET" : request.method;
  if (target?.is === "METADATA" || target?.is === "SMART") {
    if (method !== "GET") return methodNotAllowed();
    if (target.is === "SMART") return smart === null ? notThere() : { status: 200, body: smart };
    const upstream = await searching.upstream.metadata();
    return { status: 200, body: capabilityOf(upstream, searching.base, new Date().toISOString()) };
  }
  const holder = await holderOf(request.headers.authorization);
  if (target === null) return refuse(404, "not-supported", "This is not served here. GET metadata says what is.");
  requireJson(request, query);
  if (target.is === "SEARCH")
    return method === "POST"
      ? search(target.type, [...query, ...formOf(request)], holder, searching)
      : methodNotAllowed();
  if (target.is === "TYPE" && method === "GET") return search(target.type, query, holder, searching);
  if (target.is === "INSTANCE" && method === "GET")
    return read({ ...target, ifNoneMatch: header(request, "if-none-match") }, holder, searching);
  if (
    query.some(([name]) => name !== "_format" && name !== "_pretty") ||
    CONDITIONAL.some((name) => header(request, name) !== undefined)
  )
    throw new Refused(refuse(400, "not-supported", "Conditional writes are not served."));
  if (target.is === "TYPE" && method === "POST") return create(target.type, request.body, holder, searching);
  if (target.is !== "INSTANCE" || target.version !== null) return methodNotAllowed();
  const ifMatch = header(request, "if-match");
  if (method === "PUT") return update({ ...target, body: request.body, ifMatch }, holder, searching);
  if (method === "DELETE") return remove({ ...target, ifMatch }, holder, searching);
  return methodNotAllowed();
}

const FHIR_JSON = "application/fhir+json; charset=utf-8";

function send(reply: FastifyReply, { body, headers = {}, status }: GuardAnswer): FastifyReply {
  reply.code(status).headers({ ...headers, "cache-control": "no-store", "x-content-type-options": "nosniff" });
  if (body === undefined) return reply.send();
  return reply.header("content-type", FHIR_JSON).send(writeJson(body));
}

function parsers(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const json = (_request: FastifyRequest, body: Buffer, done: (error: Error | null, value?: unknown) => void): void => {
    try {
      done(null, body.length === 0 ? undefined : parseJson(new TextDecoder("utf-8", { fatal: true }).decode(body)));
    } catch {
      done(new Refused(refuse(400, "invalid", "The body must be JSON in UTF-8 that names no member twice.")));
    }
  };
  for (const type of ["application/json", "application/fhir+json"])
    server.addContentTypeParser(type, { parseAs: "buffer" }, json);
  server.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "buffer" }, (request, body, done) => {
    // Read in another encoding, it would be another search.
    if (!/^[^;]*(;\s*charset="?utf-8"?\s*)?$/i.test(request.headers["content-type"] ?? ""))
      done(new Refused(wrongBody()));
    else
      try {
        done(null, new URLSearchParams(new TextDecoder("utf-8", { fatal: true }).decode(body as Buffer)));
      } catch {
        done(new Refused(refuse(400, "invalid", "The body must be in UTF-8.")));
      }
  });
}

/** Fastify's own refusals, in our words. */
function refusalOf(error: unknown): GuardAnswer {
  if (error instanceof Refused) return error.answer;
  const { statusCode } = (error ?? {}) as { readonly statusCode?: unknown };
  if (statusCode === 413) return refuse(413, "invalid", "The body is too large.");
  if (statusCode === 415) return wrongBody();
  return typeof statusCode === "number" && statusCode < 500
    ? refuse(400, "invalid", "The request is not valid.")
    : { status: 500, body: outcome("exception", "The guard failed, so that nothing goes out.") };
}

/** Starts the guard. @throws where it can't listen, or a setting is wrong */
export async function startGuard(settings: GuardSettings, log: (line: RequestLine) => void): Promise<Guard> {
  const upstream = new Upstream(settings.upstream);
  const client = createClient(settings.service);
  const { organization, base, smart } = settings;
  const searching: Searching = {
    ...{ base, client, organization, upstream },
    options: { base: settings.upstream.url },
    seal: createSeal(settings.linkKey),
    mostLookedAt: settings.mostLookedAt,
  };
  const serving: Serving = { searching, smart, holderOf: createHolders(client, settings) };
  const server = fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    exposeHeadRoutes: false,
    forceCloseConnections: "idle",
    requestTimeout: 30_000,
    // Paths are read here, from what was sent: a router's own reading would be a second one.
    rewriteUrl: () => "/",
  });
  parsers(server);
  const prefix = new URL(base).pathname.replace(/\/$/, "");
  server.route({
    method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    url: "/",
    async handler(request, reply) {
      const began = performance.now();
      const { originalUrl, method } = request;
      const mark = originalUrl.indexOf("?");
      const path = mark < 0 ? originalUrl : originalUrl.slice(0, mark);
      if (path === "/livez") return send(reply, { status: 200, body: { status: "ok" } });
      const isForwarded = path === "/forward-auth" && isFromProxy(request, settings.forwardAuthFrom);
      const rest = path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1) : null;
      const query: Parameters = mark < 0 ? [] : [...new URLSearchParams(originalUrl.slice(mark + 1))];
      let given: GuardAnswer;
      try {
        given = isForwarded
          ? method === "GET"
            ? await forwardAuth(request, prefix, serving.holderOf, searching)
            : methodNotAllowed()
          : rest === null
            ? refuse(404, "not-supported", "This is not served here.")
            : await answer(request, rest, query, serving);
      } catch (error) {
        given = refusalOf(error);
      }
      log({
        method,
        what: isForwarded ? "forward-auth" : whatOf(method, rest === null ? null : targetOf(rest)),
        status: given.status,
        ms: Math.round(performance.now() - began),
      });
      return send(reply, method === "HEAD" ? { ...given, body: undefined } : given);
    },
  });
  server.setNotFoundHandler((_request, reply) => send(reply, methodNotAllowed()));
  server.setErrorHandler((error, _request, reply) => send(reply, refusalOf(error)));
  const url = await server.listen({ host: settings.host, port: settings.port });
  return { url, close: () => server.close() };
}
