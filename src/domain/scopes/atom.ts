import { identifierProblem } from "../kernel/text.ts";
import { valueProblem } from "./constraintValue.ts";
import {
  DEFAULT_FHIR_VERSION,
  FHIR_VERSIONS,
  type FhirVersion,
  isFhirType,
  parameterKind,
  parameterNames,
  slipOfFhirType,
  versionsOf,
} from "./fhir.ts";
import { nearest } from "./nearest.ts";

/** In whose name the permission is used (docs/scopes.md); ANY is for custom scopes that don't say. */
export type AtomContext = "ANY" | "PATIENT" | "USER" | "SYSTEM";

/**
 * AND of parameters, each an OR of values; empty: no constraint. Canonical: values sorted and unique,
 * entries sorted by parameter and then by values, no entry twice. A parameter may stand twice with
 * different values (`category=1&category=2`: a resource that has both).
 */
export type Constraint = readonly { readonly parameter: string; readonly values: readonly string[] }[];

/** The unit in which scopes are compared. */
export interface Atom {
  readonly context: AtomContext;
  /** A FHIR type, the name of a custom type, or `*`. */
  readonly resourceType: string;
  /** Canonical: see `canonicalAction`. */
  readonly action: string;
  readonly constraint: Constraint;
}

/** What an author writes (`AtomInput` of the contract): several actions, and the constraint as text. */
export interface AtomDeclaration {
  readonly context: AtomContext;
  readonly resourceType: string;
  readonly actions: readonly string[];
  readonly constraint: string | null;
}

/** A value, or a sentence that says why there is none. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** Limits of one declaration; what is longer is refused, never cut. */
const MAX_CONSTRAINT_LENGTH = 2048;
const MAX_CONSTRAINT_ENTRIES = 8;
/** The product of the numbers of values: how many plain alternatives a constraint stands for. */
export const MAX_ALTERNATIVES = 256;
const MAX_DECLARATIONS = 100;

const CANONICAL: ReadonlyMap<string, string> = new Map([
  ["vread", "read"],
  ["history-instance", "read"],
  ["patch", "update"],
  ["search-type", "search"],
  ["search-compartment", "search"],
  ["_search", "search"],
  ["history-type", "search"],
]);

/**
 * The one name under which an action is compared: the FHIR interactions (code system
 * http://hl7.org/fhir/restful-interaction, R4 and R5) and the names of their URLs fall into create, read, update,
 * delete and search; any other name stands for itself, in its own letter case. Interactions on the whole system
 * (`search-system`, `history-system`, `batch`, `transaction`) stand for themselves too: mapped to `search`, a scope on
 * one type would reach every type.
 */
export function canonicalAction(name: string): string {
  return CANONICAL.get(name) ?? name;
}

/** Interactions with all types at once. */
const OVER_ALL_TYPES: ReadonlySet<string> = new Set(["search-system", "history-system", "_history"]);

/**
 * The canonical name of an action on a type. On `*`, all types, the interactions with the whole system are the search that
 * they are; on one type they are none, so that a scope for it does not reach the others.
 */
export function actionOn(name: string, resourceType: string): string {
  return resourceType === "*" && OVER_ALL_TYPES.has(name) ? "search" : canonicalAction(name);
}

/**
 * The same of a request: `_history` is that of an instance where there is one, else that of its type, or of all types.
 */
export function requestedAction(name: string, resource: { readonly id: string | null; readonly type: string }): string {
  if (name === "_history") return resource.id === null ? "search" : "read";
  return actionOn(name, resource.type);
}

/** The interactions that are no access of their own: what their entries do is asked about one by one. */
export const isBundleOfRequests = (action: string): boolean => action === "batch" || action === "transaction";

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const printEntry = (entry: Constraint[number]): string => `${entry.parameter}=${entry.values.join(",")}`;

/** The canonical form of any list of entries: same meaning, one spelling. */
export function canonicalConstraint(entries: Constraint): Constraint {
  const byText = new Map<string, Constraint[number]>();
  for (const { parameter, values } of entries) {
    const entry = { parameter, values: [...new Set(values)].sort(byCodeUnit) };
    byText.set(printEntry(entry), entry);
  }
  return [...byText.values()].sort(
    (a, b) => byCodeUnit(a.parameter, b.parameter) || byCodeUnit(a.values.join(","), b.values.join(",")),
  );
}

/** The text of a constraint, as in a SMART v2 scope after the `?`; empty for no constraint. */
export function printConstraint(c: Constraint): string {
  return c.map(printEntry).join("&");
}

