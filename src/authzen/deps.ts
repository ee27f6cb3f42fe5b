import type { Caller } from "../domain/callers/types.ts";
import type { Authorizer } from "../domain/decisions/authorize.ts";
import type { DecideFacts } from "../domain/decisions/facts.ts";
import type { GatherAccess } from "../domain/decisions/gather.ts";
import type { InputLimits } from "../domain/decisions/inputReader.ts";
import type { Breathe } from "../domain/kernel/ports.ts";
import type { Turns } from "../domain/kernel/turns.ts";

/** What the APIs rest on. */
export interface AuthzenDeps {
  /** Decides and records: every decision that is answered goes through it. */
  readonly authorizer: Authorizer;
  /** What a decision made now would rest on. @throws ScopewardenError POLICY_UNAVAILABLE */
  readonly facts: () => DecideFacts;
  /** What decisions would rest on beside it, for searches. */
  readonly gather: GatherAccess;
  readonly inputLimits: InputLimits;
  /** Evaluations that one request may ask for. */
  readonly evaluations: number;
  /** Bytes that the entities of all evaluations may come to, the defaults counted for each that they stand for. */
  readonly bytes: number;
  /** Candidates that one page of a search looks at. */
  readonly scanned: number;
  readonly breathe: Breathe;
  readonly turns: Turns;
}

/** One of the APIs: from parsed JSON, undefined for an empty body, to the JSON text of the answer. @throws ScopewardenError */
export type Api = (deps: AuthzenDeps, caller: Caller, body: unknown) => Promise<string>;
