import type { Authorizer } from "../domain/decisions/authorize.ts";
import type { DecideFacts } from "../domain/decisions/facts.ts";
import type { InputLimits } from "../domain/decisions/input.ts";
import { type ErrorCode, ScopewardenError } from "../domain/kernel/errors.ts";
import type { Breathe } from "./sortedInParts.ts";

/** What the APIs rest on. */
export interface AuthzenDeps {
  /** Decides and records: every decision that is answered goes through it. */
  readonly authorizer: Authorizer;
  /** What a decision made now would rest on. @throws ScopewardenError POLICY_UNAVAILABLE */
  readonly facts: () => DecideFacts;
  readonly inputLimits: InputLimits;
  /** Evaluations that one request may ask for. */
  readonly evaluations: number;
  readonly breathe: Breathe;
}

/** An answer for the wire: the status, the body as JSON text, and the code of an error. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly code: ErrorCode | null;
}

/**
 * Status codes of the HTTPS binding (Authorization API 1.0, "Error Responses"): 400, 401, 403 and 500. 503 is HTTP's
 * own, for what will pass. A denial is none of these: it is 200 with `decision: false`.
 */
export const AUTHZEN_STATUS: { readonly [C in ErrorCode]: number } = {
  BAD_USER_INPUT: 400,
  LIMIT_EXCEEDED: 400,
  NOT_FOUND: 400,
  CONFLICT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  POLICY_UNAVAILABLE: 503,
  JOURNAL_UNAVAILABLE: 503,
  AUTHENTICATION_UNAVAILABLE: 503,
  INTERNAL: 500,
};

const answered = (body: string): Reply => ({ status: 200, body, code: null });

/** A refusal of the whole request. The form is that of `context.error`, which the standard has for one evaluation. */
export function refused(code: ErrorCode, message: string): Reply {
  const status = AUTHZEN_STATUS[code];
  return { status, body: JSON.stringify({ error: { status, code, message } }), code };
}

/** The reply to work that may fail as a whole. What is not for the caller to know is thrown on. */
export async function replying(work: () => Promise<string> | string): Promise<Reply> {
  try {
    return answered(await work());
  } catch (error) {
    if (error instanceof ScopewardenError && error.code !== "INTERNAL") return refused(error.code, error.message);
    throw error;
  }
}
