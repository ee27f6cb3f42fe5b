import type { Atom, Constraint } from "../../scopes/atom.ts";
import { requestedAction } from "../../scopes/atom.ts";
import { type AtomRequest, type Mismatch, matchAtom } from "../../scopes/match.ts";
import { type DecideFacts, fhirVersionOf } from "../facts.ts";
import type { AccessRequest } from "../types.ts";

export type Coverage =
  /** `filters`: what a search must be narrowed to, an OR; empty: nothing to narrow. */
  | { readonly covers: true; readonly filters: readonly Constraint[] }
  | { readonly covers: false; readonly why: Mismatch };

export function atomRequestOf(facts: Pick<DecideFacts, "fhirVersion">, request: AccessRequest): AtomRequest {
  return {
    action: requestedAction(request.action, request.resource.id !== null),
    resourceType: request.resource.type,
    resourcePatient: request.resource.patient,
    contextPatient: request.context?.patient ?? null,
    hasSubject: request.subject !== null,
    attributes: request.resource.attributes ?? {},
    labels: request.resource.labels,
    resourceId: request.resource.id,
    fhirVersion: fhirVersionOf(facts),
  };
}

/** How near a miss was: the explanation is about the atom that came closest. */
const nearness = (atom: Atom, query: AtomRequest): number =>
  (atom.resourceType === query.resourceType ? 2 : 0) + (atom.action === query.action ? 1 : 0);

/** Whether one of the atoms covers the request; for a search, with the constraints of all that do. */
export function coverageOf(atoms: readonly Atom[], query: AtomRequest): Coverage {
  const filters: Constraint[] = [];
  let covered = false;
  let nearest = -1;
  let why: Mismatch = { because: "NO_ATOMS" };
  for (const atom of atoms) {
    const match = matchAtom(atom, query);
    if (match.matches) {
      if (match.filter.length === 0) return { covers: true, filters: [] };
      covered = true;
      filters.push(match.filter);
    } else if (nearness(atom, query) > nearest) {
      nearest = nearness(atom, query);
      why = match.why;
    }
  }
  return covered ? { covers: true, filters } : { covers: false, why };
}
