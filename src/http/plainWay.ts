import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { requireDoor } from "../domain/callers/permissions.ts";
import type { Caller } from "../domain/callers/types.ts";
import type { Authenticate } from "./authenticate.ts";
import { APIS, type AskAuthzen, replyTo, tell } from "./authzen.ts";
import type { Authentication } from "./credentials.ts";
import { deprecationHeaders } from "./deprecation.ts";
import { noteRefusal, tellRefusal } from "./errors.ts";
import type { GraphqlDoor, GraphqlRequest } from "./graphql.ts";
import { parseJson } from "./jsonText.ts";
import { errorFacts, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { type Notes, newNotes } from "./notes.ts";
import { JSON_TYPES } from "./plainRequest.ts";
import { noteAnswered } from "./requestLine.ts";
import { bodyBeside, type Told } from "./told.ts";

/** Takes over a request: it will be answered. */
export type Take = (request: IncomingMessage, response: ServerResponse) => void;

const GRAPHQL = "/graphql";
const PATHS: ReadonlySet<string> = new Set([GRAPHQL, ...Object.keys(APIS)]);

const LENGTH = /^\d{1,9}$/;

/** JSON of a length that is known and not too great. */
function isPlain(headers: IncomingHttpHeaders, requestBytes: number): boolean {
  const length = headers["content-length"];
  return (
    JSON_TYPES.has(headers["content-type"]) &&
    length !== undefined &&
    LENGTH.test(length) &&
    Number(length) <= requestBytes
  );
}

/**
 * The short way of the requests that come again and again: a POST of JSON to GraphQL or to an API, in the usual form, by
 * a known caller who may ask there. It takes the steps that depend on the request, and tells what the long way would
 * tell. All others go the long way, untouched; so whoever is not known or may not ask is refused there, before the body
 * is read.
 */
export function createPlainWay(deps: {
  readonly authenticate: Authenticate;
  readonly authzen: AskAuthzen;
  readonly graphql: Pick<GraphqlDoor, "ask">;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly settings: { readonly limits: { readonly requestBytes: number } };
  readonly draining: () => boolean;
}): (inFull: Take) => Take {
  const { authenticate, authzen, graphql, draining } = deps;
  const { requestBytes } = deps.settings.limits;

  async function askAuthzen(path: string, caller: Caller, text: string, notes: Notes): Promise<Told> {
    let reply: Awaited<ReturnType<AskAuthzen>>;
    try {
      reply = await authzen(path, caller, parseJson(text), notes);
    } catch (error) {
      reply = replyTo(error, notes);
    }
    return tell(reply);
  }

  async function askGraphql(text: string, request: Omit<GraphqlRequest, "body">): Promise<Told> {
    try {
      return await graphql.ask({ ...request, body: parseJson(text) });
    } catch (error) {
      return tellRefusal(noteRefusal(error, request.notes));
    }
  }

  function send(response: ServerResponse, requestId: string, told: Told, { deprecation }: Notes): void {
    const headers: Record<string, string | number> = {
      "x-request-id": requestId,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "content-type": told.contentType,
      "content-length": Buffer.byteLength(told.body),
    };
    for (const [name, value] of told.headers) headers[name] = value;
    if (draining()) headers.connection = "close";
    if (deprecation !== null && told.status < 300) Object.assign(headers, deprecationHeaders(deprecation));
    response.writeHead(told.status, headers);
    response.end(bodyBeside(requestId, told.body));
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    caller: Caller,
    text: string,
    since: number,
  ): Promise<void> {
    const { url: path = "", headers } = request;
    const ownId = randomUUID();
    const notes = newNotes();
    notes.caller = caller;
    const isGraphql = path === GRAPHQL;
    const told = await (isGraphql
      ? askGraphql(text, { method: "POST", search: "", headers, notes, requestId: ownId })
      : askAuthzen(path, caller, text, notes));
    // "The PDP MUST include the same identifier in the response" (AuthZEN 1.0 section 10, "Request Identification").
    const sent = isGraphql ? undefined : headers["x-request-id"];
    send(response, typeof sent === "string" && sent !== "" ? sent : ownId, told, notes);
    const ms = performance.now() - since;
    noteAnswered(deps, { requestId: ownId, method: "POST", route: path, status: told.status, ms, open: false, notes });
  }

  function listen(request: IncomingMessage, response: ServerResponse, caller: Caller, since: number): void {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => void parts.push(part));
    request.on("end", () => {
      const [only] = parts;
      const whole = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
      answer(request, response, caller, whole.toString("utf8"), since).catch((error: unknown) => {
        // An answer that could not be told, which nobody expects: this request ends, and not the service.
        deps.log.error({ error: errorFacts(error) }, "an answer could not be sent");
        response.destroy();
      });
    });
  }

  return (inFull) => (request, response) => {
    const { method, url = "", headers } = request;
    if (method !== "POST" || !PATHS.has(url) || !isPlain(headers, requestBytes)) {
      inFull(request, response);
      return;
    }
    const since = performance.now();
    const enter = (found: Authentication): void => {
      if (!found.ok || !mayAsk(found.caller, url)) inFull(request, response);
      else listen(request, response, found.caller, since);
    };
    const found = authenticate(headers.authorization);
    if (found instanceof Promise) found.then(enter, () => inFull(request, response));
    else enter(found);
  };
}

/** Permissions of GraphQL are by field, and looked at when the document is known. */
function mayAsk(caller: Caller, path: string): boolean {
  if (path === GRAPHQL) return true;
  try {
    requireDoor(caller, path);
    return true;
  } catch {
    return false;
  }
}
