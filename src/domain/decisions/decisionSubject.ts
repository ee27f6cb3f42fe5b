import type { DecisionRecord } from "./types.ts";

/** What a decision was about, in the words by which decisions are listed and found. */
export interface DecisionSubject {
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string | null;
  readonly patient: string | null;
}

/** A grant is the action `grant` on a `scope`, for the patient in context. Its kind, not these words, tells it apart. */
export function decisionSubject(record: DecisionRecord): DecisionSubject {
  if (record.kind === "GRANT") {
    const patient = record.request.context?.patient ?? null;
    return { action: "grant", resourceType: "scope", resourceId: null, patient };
  }
  const { action, resource } = record.request;
  return {
    action,
    resourceType: resource.type,
    resourceId: resource.id,
    patient: resource.patient ?? record.patient ?? null,
  };
}
