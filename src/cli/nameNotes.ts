/**
 * A sentence for each purpose of use and resource type of a request that neither HL7 nor FHIR has, where one is near. It is asked all the
 * same: a policy may have names of its own.
 */
export async function nameNotes({
  purpose,
  resourceType,
}: {
  readonly purpose?: unknown;
  readonly resourceType?: unknown;
}): Promise<readonly string[]> {
  const notes: string[] = [];
  if (typeof purpose === "string" && !purpose.includes("|")) {
    const { isPurpose, meantPurpose } = await import("../domain/scopes/purposes.ts");
    const meant = meantPurpose(purpose);
    if (!isPurpose(purpose))
      notes.push(`${purpose} is no purpose of use of HL7.${meant === null ? "" : ` Did you mean ${meant}?`}`);
  }
  if (typeof resourceType === "string") {
    const { isFhirType, nearestFhirType } = await import("../domain/scopes/fhir.ts");
    const meant = isFhirType(resourceType) ? null : nearestFhirType(resourceType);
    if (meant !== null) notes.push(`FHIR has no resource type ${resourceType}. Did you mean ${meant}?`);
  }
  return notes;
}
