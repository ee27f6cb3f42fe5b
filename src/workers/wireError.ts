import { type ErrorCode, type Problem, ScopewardenError } from "../domain/kernel/errors.ts";

/** A domain error on its way to another process: what callers may see of it, and nothing else. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly problems: readonly Problem[];
}

const CODES: Readonly<Record<ErrorCode, true>> = {
  BAD_USER_INPUT: true,
  UNAUTHENTICATED: true,
  FORBIDDEN: true,
  NOT_FOUND: true,
  CONFLICT: true,
  LIMIT_EXCEEDED: true,
  POLICY_UNAVAILABLE: true,
  JOURNAL_UNAVAILABLE: true,
  AUTHENTICATION_UNAVAILABLE: true,
  INTERNAL: true,
};

export function isWireError(value: unknown): value is WireError {
  const error = value as Partial<Record<keyof WireError, unknown>> | null;
  return (
    typeof error === "object" &&
    error !== null &&
    typeof error.code === "string" &&
    Object.hasOwn(CODES, error.code) &&
    typeof error.message === "string" &&
    Array.isArray(error.problems)
  );
}

export function toWire(error: unknown): WireError {
  if (!(error instanceof ScopewardenError))
    return { code: "INTERNAL", message: "Something went wrong in another process.", problems: [] };
  return { code: error.code, message: error.message, problems: error.problems };
}

export const fromWire = ({ code, message, problems }: WireError): ScopewardenError =>
  new ScopewardenError(code, message, { problems });
