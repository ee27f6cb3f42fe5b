import { interactions } from "../atom.ts";
import { isFhirType, patientParameters, slipOfFhirType } from "../fhir.ts";
import { distinct, type LintFinding, type LintInput, listed } from "./finding.ts";

/** No atoms: the scope can be granted and never helps. */
export function grantsNothing({ atoms }: LintInput): LintFinding | null {
  if (atoms.length > 0) return null;
  return {
    code: "GRANTS_NOTHING",
    severity: "WARNING",
    message: "It has no atoms, so it permits nothing.",
    narrowing: "Declare one action on one data type.",
  };
}

/** FHIR operations that return a whole record, or everybody's. */
export function wholeRecord({ atoms }: LintInput): LintFinding | null {
  const found = distinct(
    atoms.map((atom) => atom.action).filter((action) => /^\$(?:everything|export|docref|summary)$/.test(action)),
  );
  if (found.length === 0) return null;
  return {
    code: "WHOLE_RECORD_OPERATION",
    severity: "WARNING",
    message: `${listed(found)} answers with resources of many types at once, whatever type the scope names.`,
    narrowing: "Prefer read and search on the types that are needed.",
  };
}

/** Words that people write for FHIR interactions, with the interactions that they mean. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ["view", "read and search"],
  ["get", "read"],
  ["list", "search"],
  ["query", "search"],
  ["find", "search"],
  ["write", "create, update and delete"],
  ["edit", "update"],
  ["modify", "update"],
  ["add", "create"],
  ["remove", "delete"],
  ["history", "history-instance or history-type"],
  ["rs", "read and search"],
  ["cud", "create, update and delete"],
  ["cruds", "create, read, update, delete and search"],
]);

/** An action on a FHIR type that stands for itself where an interaction was probably meant. */
export function actionIsNoInteraction({ atoms }: LintInput): LintFinding | null {
  const slip = atoms.find((atom) => isFhirType(atom.resourceType) && meant(atom.action) !== null);
  if (slip === undefined) return null;
  return {
    code: "ACTION_NOT_AN_INTERACTION",
    severity: "WARNING",
    message: `"${slip.action}" is no FHIR interaction, and permits only requests whose action is called "${slip.action}".`,
    narrowing: `If the FHIR interaction is meant, write ${meant(slip.action)}.`,
  };
}

function meant(action: string): string | null {
  if (interactions.includes(action)) return null;
  const lower = action.toLowerCase();
  return MEANT.get(lower) ?? (interactions.includes(lower) ? lower : null);
}

/** A custom type one slip away from a FHIR type. With a capital it would have been refused. */
export function typeLooksLikeFhir({ atoms }: LintInput): LintFinding | null {
  for (const { resourceType } of atoms) {
    const near = slipOfFhirType(resourceType);
    if (near === null || resourceType.length < 4) continue;
    return {
      code: "TYPE_LOOKS_LIKE_FHIR",
      severity: "WARNING",
      message: `"${resourceType}" is a custom type; FHIR's is "${near}", and this scope does not reach it.`,
      narrowing: `Write ${near} if FHIR resources are meant.`,
    };
  }
  return null;
}

/** Patient context on a type that belongs to no patient. */
export function outsideCompartment({ atoms }: LintInput): LintFinding | null {
  const lost = distinct(
    atoms
      .filter((atom) => atom.context === "PATIENT" && isFhirType(atom.resourceType))
      .map((atom) => atom.resourceType)
      .filter((type) => patientParameters(type).length === 0),
  );
  if (lost.length === 0) return null;
  return {
    code: "OUTSIDE_PATIENT_COMPARTMENT",
    severity: "WARNING",
    message: `${listed(lost)} belongs to no patient in FHIR R4, so patient context probably never reaches one.`,
    narrowing: "Use the user or system context for it.",
  };
}
