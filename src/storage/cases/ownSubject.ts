import { PATIENT_TYPE } from "../../domain/kernel/patientId.ts";
import type { Dialect } from "../database/dialect.ts";

/** Whether the subject of a finding `f` is one of its patients, who are JSON there: SQL. */
export function isOwnSubject(dialect: Dialect): string {
  const named = `'"' || REPLACE(REPLACE(f."subject_id", '\\', '\\\\'), '"', '\\"') || '"'`;
  const place = dialect.name === "sqlite" ? "INSTR" : "STRPOS";
  return `(f."subject_type" = '${PATIENT_TYPE}' OR ${place}(f."patients", ${named}) > 0)`;
}