/** How many plain alternatives (one value an entry) a constraint stands for. */
function alternatives(c: Constraint): number {
  return c.reduce((product, entry) => product * entry.values.length, 1);
}

const no = (message: string): { readonly ok: false; readonly message: string } => ({ ok: false, message });
const hint = (near: string | null): string => (near === null ? "" : `; the nearest is "${near}"`);

/** What is known where a text is read. Without `hints` the nearest name is not looked for, which costs most. */
export interface ReadBy {
  readonly version: FhirVersion;
  readonly hints?: boolean;
}

/** A sentence's end for a type that the version does not define: where it is defined, or what was probably meant. */
export function typeElsewhere(resourceType: string, near: string | null): string {
  const others = versionsOf(resourceType);
  return others.length === 0 ? hint(near) : `; it is one of ${others.join(", ")}`;
}

function parseEntry(text: string, resourceType: string, by: ReadBy): Parsed<Constraint[number]> {
  const { hints = true, version } = by;
  const equals = text.indexOf("=");
  if (equals < 1) return no(`"${text}" is not of the form parameter=value`);
  const parameter = text.slice(0, equals);
  if (parameter.includes(":")) return no(`"${parameter}" has a modifier, which a scope can't have`);
  if (parameter.includes(".")) return no(`"${parameter}" is a chained search, which a scope can't have`);
  const kind = parameterKind(resourceType, parameter, version);
  if (kind === null) {
    const every =
      resourceType === "*" ? "no search parameter that every type has" : `no search parameter of ${resourceType}`;
    return no(
      `"${parameter}" is ${every}${hint(hints ? nearest(parameter, parameterNames(resourceType, version)) : null)}`,
    );
  }
  const values = text.slice(equals + 1).split(",");
  for (const value of values) {
    const problem = valueProblem(value, kind);
    if (problem !== null) return no(`"${parameter}" ${problem}`);
  }
  return { ok: true, value: { parameter, values } };
}

/** What is right in some version, the default first; else what is wrong in the default one. */
function inAnyVersion<T>(read: (version: FhirVersion) => Parsed<T>): Parsed<T> {
  const first = read(DEFAULT_FHIR_VERSION);
  if (first.ok) return first;
  for (const version of FHIR_VERSIONS) {
    const parsed = version === DEFAULT_FHIR_VERSION ? first : read(version);
    if (parsed.ok) return parsed;
  }
  return first;
}

/**
 * Reads `parameter=value,value&parameter=value`: search parameters of the FHIR type, without modifier,
 * chain, `_has`, `_filter` or anything encoded. On `*` only the parameters that every resource has; on a
 * custom type none, since nothing defines its parameters. Not fully understood is refused. `by` null: as some
 * version of FHIR understands it.
 */
export function parseConstraint(text: string, resourceType: string, by: ReadBy | null = null): Parsed<Constraint> {
  if (by === null) return inAnyVersion((version) => parseConstraint(text, resourceType, { version }));
  const { version } = by;
  if (resourceType !== "*" && !isFhirType(resourceType, version)) {
    const where = typeElsewhere(resourceType, null);
    return no(`${resourceType} is no FHIR ${version} resource type, and only those have search parameters${where}`);
  }
  if (text.length > MAX_CONSTRAINT_LENGTH) return no(`longer than ${MAX_CONSTRAINT_LENGTH} characters`);
  const entries: Constraint[number][] = [];
  for (const part of text.split("&")) {
    const entry = parseEntry(part, resourceType, by);
    if (!entry.ok) return entry;
    entries.push(entry.value);
  }
  const value = canonicalConstraint(entries);
  if (value.length > MAX_CONSTRAINT_ENTRIES) return no(`more than ${MAX_CONSTRAINT_ENTRIES} parameters`);
  if (alternatives(value) > MAX_ALTERNATIVES) return no(`more than ${MAX_ALTERNATIVES} combinations of values`);
  return { ok: true, value };
}

/** The FHIR interactions in the order of their SMART letters, `cruds`. */
export const interactions: readonly string[] = ["create", "read", "update", "delete", "search"];

function rank(action: string): number {
  const index = interactions.indexOf(action);
  return index < 0 ? interactions.length : index;
}

