import type { FastifyReply } from "fastify";
import { type ErrorCode, ScopewardenError } from "../domain/kernel/errors.ts";
import type { Answer } from "../doors/answer.ts";
import type { RequestFacts } from "../doors/requestFacts.ts";
import { HTTP_STATUS } from "../doors/status.ts";
import { errorFacts } from "../process/log.ts";

/** A refusal outside GraphQL, in GraphQL's shape so that clients need one error path only. */
export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal as it is told. */
function refusalAnswer({ status, code, message, headers = {} }: Refusal): Answer {
  const retry = status === 503 ? [["retry-after", "1"] as const] : [];
  return {
    status,
    contentType: "application/json; charset=utf-8",
    headers: [...retry, ...Object.entries(headers)],
    body: JSON.stringify({ errors: [{ message, extensions: { code } }] }),
  };
}

export function sendAnswer(
  reply: FastifyReply,
  { status, contentType, headers, body }: Answer,
  bytes: string | Buffer = body,
): FastifyReply {
  for (const [name, value] of headers) reply.header(name, value);
  return reply.code(status).header("content-type", contentType).send(bytes);
}

export const sendRefusal = (reply: FastifyReply, refusal: Refusal): FastifyReply =>
  sendAnswer(reply, refusalAnswer(refusal));

/** What Fastify throws before a handler runs, in words of our own: its messages can quote the request. */
const FASTIFY_REFUSALS: { readonly [code: string]: Refusal } = {
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: "LIMIT_EXCEEDED", message: "The request body is too large." },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: "BAD_USER_INPUT",
    message: "The content type must be application/json.",
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: "BAD_USER_INPUT",
    message: "The body is not as long as Content-Length says.",
  },
};

/** The refusal for whatever was thrown while a request was handled. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof ScopewardenError) {
    return { status: HTTP_STATUS[error.code], code: error.code, message: error.message };
  }
  const { code, statusCode } = (typeof error === "object" && error !== null ? error : {}) as {
    code?: unknown;
    statusCode?: unknown;
  };
  const known = typeof code === "string" ? FASTIFY_REFUSALS[code] : undefined;
  if (known !== undefined) return known;
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, code: "BAD_USER_INPUT", message: "The request is not valid." };
  }
  return { status: 500, code: "INTERNAL", message: "Something went wrong inside the service." };
}

/** The same, noted for the log. */
export function noteRefusal(error: unknown, facts: RequestFacts): Refusal {
  const refusal = refusalOf(error);
  facts.codes = [refusal.code];
  if (refusal.status === 500) facts.internal.push(errorFacts(error));
  return refusal;
}
