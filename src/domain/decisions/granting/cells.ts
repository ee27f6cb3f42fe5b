import { resourceTypesNamed } from "../../policy/findRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Atom } from "../../scopes/atom.ts";
import { fhirTypes } from "../../scopes/fhir.ts";
import { type AtomRequest, matchAtom } from "../../scopes/match.ts";
import { type Unknown as Anything, Unknown } from "../partial.ts";
import type { GrantRequest } from "../types.ts";
import type { Place } from "./places.ts";

/** What a scope's name stands for: the atoms of one usable version, or of a SMART scope by its syntax. */
export interface Meaning {
  readonly atoms: readonly Atom[];
  readonly requiresConsent: boolean;
}

/** One kind of request that a scope may be presented with: all of a cell meet the same atoms and rules. */
export interface Cell {
  readonly place: Place;
  readonly action: string;
  /** The type, or one that stands for all that neither scope nor rules name. */
  readonly resourceType: string;
  readonly typeForConditions: string | Anything;
}

function typesOf(
  snapshot: Snapshot,
  meanings: readonly Meaning[],
  action: string,
  place: Place,
  scopeNames: ReadonlySet<string>,
): readonly Pick<Cell, "resourceType" | "typeForConditions">[] {
  const atoms = meanings.flatMap((meaning) => meaning.atoms);
  const named = new Set(atoms.map((atom) => atom.resourceType).filter((type) => type !== "*"));
  const exact = (type: string) => ({ resourceType: type, typeForConditions: type });
  if (!atoms.some((atom) => atom.action === action && atom.resourceType === "*")) return [...named].sort().map(exact);
  const question = { scopes: scopeNames, roles: place.roles, action };
  for (const type of resourceTypesNamed(snapshot, question)) named.add(type);
  const other = [...fhirTypes].find((type) => !named.has(type));
  const rest = other === undefined ? [] : [{ resourceType: other, typeForConditions: new Unknown([...named]) }];
  return [...[...named].sort().map(exact), ...rest];
}

/** Every cell that the meanings may reach, in a fixed order. */
export function* cellsOf(
  snapshot: Snapshot,
  meanings: readonly Meaning[],
  places: readonly Place[],
  scopeNames: ReadonlySet<string>,
): Generator<Cell> {
  const actions = [...new Set(meanings.flatMap(({ atoms }) => atoms.map((atom) => atom.action)))];
  for (const place of places) {
    for (const action of actions) {
      for (const type of typesOf(snapshot, meanings, action, place, scopeNames)) yield { place, action, ...type };
    }
  }
}

function asked(cell: Cell, request: GrantRequest): AtomRequest {
  return {
    action: cell.action,
    resourceType: cell.resourceType,
    resourcePatient: cell.place.patient,
    contextPatient: request.context?.patient ?? null,
    hasSubject: request.subject !== null,
    attributes: {},
  };
}

/**
 * Whether the scope covers some request of a cell for which no consent is asked. The newest version that covers a
 * request is the one that counts, so a newer one that asks for consent hides what it covers of older ones.
 */
export function standingIn(
  cell: Cell,
  meanings: readonly Meaning[],
  request: GrantRequest,
): "OPEN" | "CONSENT" | "UNCOVERED" {
  const question = asked(cell, request);
  let standing: "CONSENT" | "UNCOVERED" = "UNCOVERED";
  for (const { atoms, requiresConsent } of meanings) {
    // A constraint is about attributes of a resource, which may be such that it is met.
    const matching = atoms.filter((atom) => matchAtom({ ...atom, constraint: [] }, question).matches);
    if (matching.length === 0) continue;
    if (!requiresConsent) return "OPEN";
    standing = "CONSENT";
    if (cell.action === "search" || matching.some((atom) => atom.constraint.length === 0)) break;
  }
  return standing;
}

/** Why no atom can be used, where the reason is the person or the patient behind the token; else null. */
export function contextProblem(meanings: readonly Meaning[], request: GrantRequest): string | null {
  const atoms = meanings.flatMap((meaning) => meaning.atoms);
  if (atoms.length === 0) return "it permits nothing";
  const { patient } = request.context ?? { patient: null };
  let why: string | null = null;
  for (const atom of atoms) {
    const question = {
      action: atom.action,
      resourceType: atom.resourceType === "*" ? "Patient" : atom.resourceType,
      resourcePatient: patient,
      contextPatient: patient,
      hasSubject: request.subject !== null,
      attributes: {},
    };
    const match = matchAtom({ ...atom, constraint: [] }, question);
    if (match.matches) return null;
    why ??= match.why;
  }
  return why;
}
