import { type ErrorCode, ScopewardenError } from "../../domain/kernel/errors.ts";

/** An error in words of our own for the operator: it holds no statement and no row. */
export class OperatorError extends Error {
  override readonly name: string = "OperatorError";
}

type DriverError = { readonly code?: unknown; readonly message?: unknown; readonly driverError?: unknown };

const driverErrorOf = (error: unknown): DriverError => {
  if (typeof error !== "object" || error === null) return {};
  const outer = error as DriverError;
  return typeof outer.driverError === "object" && outer.driverError !== null
    ? (outer.driverError as DriverError)
    : outer;
};

/** The driver's code: `SQLITE_FULL`, a PostgreSQL SQLSTATE, a Node.js system error; or null. */
export function codeOf(error: unknown): string | null {
  const { code } = driverErrorOf(error);
  return typeof code === "string" && code !== "" ? code : null;
}

/** Whether it comes of a value that is none of its kind, and not of the database or of the machine. */
export const isOfValue = (error: unknown): boolean => {
  const code = codeOf(error);
  return code === null || code.startsWith("ERR_");
};

/**
 * An error in words that are safe to log. PostgreSQL quotes row contents in the messages of its classes 22 and 23,
 * so for these the code has to do.
 */
export function describe(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  const code = codeOf(error);
  if (code !== null && /^2[23]/.test(code)) return `SQLSTATE ${code}`;
  const { message } = driverErrorOf(error);
  const text = (typeof message === "string" ? message : String(error)).slice(0, 200);
  return code === null || text.includes(code) ? text : `${code}: ${text}`;
}

/**
 * An error without what the driver put into it: TypeORM attaches the statement and its parameters, and those are
 * patient data.
 */
export function scrubbed(error: unknown): Error {
  if (error instanceof ScopewardenError || error instanceof OperatorError) return error;
  return Object.assign(new Error(describe(error)), { code: codeOf(error) });
}

/** An error as the ports promise it: domain errors as they are, anything else as `code`. */
export function asUnavailable(code: ErrorCode, message: string, error: unknown): ScopewardenError {
  if (error instanceof ScopewardenError) return error;
  return new ScopewardenError(code, message, { cause: scrubbed(error) });
}

/** Whether another process has a file, for as long as a statement waits for that or beyond. */
export const isLocked = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error) ?? "");

/**
 * Nobody listens yet, or no name is known yet; PostgreSQL's `cannot_connect_now`, `admin_shutdown`, `crash_shutdown` and `too_many_connections`.
 * A wrong password, user or database has other codes.
 */
const NOT_YET_CODES = /^(E(CONNREFUSED|CONNRESET|PIPE|AI_AGAIN|HOSTUNREACH|NETUNREACH|TIMEDOUT)|57P0[123]|53300)$/;

/** Whether a server may take a connection a little later. */
export function isNotYetThere(error: unknown): boolean {
  const { message } = driverErrorOf(error);
  const text = typeof message === "string" ? message : "";
  return (
    NOT_YET_CODES.test(codeOf(error) ?? "") || LATE_TEXT.test(text) || text === "Connection terminated unexpectedly"
  );
}

/** PostgreSQL's `lock_not_available` and `query_canceled`, and what the driver says of a server that is silent. */
const LATE_CODES = new Set(["55P03", "57014", "ETIMEDOUT"]);
const LATE_TEXT = /^(Query read timeout|timeout expired|Connection terminated due to connection timeout)/;

/** Whether the database had its time and did not answer: to ask again at once would make the caller wait twice. */
export function isLate(error: unknown): boolean {
  const { message } = driverErrorOf(error);
  return (
    isLocked(error) || LATE_CODES.has(codeOf(error) ?? "") || (typeof message === "string" && LATE_TEXT.test(message))
  );
}

const UNIQUE_VIOLATION = "23505";

/** Whether a row of that identity is there already. The connection is sound after it. */
export function isUniqueViolation(error: unknown): boolean {
  const code = codeOf(error);
  if (code === UNIQUE_VIOLATION) return true;
  return code === "SQLITE_CONSTRAINT" && describe(error).includes("UNIQUE");
}
