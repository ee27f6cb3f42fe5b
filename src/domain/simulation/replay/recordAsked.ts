import type { Caller } from "../../callers/types.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { NewId, Sha256 } from "../../kernel/ports.ts";
import type { ChangeFacts } from "../../policy/apply.ts";
import { simulationAct } from "../../record/acts.ts";
import type { RecordAct } from "../whatIf.ts";
import type { ReplayQuery } from "./types.ts";

/** What every question about a change that is not made needs. */
export interface Asking {
  readonly facts: () => DecideFacts;
  readonly changeFacts: () => ChangeFacts;
  readonly recordAct: RecordAct;
  readonly sha256: Sha256;
  readonly newId: NewId;
}

/** SHA-256 of all that is asked: of the filter too, which may name a patient, and is not kept itself. */
export const askedDigest = ({ sha256 }: Pick<Asking, "sha256">, query: ReplayQuery): string =>
  sha256(canonicalJson(query as unknown as Json));

/** Puts on record that a replay was asked for. @throws ScopewardenError JOURNAL_UNAVAILABLE */
export function recordAsked(
  { newId, recordAct, sha256 }: Pick<Asking, "newId" | "recordAct" | "sha256">,
  asked: {
    readonly caller: Caller;
    readonly field: string;
    readonly query: ReplayQuery;
    /** How many decisions were made again; 0 of what has not begun. */
    readonly questions: number;
    readonly facts: DecideFacts;
    /** What else says which change it is: a proposal, a rollback. */
    readonly about?: { readonly [member: string]: Json } | undefined;
  },
): Promise<void> {
  const { about, caller, facts, field, query, questions } = asked;
  const { base, filter, operations } = query;
  return recordAct(
    simulationAct(newId(), {
      asked: { ...about, base, filter, operations } as unknown as { readonly [member: string]: Json },
      at: facts.now,
      baseRevision: facts.snapshot.revision,
      callerId: caller.id,
      field,
      operations: query.operations.length,
      operationsSha256: sha256(canonicalJson(query.operations as unknown as Json)),
      questions,
    }),
  );
}
