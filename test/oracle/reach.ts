/**
 * What a resource and a request mean, for the oracle: naively, and with nothing of the code under test but types. Of the
 * types that FHIR defines only those that are generated.
 */
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import type { Rule } from "../../src/domain/policy/types.ts";
import type { Rows } from "../support/policies.ts";

/** What one has of what was asked for: all, or what a condition of a filter says. */
export type Reached = "ALL" | { readonly patient: string } | { readonly resourceType: string };

interface NaiveAtom {
  readonly context: string;
  readonly type: string;
  readonly actions: readonly string[];
}

const FHIR = ["Observation", "Condition", "Patient", "Organization", "Group"];
const SHARED = ["Organization"];

export function canonical({ action, resource }: AccessRequest): string {
  if (resource.type === "*" && (action === "search-system" || action === "history-system")) return "search";
  return action === "vread" ? "read" : action === "patch" ? "update" : action;
}

function patientsOf({ resource: { id, patient, patients, type } }: AccessRequest): readonly string[] {
  if (type === "Patient" && id !== null) return [id];
  if (patients !== null) return patients;
  return patient === null ? [] : [patient];
}

function sharesWith(rows: Rows, organization: string | null): boolean {
  const of = (id: string | null) => (rows.organizations ?? []).find((row) => row.id === id)?.patientScopesReachShared;
  return of(organization) ?? of("*") ?? false;
}

function inContext(rows: Rows, context: string, r: AccessRequest): Reached | null {
  if (context === "USER") return r.subject !== null ? "ALL" : null;
  if (context === "SYSTEM") return r.subject === null ? "ALL" : null;
  if (context !== "PATIENT") return "ALL";
  const patient = r.context?.patient;
  if (!patient) return null;
  const named = patientsOf(r);
  const search = canonical(r) === "search";
  if (named.length > 0 && !named.includes(patient)) return null;
  if (named.length > 0) return search && named.length > 1 ? { patient } : "ALL";
  if (SHARED.includes(r.resource.type)) {
    const reads = search || canonical(r) === "read";
    return reads && sharesWith(rows, r.resource.organization) ? "ALL" : null;
  }
  return search ? { patient } : null;
}

/** The types that atoms let a client export. */
function exportable(atoms: readonly NaiveAtom[]): readonly string[] {
  const system = atoms.filter((a) => a.context === "SYSTEM");
  const can = (type: string, action: string) =>
    system.some((a) => (a.type === type || a.type === "*") && a.actions.includes(action));
  return system.map((a) => a.type).filter((type) => can(type, "read") && can(type, "search"));
}

/** Whether atoms cover an export of all patients, or of a group. */
export const coversLevel = (atoms: readonly NaiveAtom[], level: string): boolean =>
  exportable(atoms).some((type) => type === "*" || type === level);

/** What atoms let one have; empty: nothing. `levelCovered`: something presented covers an export at this level. */
export function reach(
  rows: Rows,
  atoms: readonly NaiveAtom[],
  r: AccessRequest,
  levelCovered: boolean,
): readonly Reached[] {
  const { type } = r.resource;
  const reached: Reached[] = [];
  for (const a of atoms) {
    const any = a.type === "*" && (a.context === "ANY" || FHIR.includes(type));
    if (!(a.type === type || any) || !a.actions.includes(canonical(r))) continue;
    const found = inContext(rows, a.context, r);
    if (found !== null) reached.push(found);
  }
  if (reached.includes("ALL")) return ["ALL"];
  if (reached.length > 0 || r.action !== "$export" || r.subject !== null) return reached;
  if (!["*", "Patient", "Group"].includes(type)) return [];
  const types = exportable(atoms);
  if (types.includes("*")) return ["ALL"];
  if (type === "*" || (!levelCovered && !types.includes(type))) return [];
  return types.map((resourceType) => ({ resourceType }));
}

/** Whether a rule speaks of what is asked for. What spans types is denied by what is said of any of them. */
export function speaksOf(
  rule: Rule,
  r: AccessRequest,
  { reached, bySmart }: { readonly reached: readonly Reached[]; readonly bySmart: boolean },
): boolean {
  const { type } = r.resource;
  const actions = ["*", canonical(r)];
  const types = ["*", type];
  const isExport = r.action === "$export" && bySmart;
  if (type === "*" && !isExport) {
    if (r.action === "history-system") actions.push("history-system");
    if (r.action === "search-system" || r.action === "search") actions.push("search-system");
  }
  if (rule.effect === "DENY" && isExport) actions.push("read", "search");
  const confinedTo = reached.flatMap((one) => (one !== "ALL" && "resourceType" in one ? [one.resourceType] : []));
  const spans = rule.effect === "DENY" && (isExport || type === "*");
  const typeFits =
    types.includes(rule.resourceType) || (spans && (confinedTo.length === 0 || confinedTo.includes(rule.resourceType)));
  return actions.includes(rule.action) && typeFits;
}

/** The filter that says any of these, as obligations are compared; null: there is nothing to filter. */
export function filterText(reached: readonly Reached[]): string | null {
  if (reached.length === 0 || reached.includes("ALL")) return null;
  const conditions = reached.map((one) =>
    one !== "ALL" && "patient" in one
      ? { patient: one.patient, type: "patient" }
      : { ...(one as object), type: "resourceType" },
  );
  const texts = [...new Set(conditions.map((condition) => JSON.stringify(condition)))].sort();
  return JSON.stringify(["filter", { allOf: [{ anyOf: texts.map((text) => JSON.parse(text) as unknown) }] }]);
}
