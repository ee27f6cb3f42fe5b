import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyRequest, HTTPMethods } from "fastify";
import { APIS, type AuthzenQuestion } from "../authzen/authzenDoor.ts";
import { METADATA_PATH, metadata, tenantMetadataPath } from "../authzen/metadata.ts";
import { refused } from "../authzen/refused.ts";
import { badInput } from "../domain/kernel/errors.ts";
import { type Answer, type Door, jsonAnswer } from "../doors/answer.ts";
import type { Refusal } from "../doors/refusal.ts";
import { callerOf } from "./everyRequest.ts";
import type { RefusalAnswer } from "./refusal.ts";
import { sendAnswer } from "./sendAnswer.ts";

/** In the form of the APIs, which know one status for all that is wrong with a request. */
const refusalAnswer: RefusalAnswer = ({ code, message, headers = {} }) => ({
  ...refused({ code, message }),
  headers: Object.entries(headers),
});

// "The PDP MUST include the same identifier in the response" (section 10, "Request Identification").
const CONFIG = { echoesRequestId: true, refusalAnswer };

const METHODS: readonly HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** A refusal that HTTP has a status of its own for. */
function refusalWith(status: 404 | 405, request: FastifyRequest, refusal: Refusal): Answer {
  request.facts.codes = [refusal.code];
  return refused(refusal, status);
}
const NOT_FOUND: Refusal = { code: "NOT_FOUND", message: "There is nothing at this address." };

interface Resource {
  readonly methods: readonly HTTPMethods[];
  /** How it is asked, for whoever asked otherwise. */
  readonly asked: string;
  readonly config: { readonly open?: true; readonly door?: string };
  readonly answer: (request: FastifyRequest) => Promise<Answer> | Answer;
}

const BY_POST = {
  methods: ["POST"],
  asked: "This is asked by POST: what is asked names people, who are not to stand in URLs, and no cache may answer it.",
} as const;
const BY_GET = { methods: ["GET", "HEAD"], asked: "This is asked by GET." } as const;

/** What is at a URL: OPTIONS says by which methods it is asked, and another method is 405. */
function register(server: FastifyInstance, url: string, { methods, asked, config, answer }: Resource): void {
  const allow = [...methods, "OPTIONS"].join(", ");
  server.route({
    method: [...methods],
    url,
    config: { ...CONFIG, ...config },
    handler: async (request, reply) => sendAnswer(reply, await answer(request)),
  });
  server.route({
    method: METHODS.filter((method) => !methods.includes(method)),
    url,
    config: { ...CONFIG, ...(config.open === true ? { open: true } : {}) },
    async handler(request, reply) {
      reply.header("allow", allow);
      if (request.method === "OPTIONS") return reply.code(204).send();
      return sendAnswer(reply, refusalWith(405, request, { code: "BAD_USER_INPUT", message: asked }));
    },
  });
}

/** Where it is served. */
export const OPENAPI_PATH = "/access/v1/openapi.json";

/** The OpenAPI 3.1 description of what `src/http/authzenRoutes.ts` serves: the text of `docs/authzen.openapi.json`. */
export const openapi = (): string => readFileSync(new URL("../../docs/authzen.openapi.json", import.meta.url), "utf8");

const LOOPBACK = /^(127\.|::1$)/;
const inUrl = (address: string): string => (address.includes(":") ? `[${address}]` : address);

/** The names under which this server can be meant by whoever reached it at this end of a connection. */
function namesOf(configured: string, localAddress: string): readonly string[] {
  const address = localAddress.replace(/^::ffff:/, "");
  return [configured, address, ...(LOOPBACK.test(address) ? ["localhost"] : [])].map(inUrl);
}

/**
 * The URL by which a request has reached this server directly. A `Host` header is the caller's to choose: one that is not
 * known to be ours is never said back, or a cache between would hand it on to others.
 * @throws ScopewardenError BAD_USER_INPUT for a host that is not known.
 */
function ownUrl(
  host: string | undefined,
  { localAddress = "", localPort = 0 }: Pick<Socket, "localAddress" | "localPort">,
  configured: string,
): string {
  const asked = host?.toLowerCase();
  const named = namesOf(configured.toLowerCase(), localAddress).find(
    (name) => asked === `${name}:${localPort}` || (localPort === 80 && asked === name),
  );
  if (named === undefined)
    throw badInput([
      {
        path: "Host",
        message:
          "must be an address that this server knows for its own; where callers reach it under another, SCOPEWARDEN_PUBLIC_URL has to be set to that",
      },
    ]);
  return `http://${asked}`;
}

/** The AuthZEN Authorization API 1.0 over HTTP, and the grant door beside it (docs/authzen.md). */
export function registerAuthzen(
  server: FastifyInstance,
  deps: {
    readonly door: Door<AuthzenQuestion>;
    readonly settings: { readonly publicUrl: string | null; readonly host: string; readonly basePath: string };
  },
): void {
  const { door, settings } = deps;
  const { basePath, publicUrl, host } = settings;
  for (const path of Object.keys(APIS)) {
    register(server, path, {
      ...BY_POST,
      config: { door: path },
      answer: (request) => door(callerOf(request), { path, body: request.body ?? undefined }, request.facts),
    });
  }
  const document = jsonAnswer(200, openapi());
  register(server, OPENAPI_PATH, { ...BY_GET, config: { door: OPENAPI_PATH }, answer: () => document });
  const answer = ({ headers, raw }: FastifyRequest): Answer =>
    jsonAnswer(200, metadata(publicUrl ?? ownUrl(headers.host, raw.socket, host) + basePath));
  register(server, METADATA_PATH, { ...BY_GET, config: { open: true }, answer });
  const tenantPath = tenantMetadataPath(publicUrl === null ? basePath : new URL(publicUrl).pathname);
  register(server, `${METADATA_PATH}/*`, {
    ...BY_GET,
    config: { open: true },
    answer: (request) =>
      request.raw.url?.split("?")[0] === tenantPath ? answer(request) : refusalWith(404, request, NOT_FOUND),
  });
  server.route({
    method: [...METHODS],
    url: "/access/v1/*",
    config: CONFIG,
    handler: async (request, reply) => sendAnswer(reply, refusalWith(404, request, NOT_FOUND)),
  });
}
