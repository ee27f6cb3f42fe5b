import { kindOf, type LintFinding, type LintInput, listed } from "./finding.ts";
import { wordsOf } from "./names.ts";

/** The categories that law treats apart, by the words that name them in a scope. */
const CATEGORIES: readonly { readonly name: string; readonly words: RegExp }[] = [
  { name: "behavioural health", words: /\b(?:behaviou?ral|mental|psych\w*|counsell?ing)\b/ },
  {
    name: "substance use",
    words: /\b(?:substance (?:use|abuse|misuse)|addiction\w*|alcohol\w*|opioids?|sud|detox\w*)\b/,
  },
  { name: "HIV", words: /\bhiv\b/ },
  {
    name: "reproductive health",
    words: /\b(?:reproductive|pregnan\w*|abortions?|contracepti\w*|fertility|obstetric\w*|family planning)\b/,
  },
];

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

/** A scope that names a sensitive category, and reaches more than it. */
export function sensitiveNamed({ name, title, atoms }: LintInput): LintFinding | null {
  const text = wordsOf(`${name} ${title ?? ""}`).join(" ");
  const found = CATEGORIES.filter((category) => category.words.test(text)).map((category) => category.name);
  const open = atoms.find((atom) => atom.constraint.length === 0);
  if (found.length === 0 || open === undefined) return null;
  return {
    code: "SENSITIVE_CATEGORY",
    severity: "WARNING",
    message: `It is about ${listed(found)}, and no constraint keeps ${open.resourceType} to that.`,
    narrowing: "Constrain it by category, code or _security, or write a deny rule on the labels of the resource.",
  };
}

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
