import { PATIENT_TYPE, patientId, patientProblem } from "../kernel/patientId.ts";
import type { Reader } from "../kernel/reader.ts";
import type { Resource } from "./types.ts";

/** The patient that the member `name` of what stands at `path` names, null when there is none. */
export function readPatient(
  reader: Reader,
  value: string | null | undefined,
  path: string,
  name = "patient",
): string | null {
  if (value === undefined || value === null) return null;
  return reader.text(patientId(value), path, name, patientProblem);
}

/** The same of several, each once. An empty list names nobody, as none does. */
export function readPatients(
  reader: Reader,
  values: readonly string[] | null | undefined,
  path: string,
  most: number,
): readonly string[] | null {
  if (values === undefined || values === null || values.length === 0) return null;
  if (values.length > most) return reader.problem(`${path}.patients`, `must have at most ${most} items`);
  const ids = values.map(patientId);
  for (const [i, id] of ids.entries()) reader.expect(`${path}.patients[${i}]`, patientProblem(id));
  return [...new Set(ids)];
}

type Named = Pick<Resource, "id" | "patient" | "patients" | "type">;

/** How what a resource says of its patients contradicts itself, with the member to blame; null: it does not. */
export function patientContradiction({
  id,
  patient,
  patients,
  type,
}: Named): { readonly member: "patient" | "patients"; readonly message: string } | null {
  if (type === PATIENT_TYPE && id !== null) {
    const message = `must be ${id}: the patient of a resource of type Patient is its id`;
    if (patient !== null && patient !== id) return { member: "patient", message };
    if (patients?.some((each) => each !== id)) return { member: "patients", message };
  }
  if (patient !== null && patients !== null && !patients.includes(patient))
    return { member: "patient", message: "must be among patients" };
  return null;
}

/**
 * The same resource with another id, as a search asks about each candidate; null: its patient would be another than the
 * one that is named, so that an evaluation of it would be refused.
 */
export function withResourceId(resource: Resource, value: string): Resource | null {
  if (resource.type !== PATIENT_TYPE) return { ...resource, id: value };
  const id = patientId(value);
  const named = { ...resource, id };
  return patientContradiction(named) === null ? { ...named, patient: id } : null;
}
