import type { Identity } from "../domain/callers/types.ts";
import type { ErrorFacts } from "../process/log.ts";
import type { Tally } from "../process/metrics.ts";
import type { Deprecation } from "./deprecation.ts";

/** What is learned about a request on its way, for its one log line. Nothing here may come from its payload. */
export interface RequestFacts {
  caller: Identity | null;
  /** Its root fields, by the names that the schema has for them: what a caller calls an operation is the caller's to choose. */
  operation: { readonly type: string; readonly fields: readonly string[] } | null;
  readonly tally: Tally;
  /** The earliest end of a deprecated scope on which an answer rests. */
  deprecation: Deprecation | null;
  /** At which check an access token fell; null: none did. */
  tokenCheck: string | null;
  /** The codes of the errors that were sent. */
  codes: readonly string[];
  /** Errors whose nature the caller was not told. */
  readonly internal: ErrorFacts[];
}

export const newRequestFacts = (): RequestFacts => ({
  caller: null,
  operation: null,
  tally: { ALLOW: 0, DENY: 0 },
  deprecation: null,
  tokenCheck: null,
  codes: [],
  internal: [],
});
