import { isFhirType, patientParameters } from "../fhir.ts";
import { isSharedType } from "../sharedTypes.ts";
import { distinct, kindOf, type LintFinding, type LintInput, listed } from "./finding.ts";

const belonging = (types: readonly string[]): string => `${listed(types)} ${types.length === 1 ? "belongs" : "belong"}`;

/** Patient context on a type that belongs to no patient: it never reaches one, or only where a setting lets it. */
export function outsideCompartment({ atoms }: LintInput): LintFinding | null {
  const outside = atoms.filter(
    ({ context, resourceType }) =>
      context === "PATIENT" && isFhirType(resourceType) && patientParameters(resourceType).length === 0,
  );
  if (outside.length === 0) return null;
  const isShared = ({ action, resourceType }: (typeof outside)[number]): boolean =>
    isSharedType(resourceType) && kindOf(action) === "read";
  const lost = distinct(outside.filter((atom) => !isShared(atom)).map(({ resourceType }) => resourceType));
  const shared = distinct(outside.filter(isShared).map(({ resourceType }) => resourceType));
  const message = [
    ...(lost.length === 0
      ? []
      : [`${belonging(lost)} to no patient in FHIR, so patient context probably never reaches one.`]),
    ...(shared.length === 0
      ? []
      : [
          `${belonging(shared)} to no patient in FHIR: patient context reads and searches one only where an organization's setting patientScopesReachShared says so.`,
        ]),
  ];
  const narrowing =
    shared.length === 0
      ? "Use the user or system context for it."
      : "Use the user or system context for it, or see that the setting is on.";
  return { code: "OUTSIDE_PATIENT_COMPARTMENT", severity: "WARNING", message: message.join(" "), narrowing };
}
