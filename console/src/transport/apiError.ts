/** What is wrong with one member of an input, as the service says it. */
export interface Problem {
  /** Where it stands, such as `input.resource.type`; empty: the whole input. */
  readonly path: string;
  readonly message: string;
}

/** A refusal of the service, in its own words, or that there was no answer. */
export class ApiError extends Error {
  /** `extensions.code`; NETWORK: there was no answer. */
  readonly code: string;
  readonly problems: readonly Problem[];
  /** Of RFC 9470: how long ago the sign-in may have been at most, in seconds; null: it is not that which is missing. */
  readonly maxAge: number | null;
  /** After how long to ask again, as the service or a proxy before it says; null: it says nothing of that. */
  readonly retryAfterMs: number | null;

  constructor(
    code: string,
    message: string,
    more: {
      readonly problems?: readonly Problem[];
      readonly maxAge?: number | null;
      readonly retryAfterMs?: number | null;
    } = {},
  ) {
    super(message);
    this.code = code;
    this.problems = more.problems ?? [];
    this.maxAge = more.maxAge ?? null;
    this.retryAfterMs = more.retryAfterMs ?? null;
  }
}

/** Whether the same question may be answered in a moment. */
export const isPassing = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === "NETWORK" || error.code.endsWith("_UNAVAILABLE"));

export const errorOf = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError("INTERNAL", error instanceof Error ? error.message : String(error));
