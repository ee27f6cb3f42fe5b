import { interactions } from "../atom.ts";
import { isFhirType } from "../fhir.ts";
import type { LintFinding, LintInput } from "./finding.ts";

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
