import type { Caller } from "../callers/types.ts";
import type { Clock, NewId, Sha256 } from "../kernel/ports.ts";
import { type Act, simulationAct } from "../record/acts.ts";
import type { SimulationAct } from "../record/simulationAct.ts";

/** What was asked by name, without a change: by the name of the field, about whom and what, and how many questions it had. */
interface NamedQuestion extends Required<Pick<SimulationAct, "asked" | "field">> {
  readonly patients?: readonly string[];
  /** Absent: none. */
  readonly questions?: number;
}

/**
 * Puts on record, before the answer, that somebody asked about people by name: auditors find it in `questionsAsked`.
 * Rejects with JOURNAL_UNAVAILABLE.
 */
export type RecordNamed = (caller: Caller, question: NamedQuestion) => Promise<void>;

export const createRecordNamed =
  (deps: {
    readonly clock: Clock;
    readonly newId: NewId;
    readonly sha256: Sha256;
    readonly revision: () => number;
    readonly recordAct: (act: Act) => Promise<void>;
  }): RecordNamed =>
  (caller, { asked, field, patients = [], questions = 0 }) =>
    deps.recordAct(
      simulationAct(deps.newId(), {
        ...{ callerId: caller.id, at: deps.clock(), field, baseRevision: deps.revision() },
        ...{ operations: 0, operationsSha256: deps.sha256("[]"), questions },
        ...(patients.length > 0 && { patients }),
        asked,
      }),
    );