/** A total order: context, type, action (create, read, update, delete, search, then others), constraint. */
export function compareAtoms(a: Atom, b: Atom): number {
  return (
    byCodeUnit(a.context, b.context) ||
    byCodeUnit(a.resourceType, b.resourceType) ||
    rank(a.action) - rank(b.action) ||
    byCodeUnit(a.action, b.action) ||
    byCodeUnit(printConstraint(a.constraint), printConstraint(b.constraint))
  );
}

/** An atom for people: `patient/Observation.read?category=laboratory`; without a context if it has any. */
export function printAtom(atom: Atom): string {
  const context = atom.context === "ANY" ? "" : `${atom.context.toLowerCase()}/`;
  const constraint = atom.constraint.length === 0 ? "" : `?${printConstraint(atom.constraint)}`;
  return `${context}${atom.resourceType}.${atom.action}${constraint}`;
}

/** The same atoms, each once, in the order of `compareAtoms`. */
export function uniqueAtoms(atoms: readonly Atom[]): readonly Atom[] {
  // Printed, two of them may look alike: types and actions may have dots and slashes in them.
  const keyOf = ({ action, constraint, context, resourceType }: Atom): string =>
    JSON.stringify([context, resourceType, action, printConstraint(constraint)]);
  return [...new Map(atoms.map((atom) => [keyOf(atom), atom])).values()].sort(compareAtoms);
}

const CONTEXTS: readonly string[] = ["ANY", "PATIENT", "USER", "SYSTEM"] satisfies AtomContext[];

function typeProblem(name: string, version: FhirVersion): string | null {
  if (name === "*" || isFhirType(name, version)) return null;
  const problem = identifierProblem(name);
  if (problem !== null) return problem;
  const slip = /^[A-Z]/.test(name) ? slipOfFhirType(name, version) : null;
  return slip === null ? null : `"${name}" is no FHIR ${version} resource type; the nearest is "${slip}"`;
}

/** What is wrong with an action in a scope or a rule, or null. */
export function actionNameProblem(name: string): string | null {
  return name === "_history"
    ? "must be history-instance or history-type: _history may be either"
    : identifierProblem(name);
}

function* declarationProblems(declaration: AtomDeclaration, field: string, version: FhirVersion): Generator<string> {
  if (!CONTEXTS.includes(declaration.context)) yield `${field}.context must be one of ${CONTEXTS.join(", ")}`;
  const type = typeProblem(declaration.resourceType, version);
  if (type !== null) yield `${field}.resourceType ${type}`;
  if (declaration.actions.length === 0) yield `${field}.actions is empty: name at least one action`;
  for (const [index, action] of declaration.actions.entries()) {
    const problem = actionNameProblem(action);
    if (problem !== null) yield `${field}.actions[${index}] ${problem}`;
  }
  // With a wrong type nothing is known about its parameters; one message is enough.
  if (declaration.constraint !== null && type === null) {
    const parsed = parseConstraint(declaration.constraint, declaration.resourceType, { version });
    if (!parsed.ok) yield `${field}.constraint ${parsed.message}`;
  }
}

/**
 * The atoms that declarations stand for, each once, in a stable order. Refused as a whole if anything is
 * wrong, with every problem in the message, each with its field (`atoms[0].resourceType ...`). A type that
 * is none of FHIR's is a custom type, unless it starts with a capital and is one slip away from a FHIR
 * type: that is a misspelling, and would grant nothing. `version` null: as they are understood by some version, whichever
 * they were declared under.
 */
export function atomsOf(
  declarations: readonly AtomDeclaration[],
  version: FhirVersion | null = null,
): Parsed<readonly Atom[]> {
  if (version === null) return inAnyVersion((one) => atomsOf(declarations, one));
  if (declarations.length > MAX_DECLARATIONS) return no(`atoms has more than ${MAX_DECLARATIONS} entries`);
  const problems = declarations.flatMap((declaration, index) => [
    ...declarationProblems(declaration, `atoms[${index}]`, version),
  ]);
  if (problems.length > 0) return no(problems.join("; "));
  const atoms = declarations.flatMap(({ context, resourceType, actions, constraint }): Atom[] => {
    const parsed = constraint === null ? null : parseConstraint(constraint, resourceType, { version });
    // Never fall back to "no constraint": that would widen what the author wrote.
    if (parsed !== null && !parsed.ok) return [];
    const entries = parsed === null ? [] : parsed.value;
    return actions.map((action) => ({
      context,
      resourceType,
      action: actionOn(action, resourceType),
      constraint: entries,
    }));
  });
  return { ok: true, value: uniqueAtoms(atoms) };
}
