import type { Caller } from "../callers/types.ts";
import type { Entity, EntityRef } from "../directory/entity.ts";
import { badInput } from "../kernel/errors.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import { reasonProblem } from "../kernel/text.ts";
import type { RecordNamed } from "./namedOnRecord.ts";

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
  (recordNamed: RecordNamed): RecordOpened =>
  (caller, opened, entity) => {
    const problem = reasonProblem(opened.reason);
    if (problem !== null) return Promise.reject(badInput([{ path: "reason", message: problem }]));
    return recordNamed(caller, { field: "entity", patients: patientsOf(opened, entity), asked: { ...opened } });
  };
