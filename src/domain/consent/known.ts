import { identifierProblem } from "../kernel/text.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { CLIENT, USER } from "../policy/types.ts";
import { typeElsewhere } from "../scopes/atom.ts";
import { type FhirVersion, isFhirType, nearestFhirType } from "../scopes/fhir.ts";
import { canonicalType, referenceTarget } from "../scopes/fhirReference.ts";
import { nearest } from "../scopes/nearest.ts";
import { explainSmartScope, looksLikeSmart, smartScopeIn } from "../scopes/smart.ts";

/** What a name in a consent is looked for in. */
interface Known {
  readonly snapshot: Snapshot;
  readonly fhirVersion: FhirVersion;
}

const meant = (near: string | null): string => (near === null ? "" : `; did you mean ${near}?`);

export function clientProblem({ clients }: Snapshot, id: string): string | null {
  const problem = identifierProblem(id);
  if (problem !== null || clients.has(id)) return problem;
  return `there is no client ${id} in the policy`;
}

/** A name of a person or a group. One in which a FHIR type stands, and which can't be read as a reference, would be nobody's. */
export function nameProblem(name: string): string | null {
  const problem = identifierProblem(name);
  if (problem !== null || referenceTarget(name) !== null) return problem;
  const words = name.split(/[^A-Za-z]+/);
  return words.some((word) => isFhirType(canonicalType(word)))
    ? "must be an id, or a FHIR reference such as Practitioner/nina"
    : null;
}

/** Types of subjects that are the service's own, whose letters are compared. */
const OWN_TYPES: readonly string[] = [USER, CLIENT];

export function subjectTypeProblem(type: string): string | null {
  const near = OWN_TYPES.find((own) => own !== type && own === type.toLowerCase());
  return near === undefined ? identifierProblem(type) : `must be ${near}: letters are compared`;
}

/** A role that nobody can hold would make of a refusal nothing, and nobody would see it. */
export function roleProblem({ roles }: Snapshot, name: string): string | null {
  const problem = identifierProblem(name);
  if (problem !== null || roles.has(name)) return problem;
  return `there is no role ${name} in the policy${meant(nearest(name, roles.keys()))}`;
}

/** A scope is known if the policy has it, in whatever state, or if it is one of SMART's. */
export function scopeProblem(text: string, { fhirVersion, snapshot }: Known): string | null {
  if (snapshot.scopes.has(text)) return null;
  if (!looksLikeSmart(text))
    return identifierProblem(text) ?? `there is no scope ${text} in the policy, and it is no SMART scope`;
  if (smartScopeIn(fhirVersion, text) !== null) return null;
  const parsed = explainSmartScope(text, fhirVersion);
  return parsed.ok ? null : `is no SMART scope: ${parsed.message}`;
}

const remembered = new WeakMap<Snapshot["scopes"], ReadonlySet<string>>();

/** The types that the scopes of the policy are for, those of somebody's own among them. */
function typesInPolicy({ scopes }: Snapshot): ReadonlySet<string> {
  let types = remembered.get(scopes);
  if (types === undefined) {
    const all = [...scopes.values()].flat();
    types = new Set(all.flatMap(({ atoms }) => atoms.map(({ resourceType }) => resourceType)));
    remembered.set(scopes, types);
  }
  return types;
}

export function resourceTypeProblem(type: string, { fhirVersion, snapshot }: Known): string | null {
  if (isFhirType(type, fhirVersion)) return null;
  if (type === "*") return "must name a type; leave the list out for all";
  const problem = identifierProblem(type);
  if (problem !== null || typesInPolicy(snapshot).has(type)) return problem;
  const elsewhere = typeElsewhere(type, nearestFhirType(type, fhirVersion));
  return `"${type}" is no FHIR ${fhirVersion} resource type, nor one that a scope of the policy is for${elsewhere}`;
}

/** Of one resource, `Type/id`. */
export function referenceProblem(reference: string, known: Known): string | null {
  const [, type, id] = /^([^/]*)\/(.*)$/s.exec(reference) ?? [];
  if (type === undefined || id === undefined || id === "" || id.includes("/"))
    return "must be Type/id, such as Practitioner/nina";
  return identifierProblem(id) ?? resourceTypeProblem(type, known);
}
