import type { ErrorCode } from "../domain/kernel/errors.ts";
import { type Answer, jsonAnswer } from "../doors/answer.ts";
import type { Refusal } from "../doors/refusal.ts";
import { HTTP_STATUS } from "../doors/status.ts";

/**
 * Status codes of the HTTPS binding (Authorization API 1.0, "Error Responses"): 400 for all that is wrong with a
 * request, 401, 403 and 500. 503 is HTTP's own, for what will pass. A denial is none of these: it is 200 with
 * `decision: false`.
 */
export const AUTHZEN_STATUS: { readonly [C in ErrorCode]: number } = { ...HTTP_STATUS, NOT_FOUND: 400, CONFLICT: 400 };

/**
 * A refusal of the whole request. The form is that of `context.error`, which the standard has for one evaluation; the status
 * in it is that of the answer.
 */
export function refused({ code, message }: Refusal, status: number = AUTHZEN_STATUS[code]): Answer {
  return jsonAnswer(status, JSON.stringify({ error: { status, code, message } }));
}
