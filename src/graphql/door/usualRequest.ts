import type { IncomingHttpHeaders } from "node:http";
import { HeaderMap } from "@apollo/server";

/** What Apollo reads from the body of a POST. */
export interface Question {
  query: string;
  operationName?: string;
  variables?: Record<string, unknown>;
  extensions?: Record<string, unknown>;
}

/** The form in which clients say that they send JSON; all others are looked at anew each time. */
const JSON_TYPES: ReadonlySet<unknown> = new Set([
  "application/json",
  "application/json; charset=utf-8",
  "application/json;charset=utf-8",
]);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined;

/** The question of a POST with a JSON body in which nothing is amiss; null for anything else. */
export function plainQuestion({
  method,
  headers,
  body,
}: {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}): Question | null {
  if (method !== "POST" || !JSON_TYPES.has(headers["content-type"]) || !isObject(body)) return null;
  const { query, operationName, variables, extensions } = body;
  if (typeof query !== "string" || query === "") return null;
  const question: Question = { query };
  if (typeof operationName === "string") question.operationName = operationName;
  else if (!isAbsent(operationName)) return null;
  if (isObject(variables)) question.variables = variables;
  else if (!isAbsent(variables)) return null;
  if (isObject(extensions)) question.extensions = extensions;
  else if (!isAbsent(extensions)) return null;
  return question;
}

/** An `Accept` header that Apollo has answered to: the media type that it chose, and the header as Apollo reads it. */
export interface Accepted {
  readonly contentType: string;
  readonly headers: HeaderMap;
}

const MAX_ACCEPTED = 64;
const MAX_ACCEPT_LENGTH = 256;

/** Apollo's choice of a media type depends on the `Accept` header alone, so it need not be made again for each request. */
export function createAcceptedTypes(): {
  of(accept: string | undefined): Accepted | undefined;
  /** Learns from an answer with the status 200, which says that the header was acceptable. */
  learn(accept: string | undefined, contentType: string | undefined): void;
} {
  const known = new Map<string, Accepted>();
  return {
    of: (accept = "") => known.get(accept),
    learn(accept = "", contentType) {
      if (contentType === undefined || accept.length > MAX_ACCEPT_LENGTH || known.size >= MAX_ACCEPTED) return;
      const headers = new HeaderMap([["content-type", "application/json"]]);
      if (accept !== "") headers.set("accept", accept);
      known.set(accept, { contentType, headers });
    },
  };
}
