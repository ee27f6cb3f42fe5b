import { resourceTypesNamed } from "../../policy/findRules.ts";
import { typesDenied } from "../../policy/smartRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Confinement } from "../../scopes/confinement.ts";
import { coversLevel, EXPORT, EXPORT_LEVELS, exportedWithin, matchExport } from "../../scopes/exports.ts";
import { DEFAULT_FHIR_VERSION, fhirTypes } from "../../scopes/fhir.ts";
import { type AtomRequest, type Mismatch, matchAtom } from "../../scopes/match.ts";
import { isSharedType } from "../../scopes/sharedTypes.ts";
import { mayReachShared } from "../holds/sharedReach.ts";
import { type Unknown as Anything, Unknown } from "../partial.ts";
import type { GrantQuestion } from "../question.ts";
import type { Meaning } from "../scopeCheck.ts";
import type { GrantRequest } from "../types.ts";
import { type ConsentToGrant, consentToGrant } from "./consentToGrant.ts";
import type { Place } from "./places.ts";

/** One kind of request that a scope may be presented with: all of a cell meet the same atoms and rules. */
export interface Cell {
  readonly place: Place;
  readonly action: string;
  /** The type, or one that stands for all that neither scope nor rules name. */
  readonly resourceType: string;
  readonly typeForConditions: string | Anything;
  /** Of an export, what it is confined to. */
  readonly within?: readonly Confinement[];
  /** The same as of `AtomRequest`. */
  readonly levelCovered?: boolean;
}

/** What tells cells apart beside actions and places. */
export interface CellNames {
  /** By which rules may mean the scope. */
  readonly scopeNames: ReadonlySet<string>;
  /** Types that are to have a cell of their own where the scope is for all types. */
  readonly typesToTell: Iterable<string>;
}

function typesOf(
  snapshot: Snapshot,
  meanings: readonly Meaning[],
  action: string,
  place: Place,
  { scopeNames, typesToTell }: CellNames,
): readonly Pick<Cell, "resourceType" | "typeForConditions">[] {
  const atoms = meanings.flatMap((meaning) => meaning.atoms);
  const named = new Set(atoms.map((atom) => atom.resourceType).filter((type) => type !== "*"));
  const exact = (type: string) => ({ resourceType: type, typeForConditions: type });
  if (!atoms.some((atom) => atom.action === action && atom.resourceType === "*")) return [...named].sort().map(exact);
  const question = { scopes: scopeNames, roles: place.roles, action };
  for (const type of resourceTypesNamed(snapshot, question)) named.add(type);
  for (const type of typesDenied(snapshot, action)) named.add(type);
  for (const type of typesToTell) named.add(type);
  const other = [...fhirTypes].find((type) => !named.has(type));
  const rest = other === undefined ? [] : [{ resourceType: other, typeForConditions: new Unknown([...named]) }];
  return [...[...named].sort().map(exact), ...rest];
}

/** The exports that the meanings cover besides what their atoms name. */
function* exportsIn(meanings: readonly Meaning[], place: Place): Generator<Cell> {
  for (const level of ["*", ...EXPORT_LEVELS]) {
    const covering = meanings.find(({ atoms }) => coversLevel(atoms, level));
    if (covering === undefined) continue;
    const within = exportedWithin(covering.atoms);
    yield { place, action: EXPORT, resourceType: level, typeForConditions: level, within };
  }
}

/** Every cell that the meanings may reach, in a fixed order. */
export function* cellsOf(
  snapshot: Snapshot,
  meanings: readonly Meaning[],
  places: readonly Place[],
  names: CellNames,
): Generator<Cell> {
  const actions = [...new Set(meanings.flatMap(({ atoms }) => atoms.map((atom) => atom.action)))];
  for (const place of places) {
    for (const action of actions) {
      for (const type of typesOf(snapshot, meanings, action, place, names)) yield { place, action, ...type };
    }
    yield* exportsIn(meanings, place);
  }
}

/** No resource yet: what is asked about it are its type and patient. */
const NO_RESOURCE = { attributes: {}, labels: null, resourceId: null, fhirVersion: DEFAULT_FHIR_VERSION } as const;

/** Stands for some patient who is not the one in context: no id is empty. */
const SOMEBODY_ELSE = "";

/** What requests of a cell have in common, as to what scopes compare. */
export function atomRequestIn(
  { action, levelCovered = false, place, resourceType }: Cell,
  { facts, request }: GrantQuestion,
): AtomRequest {
  const patient = request.context?.patient ?? null;
  const { organization, patients } = place;
  return {
    action,
    resourceType,
    resourcePatients:
      patients === "NOBODY" ? [] : [patients === "CONTEXT" && patient !== null ? patient : SOMEBODY_ELSE],
    contextPatient: patient,
    reachesShared: patients === "NOBODY" && isSharedType(resourceType) && mayReachShared(facts.snapshot, organization),
    levelCovered,
    hasSubject: request.subject !== null,
    ...NO_RESOURCE,
  };
}

/**
 * The consent that requests of a cell have or lack which the scope covers; null: it covers none. The newest version that
 * covers a request is the one that counts, so a newer one that lacks a consent hides what it covers of older ones.
 */
export function coverageIn(cell: Cell, meanings: readonly Meaning[], question: GrantQuestion): ConsentToGrant | null {
  const query = atomRequestIn(cell, question);
  let found: ConsentToGrant | null = null;
  for (const scope of meanings) {
    // A constraint is about attributes of a resource, which may be such that it is met.
    const matching = scope.atoms.filter((atom) => matchAtom({ ...atom, constraint: [] }, query).matches);
    if (matching.length === 0 && matchExport(scope.atoms, query)?.covers !== true) continue;
    found = consentToGrant(question, cell, { ...scope, carried: scope.name });
    if (found.lacking === null) return found;
    if (cell.action === "search" || matching.some((atom) => atom.constraint.length === 0)) break;
  }
  return found;
}

/** Why no atom can be used, where the reason is the person or the patient behind the token; else null. */
export function contextMismatch(meanings: readonly Meaning[], request: GrantRequest): Mismatch | null {
  const atoms = meanings.flatMap((meaning) => meaning.atoms);
  if (atoms.length === 0) return { because: "NO_ATOMS" };
  const { patient } = request.context ?? { patient: null };
  let why: Mismatch | null = null;
  for (const atom of atoms) {
    const query = {
      action: atom.action,
      resourceType: atom.resourceType === "*" ? "Patient" : atom.resourceType,
      resourcePatients: patient === null ? [] : [patient],
      contextPatient: patient,
      reachesShared: false,
      hasSubject: request.subject !== null,
      ...NO_RESOURCE,
    };
    const match = matchAtom({ ...atom, constraint: [] }, query);
    if (match.matches) return null;
    why ??= match.why;
  }
  return why;
}
