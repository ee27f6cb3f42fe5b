/**
 * Every way in which the service can fail to do what it was asked. Closed: each edge has one table from
 * code to wire form, so that a new code does not compile until every edge answers for it.
 * A denial is a value and is not among them.
 */
export type ErrorCode =
  | "BAD_USER_INPUT"
  | "UNAUTHENTICATED"
  | "INSUFFICIENT_USER_AUTHENTICATION"
  | "FORBIDDEN"
  | "FOUR_EYES_REQUIRED"
  | "NOT_FOUND"
  | "CONFLICT"
  | "LIMIT_EXCEEDED"
  | "TOO_MANY_FAILURES"
  | "POLICY_UNAVAILABLE"
  | "JOURNAL_UNAVAILABLE"
  | "AUTHENTICATION_UNAVAILABLE"
  | "INTERNAL";

/** One thing that is wrong with an input: where (`operations[2].putRule.when`), and what was expected. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/**
 * The one error of the domain. `message` and `problems` are public: they may be sent to the caller.
 * `cause` is internal: it may be logged by an operator's choice, and is never sent.
 */
export class ScopewardenError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];

  constructor(
    code: ErrorCode,
    message: string,
    details: { readonly problems?: readonly Problem[]; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = "ScopewardenError";
    this.code = code;
    this.problems = details.problems ?? [];
  }
}

/** A BAD_USER_INPUT that lists every problem, the first of them in the message. */
export function badInput(problems: readonly Problem[]): ScopewardenError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  const text = first === undefined ? "The input is not valid." : `${first.path}: ${first.message}${more}`;
  return new ScopewardenError("BAD_USER_INPUT", text, { problems });
}

/** That what was asked for does not fit what is there by now. */
export const conflict = (message: string): ScopewardenError =>
  new ScopewardenError("CONFLICT", `${message} Nothing was changed.`);
