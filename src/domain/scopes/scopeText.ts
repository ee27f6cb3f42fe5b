import { groupBy } from "../kernel/groupBy.ts";
import { union } from "./algebra.ts";
import { type Atom, canonicalConstraint, compareAtoms, interactions, printConstraint, uniqueAtoms } from "./atom.ts";
import { simplifyConstraint } from "./constraint.ts";
import { isFhirType } from "./fhir.ts";
import { explainSmartScope, smartLetters } from "./smart.ts";

/** Scopes that say the same as a set of atoms, and the atoms that no SMART scope can say. */
export interface ScopeTexts {
  readonly scopes: readonly string[];
  readonly rest: readonly Atom[];
}

/** ANY is a context of custom scopes only, and so are custom types and actions. */
function hasSmartForm(atom: Atom): boolean {
  const { context, resourceType, action } = atom;
  return context !== "ANY" && (resourceType === "*" || isFhirType(resourceType)) && interactions.includes(action);
}

/** One scope for actions on the same type under the same constraint, or null if it would be no valid token. */
function scopeText(atom: Atom, actions: readonly string[]): string | null {
  const constraint = atom.constraint.length === 0 ? "" : `?${printConstraint(atom.constraint)}`;
  const text = `${atom.context.toLowerCase()}/${atom.resourceType}.${smartLetters(actions)}${constraint}`;
  return explainSmartScope(text).ok ? text : null;
}

/** Whether not even one value an entry makes a token, so that splitting is of no use. */
function isTooLong(atom: Atom): boolean {
  const values = atom.constraint.map((entry) => entry.values.toSorted((a, b) => a.length - b.length).slice(0, 1));
  const shortest = atom.constraint.map(({ parameter }, at) => ({ parameter, values: values[at] ?? [] }));
  return shortest.length > 0 && scopeText({ ...atom, constraint: shortest }, [atom.action]) === null;
}

/** The atoms again, in halves of their longest list of values: two scopes are OR as a comma is. */
function halves(atom: Atom): readonly Atom[] {
  const most = Math.max(0, ...atom.constraint.map((entry) => entry.values.length));
  const at = atom.constraint.findIndex((entry) => entry.values.length === most);
  const entry = atom.constraint[at];
  if (entry === undefined || most < 2) return [];
  const cut = Math.ceil(most / 2);
  return [entry.values.slice(0, cut), entry.values.slice(cut)].map((values) => ({
    ...atom,
    constraint: canonicalConstraint(atom.constraint.with(at, { parameter: entry.parameter, values })),
  }));
}

function printGroup(group: readonly Atom[]): ScopeTexts {
  const [first] = group;
  if (first === undefined) return { scopes: [], rest: [] };
  const text = scopeText(
    first,
    group.map((atom) => atom.action),
  );
  if (text !== null) return { scopes: [text], rest: [] };
  const parts = isTooLong(first) ? [] : halves(first);
  // Too long and not divisible: better said by no scope at all than by a wider one.
  if (parts.length === 0) return { scopes: [], rest: group };
  return combine(parts.map((part) => printGroup(group.map((atom) => ({ ...atom, constraint: part.constraint })))));
}

function combine(parts: readonly ScopeTexts[]): ScopeTexts {
  return { scopes: parts.flatMap((part) => part.scopes), rest: parts.flatMap((part) => part.rest) };
}

function printGroups(atoms: readonly Atom[]): ScopeTexts {
  const groups = groupBy(
    atoms.filter(hasSmartForm),
    (atom) => `${atom.context}/${atom.resourceType}?${printConstraint(atom.constraint)}`,
  );
  const printed = combine([...groups.values()].map(printGroup));
  return { scopes: printed.scopes, rest: [...printed.rest, ...atoms.filter((atom) => !hasSmartForm(atom))] };
}

/**
 * The fewest SMART v2 scopes found that permit exactly what the atoms permit, each a valid scope token.
 * What SMART can't say (context ANY, custom types and actions, a constraint too long for a token) comes
 * back as `rest`. Deterministic, whatever the order of the input.
 */
export function printAtoms(atoms: readonly Atom[]): ScopeTexts {
  const simple = uniqueAtoms(atoms.map((atom) => ({ ...atom, constraint: simplifyConstraint(atom.constraint) })));
  // Joining constraints of one action can split it from another, so the unjoined form may be shorter.
  const candidates = [printGroups(union(simple)), printGroups(simple)];
  const size = (texts: ScopeTexts): number => texts.scopes.length + texts.rest.length;
  const [best = { scopes: [], rest: [] }] = candidates.sort((a, b) => size(a) - size(b));
  return { scopes: [...best.scopes].sort(), rest: [...best.rest].sort(compareAtoms) };
}
