/**
 * What a resource and a request mean, for the oracle: naively, and with nothing of the code under test but types. Of the
 * types that FHIR defines only those that are generated.
 */
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import type { Rows } from "../support/policies.ts";

/** What one has of what was asked for: all, or what a condition of a filter says. */
export type Reached = "ALL" | { readonly patient: string };

interface NaiveAtom {
  readonly context: string;
  readonly type: string;
  readonly actions: readonly string[];
}

export const FHIR = ["Observation", "Condition", "Patient", "Organization", "Group"];
const SHARED = ["Organization"];

const READS = ["vread", "history-instance"];
export function canonical({ action, resource }: AccessRequest): string {
  if (resource.type === "*" && (action === "search-system" || action === "history-system")) return "search";
  if (action === "_history") return resource.id === null ? "search" : "read";
  return READS.includes(action) ? "read" : action === "patch" ? "update" : action;
}

function patientsOf({ resource: { id, patient, patients, type } }: AccessRequest): readonly string[] {
  if (type === "Patient" && id !== null) return [id];
  if (patients !== null) return patients;
  return patient === null ? [] : [patient];
}

export const namesNobody = (r: AccessRequest): boolean => patientsOf(r).length === 0;

/** What an organization sets of one setting, else what all do. */
function setting<Name extends "purposeRequired" | "specialProtection">(
  rows: Rows,
  { resource }: AccessRequest,
  name: Name,
) {
  const of = (id: string | null) => (rows.organizations ?? []).find((row) => row.id === id)?.[name];
  return of(resource.organization) ?? of("*") ?? null;
}
export const asksPurpose = (rows: Rows, r: AccessRequest): boolean => setting(rows, r, "purposeRequired") === true;

const PATIENTS = ["patient", "Patient"];
const V3 = "http://terminology.hl7.org/CodeSystem/v3-ActCode|";
const PROTECTED = ["42CFRPart2", "ETH", "ETHUD", "OPIOIDUD", "PSYTHPN", "SUD"].map((code) => V3 + code);

/** What is left to the caller of patients' data without labels, and of a set that names nobody. `patient`: to whom a filter confines it. */
export function leftToCaller(
  rows: Rows,
  r: AccessRequest,
  { patient: confined, scope }: { readonly patient: string | null; readonly scope: string },
): readonly string[] {
  const { labels, type } = r.resource;
  const isSet = canonical(r) === "search";
  const isPatients = FHIR.includes(type) && !SHARED.includes(type);
  if (!isPatients || (!isSet && canonical(r) !== "read")) return [];
  const named = patientsOf(r);
  const whose = named.length > 0 ? named : confined === null ? [] : [confined];
  const isFor = (id: string) => scope.startsWith("patient/") && r.context?.patient === id;
  const own = (id: string) =>
    r.subject?.id === id && (PATIENTS.includes(r.subject.type) || (r.subject.type === "user" && isFor(id)));
  const isOpen = setting(rows, r, "specialProtection") === "TRUSTED";
  const mayHide = !isOpen && (isSet || !labels?.length) && (whose.length === 0 || !whose.every(own));
  return [
    ...(isSet && whose.length === 0 ? ['["askEachPatient",null]'] : []),
    ...(mayHide
      ? ['["label",null]', JSON.stringify(["redact", { anyOf: [{ labels: PROTECTED, type: "labels" }] }])]
      : []),
  ];
}

function sharesWith(rows: Rows, organization: string | null): boolean {
  const of = (id: string | null) => (rows.organizations ?? []).find((row) => row.id === id)?.patientScopesReachShared;
  return of(organization) ?? of("*") ?? false;
}

/** What the context of an atom lets one have of what is asked for; null: nothing. */
export function inContext(rows: Rows, context: string, r: AccessRequest): Reached | null {
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

/** What atoms let one have; empty: nothing. */
export function reach(rows: Rows, atoms: readonly NaiveAtom[], r: AccessRequest): readonly Reached[] {
  const { type } = r.resource;
  const reached: Reached[] = [];
  for (const a of atoms) {
    if (!(a.type === type || a.type === "*") || !a.actions.includes(canonical(r))) continue;
    const found = inContext(rows, a.context, r);
    if (found !== null) reached.push(found);
  }
  return reached.includes("ALL") ? ["ALL"] : reached;
}

/** Without clauses that another one implies, in one order. */
export function absorbed(clauses: readonly (readonly string[])[]): readonly string[] {
  const sets = clauses.map((clause) => [...new Set(clause)].sort());
  const implied = (clause: readonly string[]) =>
    sets.some((other) => other.length < clause.length && other.every((each) => clause.includes(each)));
  return [...new Set(sets.filter((clause) => !implied(clause)).map((clause) => clause.join(" or ")))].sort();
}

/** Any of these alternatives, each of which asks for all of its conditions, as clauses: one condition of each, in every way. */
export function clausesOf(alternatives: readonly (readonly string[])[]): readonly string[] {
  if (alternatives.length === 0 || alternatives.some((conditions) => conditions.length === 0)) return [];
  let clauses: readonly (readonly string[])[] = [[]];
  for (const conditions of alternatives)
    clauses = clauses.flatMap((clause) => conditions.map((condition) => [...clause, condition]));
  return absorbed(clauses);
}
