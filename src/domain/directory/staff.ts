import { isProgram } from "../callers/samePerson.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { USER } from "../policy/types.ts";
import { isFhirType } from "../scopes/fhir.ts";
import { type Directory, entityOf } from "./directory.ts";
import { isPatientsEntry } from "./patientsEntry.ts";

/** Whether entities of a type may be somebody who works here: a type of people, of FHIR's practitioners alone. */
export const isStaffType = (type: string, { subjectTypes }: Pick<Snapshot, "subjectTypes">): boolean =>
  type === "Practitioner" || (!isFhirType(type) && !isProgram(type) && (type === USER || subjectTypes.has(type)));

/** Whether the directory knows a subject as somebody who works here, or the subject is a program: whom it does not know may be a patient. */
export function isKnownStaff(
  directory: Directory,
  policy: Pick<Snapshot, "subjectTypes">,
  { id, type }: { readonly type: string; readonly id: string },
): boolean {
  if (isProgram(type)) return true;
  const entity = isStaffType(type, policy) ? entityOf(directory, type, id) : undefined;
  return entity !== undefined && !isPatientsEntry(directory, entity);
}
