import { coverageOf } from "../../decisions/holds/coverage.ts";
import { ceilingOf, heldOf } from "../../decisions/holds/grants.ts";
import { usableVersions } from "../../decisions/holds/lifecycle.ts";
import { typesRegistered } from "../../decisions/holds/registered.ts";
import { Unknown } from "../../decisions/partial.ts";
import type { Remainder } from "../../decisions/ruleEngine.ts";
import { resourceTypesNamed } from "../../policy/findRules.ts";
import { smartScopesCovering, smartScopesDenied, typesDenied } from "../../policy/smartRules.ts";
import type { Rule, ScopeVersion } from "../../policy/types.ts";
import type { Atom } from "../../scopes/atom.ts";
import { coversLevel, EXPORT, EXPORT_LEVELS } from "../../scopes/exports.ts";
import { fhirTypes } from "../../scopes/fhir.ts";
import { sharedTypes } from "../../scopes/sharedTypes.ts";
import type { SmartScope } from "../../scopes/smart.ts";
import { WHOSE, type Whose, whereIs, whoseIs } from "./accessWords.ts";
import { type Asked, atomRequestOf, type Place } from "./asked.ts";
import { waysOf } from "./scopeWays.ts";
import { keyOf, simplified, type Way } from "./ways.ts";

/** Types of one action that have a cell of their own beside `*`; of more, not all have. */
const MOST_TYPES = 100;

/** A scope that is presented, and what it stands for. */
export interface Presented {
  readonly scope: string;
  readonly smart: SmartScope | null;
  readonly versions: readonly ScopeVersion[];
}

/** Requests that are answered alike as to types and actions, and in which ways they are allowed. */
export interface CellWays {
  readonly action: string;
  readonly resourceType: string;
  /** A type that stands for all of them. */
  readonly standsFor: string;
  readonly ways: readonly Way[];
  /** Rules by which. */
  readonly allowing: readonly Rule[];
  /** Rules that may take something of what others allow, of any type that the cell is for. */
  readonly denying: Set<Rule>;
}

interface TypeOf {
  readonly name: string;
  /** One that stands for all of it, and what conditions see. */
  readonly resourceType: string;
  readonly type: string | Unknown;
}

const atomsOf = ({ smart, versions }: Presented, asked: Asked): readonly Atom[] => {
  if (smart !== null) return smart.atoms;
  const usable = usableVersions(versions, asked.facts.now);
  return (usable.length === 0 ? versions.slice(-1) : usable).flatMap(({ atoms }) => atoms);
};

/** The types that rules, grants or registered scopes tell from others, for an action of a scope. */
function typesTold(asked: Asked, presented: Presented, atoms: readonly Atom[]): ReadonlySet<string> {
  const { facts, of, places } = asked;
  const { snapshot } = facts;
  const { scope, smart } = presented;
  const [first] = atoms;
  if (first === undefined) return new Set();
  const { action } = first;
  const names = new Set([scope]);
  const told = new Set(typesDenied(snapshot, action));
  for (const { name } of smartScopesDenied(snapshot, action, "*")) names.add(name);
  for (const type of told) for (const { name } of smartScopesDenied(snapshot, action, type)) names.add(name);
  if (smart !== null) {
    for (const type of typesRegistered(snapshot, smart.context)) told.add(type);
    for (const atom of atoms)
      for (const part of [...ceilingOf(facts, of.clientId).partsOf(atom), atom]) {
        told.add(part.resourceType);
        for (const name of smartScopesCovering(snapshot, part)) names.add(name);
      }
  }
  for (const { roles } of places)
    for (const type of resourceTypesNamed(snapshot, { scopes: names, roles, action })) told.add(type);
  const isPatient = [...atoms, ...smartScopesDenied(snapshot, action, "*").map(({ atom }) => atom)].some(
    ({ context }) => context === "PATIENT",
  );
  // Whether a patient/ scope reaches what belongs to nobody is asked of these alone; a Patient is its own patient.
  if (isPatient) for (const type of sharedTypes) told.add(type);
  for (const { resourceType } of atoms) told.add(resourceType);
  told.delete("*");
  return told;
}

function typesOf(asked: Asked, presented: Presented, atoms: readonly Atom[]) {
  const exact = (name: string): TypeOf => ({ name, resourceType: name, type: name });
  if (!atoms.some(({ resourceType }) => resourceType === "*"))
    return { types: [...new Set(atoms.map(({ resourceType }) => resourceType))].sort().map(exact), isCut: false };
  const told = [...typesTold(asked, presented, atoms)].sort();
  const named = told.slice(0, MOST_TYPES);
  const other = [...fhirTypes].find((type) => !told.includes(type) && type !== "Patient") ?? "Basic";
  const rest: TypeOf = { name: "*", resourceType: other, type: new Unknown(named) };
  return { types: [rest, ...named.map(exact)], isCut: told.length > named.length };
}

/** Whether it can make a difference whose the resource is. */
function isPatientTold(
  { facts }: Asked,
  atoms: readonly Atom[],
  on: { readonly action: string; readonly resourceType: string },
) {
  const denied = smartScopesDenied(facts.snapshot, on.action, on.resourceType).map(({ atom }) => atom);
  return [...atoms, ...denied].some(({ context }) => context === "PATIENT");
}

