import { type ErrorCode, ScopewardenError } from "../domain/kernel/errors.ts";
import { errorFacts } from "../process/log.ts";
import type { RequestFacts } from "./requestFacts.ts";

/** Why a request was refused as a whole; the message is public. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The refusal for whatever was thrown. Of what nobody foresaw, the log is told and the caller is not. */
export function refusalOf(error: unknown, facts: RequestFacts): Refusal {
  const { code, message }: Refusal =
    error instanceof ScopewardenError && error.code !== "INTERNAL"
      ? error
      : { code: "INTERNAL", message: "Something went wrong inside the service." };
  facts.codes = [code];
  if (code === "INTERNAL") facts.internal.push(errorFacts(error));
  return { code, message };
}
