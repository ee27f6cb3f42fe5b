import type { Caller } from "../callers/types.ts";
import type { Entity, EntityRef } from "../directory/entity.ts";
import { badInput } from "../kernel/errors.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import type { Clock, NewId, Sha256 } from "../kernel/ports.ts";
import { reasonProblem } from "../kernel/text.ts";
import { type Act, simulationAct } from "../record/acts.ts";

/** An entry of the directory that somebody opens, and why; of a proposal to change it, too. */
interface Opened extends EntityRef {
  readonly reason: string;
  readonly proposalId?: string;
}

/**
 * Puts on record, before the answer, that somebody opens an entry of the directory by name: auditors find it in `questionsAsked`.
 * @throws ScopewardenError BAD_USER_INPUT for the reason, JOURNAL_UNAVAILABLE
 */
export type RecordOpened = (caller: Caller, opened: Opened, entity: Entity | null) => Promise<void>;

function patientsOf({ id, type }: EntityRef, entity: Entity | null): readonly string[] {
  if (type === PATIENT_TYPE) return [id];
  const { patient = null, patientRecord = null, patients = null } = entity?.properties ?? {};
  const named = [patient, patientRecord, patients].flat();
  return [...new Set(named.filter((each): each is string => typeof each === "string"))];
}

export const createRecordOpened =
  (deps: {
    readonly clock: Clock;
    readonly newId: NewId;
    readonly sha256: Sha256;
    readonly revision: () => number;
    readonly recordAct: (act: Act) => Promise<void>;
  }): RecordOpened =>
  async (caller, opened, entity) => {
    const problem = reasonProblem(opened.reason);
    if (problem !== null) throw badInput([{ path: "reason", message: problem }]);
    const patients = patientsOf(opened, entity);
    await deps.recordAct(
      simulationAct(deps.newId(), {
        ...{ callerId: caller.id, at: deps.clock(), field: "entity", baseRevision: deps.revision() },
        ...{ operations: 0, operationsSha256: deps.sha256("[]"), questions: 0 },
        ...(patients.length > 0 && { patients }),
        asked: { ...opened },
      }),
    );
  };
