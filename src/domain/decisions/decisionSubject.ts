import { patientsOf } from "./patientsOf.ts";
import type { DecisionRecord } from "./types.ts";

/** What a decision was about, in the words by which decisions are listed and found. */
export interface DecisionSubject {
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string | null;
  /** The one that is named as such; of several where none is, the first. */
  readonly patient: string | null;
  /** All of them. */
  readonly patients: readonly string[];
}

/** A grant is the action `grant` on a `scope`, for the patient in context. Its kind, not these words, tells it apart. */
export function decisionSubject(record: DecisionRecord): DecisionSubject {
  if (record.kind === "GRANT") {
    const patient = record.request.context?.patient ?? null;
    return {
      action: "grant",
      resourceType: "scope",
      resourceId: null,
      patient,
      patients: patient === null ? [] : [patient],
    };
  }
  const { action, resource } = record.request;
  const asked = patientsOf(resource);
  const patients = asked.length > 0 ? asked : (record.patients ?? []);
  const patient = resource.patient ?? patients[0] ?? null;
  return { action, resourceType: resource.type, resourceId: resource.id, patient, patients };
}
