import { isResourceType, searchParameterKind } from "@scopewarden/client/fhir";
import { notSupported } from "./outcome.ts";
import { isId, type Parameters } from "./upstream.ts";

/** Types that are not served at all: what is in them can't be decided by what they say of themselves. */
const NOT_SERVED: ReadonlySet<string> = new Set([
  ...["Binary", "Bundle", "Group", "List", "OperationOutcome", "Parameters", "Person", "Subscription"],
]);

export const isServed = (type: string): boolean => isResourceType(type) && !NOT_SERVED.has(type);

/** A search as it was read: nothing of the client's text is left. */
export interface SearchQuery {
  readonly type: string;
  /** What it looks for, in an order that its writing does not change. */
  readonly parameters: Parameters;
  readonly sort: string | null;
  /** How many matches a page has at most. */
  readonly count: number;
  readonly includes: readonly { readonly type: string; readonly parameter: string; readonly target: string | null }[];
  readonly revIncludes: readonly { readonly type: string; readonly parameter: string }[];
  /** The one patient whom it is confined to; null: none, or several. */
  readonly patient: string | null;
}

const DEFAULT_COUNT = 50;
const MOST_COUNT = 200;
const MOST_PARAMETERS = 32;
const MOST_VALUE = 2000;
const MOST_INCLUDES = 8;

/** By the type of a parameter, the modifiers that look at nothing but the parameter's own values (R4, section 3.1.1.4.2). */
const MODIFIERS: Readonly<Record<string, readonly string[]>> = {
  token: ["not", "missing"],
  string: ["exact", "contains", "missing"],
  reference: ["missing"],
  date: ["missing"],
  number: ["missing"],
  quantity: ["missing"],
  uri: ["missing"],
};

const INCLUDE = /^([A-Za-z]+):([a-z][A-Za-z-]*)(?::([A-Za-z]+))?$/;

/** A name of a parameter in a message: a name and nothing else that the client wrote. */
const seen = (name: string): string => (/^[A-Za-z_][A-Za-z0-9_.:-]{0,60}$/.test(name) ? name : "a parameter");

function readCount(value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value))
    throw notSupported("_count must be a whole number from 1: what is only counted is not decided.");
  return Math.min(Number(value), MOST_COUNT);
}

function readSort(type: string, value: string): string {
  const names = value.split(",");
  for (const name of names) {
    const plain = name.replace(/^-/, "");
    if (searchParameterKind(type, plain) === null)
      throw notSupported(`_sort: ${seen(plain)} is no parameter of ${type} to sort by.`);
  }
  return names.join(",");
}

function readInclude(name: string, value: string) {
  const [, type = "", parameter = "", target = null] = INCLUDE.exec(value) ?? [];
  if (!isServed(type) || searchParameterKind(type, parameter) !== "reference")
    throw notSupported(`${name} must be Type:parameter of a reference, without * and :iterate.`);
  if (target !== null && !isServed(target)) throw notSupported(`${name} leads to a type that is not served here.`);
  return { type, parameter, target };
}

/** `patient=x`, `subject=Patient/x`, `subject:Patient=x`: the patient's id; null: it says something else. */
function patientIn(type: string, name: string, value: string): string | null {
  if (type === "Patient" && name === "_id") return isId(value) ? value : null;
  const [, id] = /^(?:Patient\/)?([A-Za-z0-9.-]{1,64})$/.exec(value) ?? [];
  if (id === undefined) return null;
  if (name === "patient" || name === "subject:Patient") return id;
  return name === "subject" && value.startsWith("Patient/") ? id : null;
}

function readParameter(type: string, name: string, value: string): readonly [string, string] {
  if (value === "" || value.length > MOST_VALUE)
    throw notSupported(`${seen(name)} must have a value of at most ${MOST_VALUE} characters.`);
  const [parameter = "", modifier, ...more] = name.split(":");
  const kind = searchParameterKind(type, parameter);
  if (kind === null || more.length > 0)
    throw notSupported(
      `${seen(name)} is no search parameter of ${type} that is served here. Chains, _has, _filter, _text, _content, _list, _total, _summary and _elements are not.`,
    );
  const isTyped = kind === "reference" && modifier !== undefined && isServed(modifier);
  if (modifier !== undefined && !isTyped && !(MODIFIERS[kind] ?? []).includes(modifier))
    throw notSupported(`${seen(name)}: this modifier is not served for a parameter of the type ${kind}.`);
  if (modifier === "missing" && value !== "true" && value !== "false")
    throw notSupported(`${seen(name)} must be true or false.`);
  return [name, value];
}

/**
 * Reads a search against FHIR's own definitions: what is not among them, or looks at anything but the resources that are searched, is refused.
 * @throws Refused with 400, naming the parameter
 */
export function readSearch(type: string, given: Parameters): SearchQuery {
  if (given.length > MOST_PARAMETERS) throw notSupported(`A search has at most ${MOST_PARAMETERS} parameters.`);
  const parameters: (readonly [string, string])[] = [];
  const includes: SearchQuery["includes"][number][] = [];
  const revIncludes: SearchQuery["revIncludes"][number][] = [];
  let [sort, count]: [string | null, number | null] = [null, null];
  for (const [name, value] of given) {
    if (name === "_format" || name === "_pretty") continue;
    if (name === "_count") {
      if (count !== null) throw notSupported("_count stands twice.");
      count = readCount(value);
    } else if (name === "_sort") {
      if (sort !== null) throw notSupported("_sort stands twice.");
      sort = readSort(type, value);
    } else if (name === "_include") {
      const include = readInclude(name, value);
      if (include.type !== type) throw notSupported("_include must begin with the type that is searched.");
      includes.push(include);
    } else if (name === "_revinclude") {
      const { parameter, target, type: other } = readInclude(name, value);
      if (target !== null && target !== type) throw notSupported("_revinclude must lead to the type that is searched.");
      revIncludes.push({ type: other, parameter });
    } else parameters.push(readParameter(type, name, value));
  }
  if (includes.length + revIncludes.length > MOST_INCLUDES)
    throw notSupported(`A search has at most ${MOST_INCLUDES} includes.`);
  const patients = parameters.flatMap(([name, value]) => {
    const isPatient =
      ["patient", "subject", "subject:Patient"].includes(name) || (type === "Patient" && name === "_id");
    return isPatient ? [patientIn(type, name, value)] : [];
  });
  const [patient = null] = patients;
  parameters.sort(([a, v], [b, w]) => (a === b ? (v < w ? -1 : 1) : a < b ? -1 : 1));
  return {
    ...{ type, parameters, sort, includes, revIncludes },
    count: count ?? DEFAULT_COUNT,
    // Two of them are both: whoever is in neither is in no answer, and asking for one of them alone would leave the other undecided.
    patient: new Set(patients).size === 1 ? patient : null,
  };
}

/** The search as the upstream is asked, with what the decision adds. */
export function toUpstream(query: SearchQuery, added: Parameters): Parameters {
  return [
    ...query.parameters,
    ...added,
    ...(query.sort === null ? [] : [["_sort", query.sort] as const]),
    ["_count", String(query.count)],
    ...query.includes.map(
      ({ parameter, target, type }) =>
        ["_include", `${type}:${parameter}${target === null ? "" : `:${target}`}`] as const,
    ),
    ...query.revIncludes.map(({ parameter, type }) => ["_revinclude", `${type}:${parameter}`] as const),
  ];
}

/** As the client may read what was searched. */
export const ownParameters = (query: SearchQuery): Parameters => toUpstream(query, []);
