import { fhirReferencesOf } from "../directory/directory.ts";
import type { Properties } from "../directory/entity.ts";
import { canonicalReference, referencesTo } from "../scopes/fhirReference.ts";
import type { Subject } from "./types.ts";

type Named = Pick<Subject, "attributes" | "id" | "type">;

/** What a caller says the FHIR resource of a subject to be, as it is written; empty: what is no text, and can't be read. */
export function fhirUsersOf(subject: Pick<Subject, "attributes"> | null): readonly string[] {
  const value = subject?.attributes?.fhirUser ?? null;
  if (value === null) return [];
  return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).map((each) =>
    typeof each === "string" ? each : "",
  );
}

/** The FHIR resources by which somebody goes: by name, as the directory links them, and as the caller says. */
export const referencesOfSubject = (subject: Named, properties: Properties | null | undefined): readonly string[] => [
  ...referencesTo(subject),
  ...fhirReferencesOf(properties),
  ...fhirUsersOf(subject).flatMap((text) => canonicalReference(text.trim()) ?? []),
];
