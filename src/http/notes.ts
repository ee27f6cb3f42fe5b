import type { Caller } from "../domain/callers/types.ts";
import type { Deprecation } from "./deprecation.ts";
import type { ErrorFacts } from "./log.ts";
import type { Tally } from "./metrics.ts";

/** What is learned about a request on its way, for its one log line. Nothing here may come from its payload. */
export interface Notes {
  caller: Caller | null;
  operation: { readonly name: string | null; readonly type: string } | null;
  readonly tally: Tally;
  /** The earliest end of a deprecated scope on which an answer rests. */
  deprecation: Deprecation | null;
  /** The codes of the errors that were sent. */
  codes: readonly string[];
  /** Errors whose nature the caller was not told. */
  readonly internal: ErrorFacts[];
}

export const newNotes = (): Notes => ({
  caller: null,
  operation: null,
  tally: { ALLOW: 0, DENY: 0 },
  deprecation: null,
  codes: [],
  internal: [],
});

declare module "fastify" {
  interface FastifyRequest {
    notes: Notes;
  }
  interface FastifyContextConfig {
    /** Answers without asking who calls. */
    open?: boolean;
    /** Answers in the forms of the AuthZEN standard. */
    authzen?: boolean;
    /** Answers whoever is known, of any role. */
    anyCaller?: boolean;
  }
}
