import { kindOf, type LintFinding, type LintInput, listed } from "./finding.ts";
import { CATEGORIES } from "./sensitiveCategories.ts";
import { sensitiveNamed } from "./sensitiveNamed.ts";

/** Types whose resources carry any of the categories, unless a constraint keeps them out. */
const CARRIERS: ReadonlySet<string> = new Set([
  "*",
  "CarePlan",
  "ClinicalImpression",
  "Composition",
  "Condition",
  "DiagnosticReport",
  "DocumentReference",
  "Encounter",
  "MedicationAdministration",
  "MedicationDispense",
  "MedicationRequest",
  "MedicationStatement",
  "Observation",
  "Procedure",
  "QuestionnaireResponse",
]);

/** Unconstrained reading of a type that carries sensitive categories among the rest. */
export function sensitiveUnconstrained(input: LintInput): LintFinding | null {
  // One remark is enough: naming the category is the more exact one.
  if (sensitiveNamed(input) !== null) return null;
  const open = input.atoms.find(
    (atom) => CARRIERS.has(atom.resourceType) && kindOf(atom.action) === "read" && atom.constraint.length === 0,
  );
  if (open === undefined) return null;
  const all = listed(CATEGORIES.map((category) => category.name));
  return {
    code: "SENSITIVE_UNCONSTRAINED",
    severity: "WARNING",
    message: `${open.resourceType} without a constraint includes ${all}.`,
    narrowing: "Constrain it by category or code, or make sure that a deny rule on labels holds for this scope.",
  };
}
