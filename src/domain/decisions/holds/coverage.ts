import { type Atom, requestedAction } from "../../scopes/atom.ts";
import type { Confinement } from "../../scopes/confinement.ts";
import { matchExport } from "../../scopes/exports.ts";
import { type AtomRequest, type Mismatch, matchAtom } from "../../scopes/match.ts";
import { isSharedType } from "../../scopes/sharedTypes.ts";
import { type DecideFacts, fhirVersionOf } from "../facts.ts";
import { patientsOf } from "../patientsOf.ts";
import type { AccessRequest } from "../types.ts";
import { mayReachShared } from "./sharedReach.ts";

export type Coverage =
  /** `within`: what a search or an export must be confined to, an OR; empty: nothing. */
  | { readonly covers: true; readonly within: readonly Confinement[] }
  | { readonly covers: false; readonly why: Mismatch };

export function atomRequestOf(
  facts: Pick<DecideFacts, "fhirVersion" | "snapshot">,
  request: AccessRequest,
): AtomRequest {
  const { action, context, resource, subject } = request;
  const { attributes, organization, type } = resource;
  const patients = patientsOf(resource);
  return {
    action: requestedAction(action, resource),
    resourceType: type,
    resourcePatients: patients,
    contextPatient: context?.patient ?? null,
    reachesShared: patients.length === 0 && isSharedType(type) && mayReachShared(facts.snapshot, organization),
    hasSubject: subject !== null,
    attributes: attributes ?? {},
    labels: resource.labels,
    resourceId: resource.id,
    fhirVersion: fhirVersionOf(facts),
  };
}

/** How near a miss was: the explanation is about the atom that came closest. */
const nearness = (atom: Atom, query: AtomRequest): number =>
  (atom.resourceType === query.resourceType ? 2 : 0) + (atom.action === query.action ? 1 : 0);

/** Whether one of the atoms covers the request; for a search, with what all that do confine it to. */
export function coverageOf(atoms: readonly Atom[], query: AtomRequest): Coverage {
  const within: Confinement[] = [];
  let covered = false;
  let nearest = -1;
  let why: Mismatch = { because: "NO_ATOMS" };
  for (const atom of atoms) {
    const match = matchAtom(atom, query);
    if (match.matches) {
      if (match.within === null) return { covers: true, within: [] };
      covered = true;
      within.push(match.within);
    } else if (nearness(atom, query) > nearest) {
      nearest = nearness(atom, query);
      why = match.why;
    }
  }
  if (covered) return { covers: true, within };
  return matchExport(atoms, query) ?? { covers: false, why };
}
