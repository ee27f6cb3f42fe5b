import type { Caller } from "../../callers/types.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import type { AccessRequest } from "../../decisions/types.ts";
import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import type { NewId, Sha256 } from "../../kernel/ports.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import { type Act, simulationAct } from "../../record/acts.ts";
import type { AskedFacts } from "../askedFacts.ts";

/** With the consents of those whom a request names, as they are now, and their emergencies. */
export async function withGathered(
  facts: DecideFacts,
  gather: AskedFacts["gather"],
  request: AccessRequest,
): Promise<DecideFacts> {
  const gathered = (await gather(facts, [request])).get(request);
  return gathered === undefined ? facts : { ...facts, gathered };
}

/** Puts on record what somebody asked of who can reach what, and about whom. */
export const searchRecorder =
  ({
    newId,
    recordAct,
    sha256,
  }: {
    readonly newId: NewId;
    readonly recordAct: (act: Act) => Promise<void>;
    readonly sha256: Sha256;
  }) =>
  (
    caller: Caller,
    asked: {
      readonly field: string;
      readonly at: number;
      readonly baseRevision: number;
      readonly patients: readonly string[];
      readonly operations?: readonly PolicyOperation[];
    },
  ) => {
    const { operations = [] } = asked;
    return recordAct(
      simulationAct(newId(), {
        ...asked,
        callerId: caller.id,
        operations: operations.length,
        operationsSha256: sha256(canonicalJson(operations as unknown as Json)),
        questions: 1,
      }),
    );
  };
