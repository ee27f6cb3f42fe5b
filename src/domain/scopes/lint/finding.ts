import type { Atom } from "../atom.ts";

/** Stable: pipelines and stored justifications name them. */
export type LintCode =
  | "CODE_SYSTEM_WRONG"
  | "WILDCARD_TYPE"
  | "WILDCARD_ACTIONS"
  | "BROAD_NAME"
  | "UNRELATED_ATOMS"
  | "READ_AND_WRITE"
  | "GRANTS_NOTHING"
  | "SEVERAL_TYPES"
  | "SEVERAL_KINDS"
  | "SENSITIVE_CATEGORY"
  | "SENSITIVE_UNCONSTRAINED"
  | "WHOLE_RECORD_OPERATION"
  | "BROAD_TITLE"
  | "HIDDEN_CHARACTER"
  | "ACTION_NOT_AN_INTERACTION"
  | "TYPE_LOOKS_LIKE_FHIR"
  | "OUTSIDE_PATIENT_COMPARTMENT"
  | "CODE_SYSTEM_UNRECOGNISED"
  | "CODE_UNKNOWN"
  | "CONSTRAINT_UNVERIFIABLE";

/** ERROR: refused, whatever the reason. REFUSE: refused unless an admin justifies it. WARNING: pointed out. */
export type LintSeverity = "ERROR" | "REFUSE" | "WARNING";

export interface LintFinding {
  readonly code: LintCode;
  readonly severity: LintSeverity;
  /** What was found, naming it: a sentence. */
  readonly message: string;
  /** How to narrow or mend the scope: a sentence. */
  readonly narrowing: string;
}

/** A scope as its author proposes it. */
export interface LintInput {
  readonly name: string;
  readonly title: string | null;
  readonly atoms: readonly Atom[];
}

/** The kinds of action: reading and searching is one, changing another, any other action is its own. */
export function kindOf(action: string): string {
  if (action === "read" || action === "search") return "read";
  return action === "create" || action === "update" || action === "delete" ? "write" : action;
}

/** The different values, in order of appearance. */
export function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

/** The different types of a scope's atoms. */
export const typesOf = ({ atoms }: LintInput): readonly string[] => distinct(atoms.map((atom) => atom.resourceType));

/** The different kinds of action of a scope's atoms. */
export const kindsOf = ({ atoms }: LintInput): readonly string[] => distinct(atoms.map((atom) => kindOf(atom.action)));

/** A list for people: `A, B and C`. */
export function listed(values: readonly string[]): string {
  const last = values.at(-1);
  if (values.length < 2 || last === undefined) return last ?? "";
  return `${values.slice(0, -1).join(", ")} and ${last}`;
}
