import { type Answer, jsonAnswer } from "../doors/answer.ts";
import { type Refusal, refusalOf } from "../doors/refusal.ts";
import type { RequestFacts } from "../doors/requestFacts.ts";
import { HTTP_STATUS } from "../doors/status.ts";

/** A refusal by the edge itself, with what HTTP says beside the code. */
export interface HttpRefusal extends Refusal {
  /** Where HTTP has one that says more than the code's. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How a refusal reads at a route. */
export type RefusalAnswer = (refusal: HttpRefusal) => Answer;

/** In GraphQL's shape, outside GraphQL too, so that clients need one error path only. */
export const refusalAnswer: RefusalAnswer = ({ code, message, status = HTTP_STATUS[code], headers = {} }) =>
  jsonAnswer(status, JSON.stringify({ errors: [{ message, extensions: { code } }] }), Object.entries(headers));

/** What Fastify throws before a handler runs, in words of our own: its messages can quote the request. */
const FASTIFY_REFUSALS: { readonly [code: string]: HttpRefusal } = {
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, code: "LIMIT_EXCEEDED", message: "The request body is too large." },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: "BAD_USER_INPUT",
    message: "The content type must be application/json.",
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: "BAD_USER_INPUT",
    message: "The body is not as long as Content-Length says.",
  },
};

function fastifyRefusal(error: unknown): HttpRefusal | null {
  if (typeof error !== "object" || error === null) return null;
  const { code, statusCode: status } = error as { readonly code?: unknown; readonly statusCode?: unknown };
  const known = typeof code === "string" ? FASTIFY_REFUSALS[code] : undefined;
  if (known !== undefined) return known;
  return typeof status === "number" && status >= 400 && status < 500
    ? { status, code: "BAD_USER_INPUT", message: "The request is not valid." }
    : null;
}

/** The refusal for whatever was thrown while a request was handled. */
export function httpRefusalOf(error: unknown, facts: RequestFacts): HttpRefusal {
  const refusal = fastifyRefusal(error);
  if (refusal === null) return refusalOf(error, facts);
  facts.codes = [refusal.code];
  return refusal;
}