/** In which places, and for whose resources, which ways there are: those that are the same together. */
function joined(
  asked: Asked,
  found: readonly { readonly place: Place; readonly whose: Whose; readonly ways: readonly Way[] }[],
  isSearch: boolean,
): readonly Way[] {
  interface Group {
    readonly ways: readonly Way[];
    readonly whose: Map<Place, Whose[]>;
  }
  const groups = new Map<string, Group>();
  for (const { place, ways: all, whose } of found) {
    const ways = simplified(all);
    if (ways.length === 0) continue;
    const key = keyOf(ways);
    const group = groups.get(key) ?? { ways, whose: new Map<Place, Whose[]>() };
    groups.set(key, group);
    group.whose.set(place, [...(group.whose.get(place) ?? []), whose]);
  }
  const patient = asked.of.context?.patient ?? null;
  const all: Way[] = [];
  for (const { ways, whose } of groups.values()) {
    const byWhose = new Map<string, { readonly whose: readonly Whose[]; readonly places: Place[] }>();
    for (const [place, of] of whose) {
      const same = byWhose.get(of.join()) ?? { whose: of, places: [] };
      byWhose.set(of.join(), same);
      same.places.push(place);
    }
    for (const each of byWhose.values()) {
      const names = each.places.map(({ name }) => name);
      const where = asked.of.organization === null ? whereIs(names, asked.named) : null;
      const guards = [whoseIs(each.whose, patient, isSearch), where].filter((guard) => guard !== null);
      for (const way of ways) all.push([...guards, ...way]);
    }
  }
  return simplified(all);
}

/** The ways in which requests of one action on one type are allowed. */
function waysOn(
  asked: Asked,
  presented: Presented,
  { action, atoms, on }: { readonly action: string; readonly atoms: readonly Atom[]; readonly on: TypeOf },
): CellWays {
  const { resourceType, type } = on;
  const [allowing, denying] = [new Set<Rule>(), new Set<Rule>()];
  const isExport = action === EXPORT;
  const told = !isExport && isPatientTold(asked, atoms, { action: atoms[0]?.action ?? action, resourceType });
  const known = asked.of.context?.patient ?? null;
  const possible: readonly Whose[] = !told
    ? ["ANYONE"]
    : known === null
      ? WHOSE
      : WHOSE.filter((each) => each !== "NO_CONTEXT");
  const found = asked.places.flatMap((place) => {
    const remainders = new Map<string, Remainder>();
    return possible.map((whose) => {
      const query = atomRequestOf(asked, { action, resourceType, place, whose });
      const kind = { asked, place, action, resourceType, type, query, remainders, allowing, denying };
      return { place, whose, ways: waysOf(kind, presented) };
    });
  });
  const ways = joined(asked, found, atoms[0]?.action === "search");
  return { action, resourceType: on.name, standsFor: resourceType, ways, allowing: [...allowing], denying };
}

/** The exports that a scope may cover, besides those that it names. */
function exportsOf(asked: Asked, { scope, smart }: Presented, atoms: readonly Atom[]): readonly string[] {
  if (asked.request.subject !== null) return [];
  const held = smart === null ? atoms : heldOf(asked.facts, asked.of.clientId, scope, smart);
  const [place] = asked.places;
  return ["*", ...EXPORT_LEVELS].filter(
    (level) =>
      coversLevel(held, level) ||
      (place !== undefined &&
        coverageOf(held, atomRequestOf(asked, { action: EXPORT, resourceType: level, place, whose: "ANYONE" })).covers),
  );
}

/** Every kind of request that a scope is for, and the ways in which it is allowed: of types first `*`, then those that differ from it. */
export function* cellsOfScope(asked: Asked, presented: Presented, cut: () => void): Generator<CellWays | null> {
  const atoms = atomsOf(presented, asked);
  for (const action of [...new Set(atoms.map((atom) => atom.action))]) {
    const own = atoms.filter((atom) => atom.action === action);
    const { isCut, types } = typesOf(asked, presented, own);
    if (isCut) cut();
    let rest: { readonly key: string; readonly denying: Set<Rule> } | null = null;
    for (const on of types) {
      const cell = waysOn(asked, presented, { action, atoms: own, on });
      const key = keyOf(cell.ways);
      if (on.name === "*") rest = { key, denying: cell.denying };
      const isAsRest: boolean = on.name !== "*" && key === rest?.key;
      // The cell of the rest answers for this type too: what denies here may take it from who holds another role.
      if (isAsRest) for (const rule of cell.denying) rest?.denying.add(rule);
      yield isAsRest ? null : cell;
    }
    if (action !== "search" || rest === null) continue;
    const everything: TypeOf = { name: "*", resourceType: "*", type: "*" };
    for (const each of ["search-system", "history-system"])
      yield waysOn(asked, presented, { action: each, atoms: own, on: everything });
  }
  for (const level of exportsOf(asked, presented, atoms))
    if (!atoms.some(({ action }) => action === EXPORT) || presented.smart !== null)
      yield waysOn(asked, presented, { action: EXPORT, atoms, on: { name: level, resourceType: level, type: level } });
}
