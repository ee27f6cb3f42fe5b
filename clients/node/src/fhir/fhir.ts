import { isMembers, type Members } from "../answers.ts";
import type { Obligation } from "../operations.graphql.ts";
import { attributesOf, type ReadOptions, type ResourceFacts, statedOf } from "./attributes.ts";
import { conditionMet, parameterKind } from "./evaluation.ts";
import type { Met, Stated } from "./evaluationTypes.ts";

export { attributesOf, type ReadOptions, type ResourceFacts, toResource } from "./attributes.ts";
export { isOfPatients, isResourceType, searchParameterKind } from "./definitions.ts";

/** One that is so is enough; else nobody knows where one of them is not known. */
function any(conditions: readonly unknown[], of: "FILTER" | "REDACT", stated: Stated): Met {
  let met: Met = "NO";
  for (const condition of conditions) {
    const one = conditionMet(condition, of, stated);
    if (one === "YES") return one;
    if (one === "UNKNOWN") met = one;
  }
  return met;
}

const ASKED: Readonly<Record<Met, boolean | null>> = { YES: true, NO: false, UNKNOWN: null };

/** The conditions of `{anyOf}`; null: it is something else. */
function anyOfIn(value: unknown): readonly unknown[] | null {
  if (!isMembers(value)) return null;
  const { anyOf, ...others } = value;
  return Array.isArray(anyOf) && Object.keys(others).length === 0 ? anyOf : null;
}

/**
 * Whether a resource may be given out under a `filter` (its parameters). Null: that can't be told, or a condition or its form is not known
 * here, so that it must not be.
 */
export function matches(filter: unknown, resource: object, options: ReadOptions = {}): boolean | null {
  if (!isMembers(filter)) return null;
  const { allOf, ...others } = filter;
  if (!Array.isArray(allOf) || Object.keys(others).length > 0) return null;
  const stated = statedOf(attributesOf(resource, options));
  let met: Met = "YES";
  for (const clause of allOf as readonly unknown[]) {
    const anyOf = anyOfIn(clause);
    const one = anyOf === null ? "UNKNOWN" : any(anyOf, "FILTER", stated);
    if (one === "NO") return false;
    if (one === "UNKNOWN") met = one;
  }
  return ASKED[met];
}

/** Whether a `redact` (its parameters) withholds a resource. Null: that can't be told, so that it must be withheld. */
export function isWithheld(redaction: unknown, resource: object, options: ReadOptions = {}): boolean | null {
  const anyOf = anyOfIn(redaction);
  return anyOf === null ? null : ASKED[any(anyOf, "REDACT", statedOf(attributesOf(resource, options)))];
}

const SUBSETTED = {
  system: "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
  code: "SUBSETTED",
  display: "subsetted",
};

/** What a parser makes of a number, to keep it as it was written, is no object of JSON. */
const isPlainObject = (value: unknown): value is Members => {
  if (!isMembers(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/**
 * Without these of its contained resources, what refers to them, and narratives, which may tell of them; marked as not whole. Numbers that are
 * kept as objects of a class stay what they are.
 */
export function withoutContained(resource: Members, taken: ReadonlySet<unknown>): Members {
  const marks = new Set([...taken].map((each) => `#${isMembers(each) ? String(each.id) : ""}`));
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const left = value.filter((each) => !taken.has(each)).map(copy);
      const some = left.filter((each) => each !== undefined);
      // FHIR knows no empty lists.
      return some.length === 0 ? undefined : some;
    }
    if (!isPlainObject(value)) return value;
    if (typeof value.reference === "string" && marks.has(value.reference)) return undefined;
    const entries = Object.entries(value)
      .filter(([name]) => name !== "text" || typeof value.resourceType !== "string")
      .map(([name, each]) => [name, copy(each)] as const)
      .filter(([, each]) => each !== undefined);
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  };
  const copied = copy(resource) as Members;
  const meta = isMembers(copied.meta) ? copied.meta : {};
  const tags = Array.isArray(meta.tag) ? meta.tag : [];
  const isMarked = tags.some((tag) => isMembers(tag) && tag.code === SUBSETTED.code);
  return isMarked ? copied : { ...copied, meta: { ...meta, tag: [...tags, SUBSETTED] } };
}

/**
 * A contained resource has neither labels nor a patient of its own (FHIR R4, section 2.29.0.4): those of its container are its; and who made it,
 * when and as what is as with its container, where it does not say.
 */
function statedWithin(contained: Members, container: Stated, options: ReadOptions): Stated {
  const { attributes, labels, ...own } = statedOf(attributesOf(contained, options));
  return {
    ...own,
    // No reference leads to it but by its container.
    id: container.id,
    labels: labels ?? container.labels,
    patients: container.patients,
    attributes: { ...container.attributes, ...attributes },
  };
}

/** What a decision needs to know of each resource that is contained in another: as `attributesOf`, of whom and with the labels of its container. */
export function containedFacts(container: object, options: ReadOptions = {}): readonly ResourceFacts[] {
  const own = attributesOf(container, options);
  const { contained = [] } = container as Members;
  return (Array.isArray(contained) ? (contained as readonly unknown[]) : []).map((each) => {
    const { attributes, labels, id, type } = attributesOf(isMembers(each) ? each : {}, options);
    const marked = labels ?? own.labels;
    return {
      type,
      id: `${own.id ?? ""}#${id ?? ""}`,
      patients: own.patients,
      ...(marked !== undefined && { labels: marked }),
      attributes,
    };
  });
}

/**
 * A resource as it may be given out under a `redact`: itself where nothing in it is withheld; without what is contained in it and withheld, and then
 * without its narrative and with the tag SUBSETTED. Null: it is withheld, or nobody can tell, or the obligation is none that is known here.
 * @param plain - the same resource with numbers of JavaScript, where `resource` keeps them as they were written
 */
export function redact<Resource extends object>(
  resource: Resource,
  obligation: Obligation,
  options: ReadOptions = {},
  plain: object = resource,
): Resource | null {
  const anyOf = obligation.type === "redact" ? anyOfIn(obligation.parameters) : null;
  if (anyOf === null || !isMembers(resource)) return null;
  const stated = statedOf(attributesOf(plain, options));
  if (any(anyOf, "REDACT", stated) !== "NO") return null;
  const { contained = [] } = resource as Members;
  const { contained: read = [] } = plain as Members;
  if (!Array.isArray(contained) || !Array.isArray(read)) return null;
  const taken = new Set(
    contained.filter((_, i) => {
      const each: unknown = read[i];
      return !isMembers(each) || any(anyOf, "REDACT", statedWithin(each, stated, options)) !== "NO";
    }),
  );
  return taken.size === 0 ? resource : (withoutContained(resource, taken) as Resource);
}

/** A filter in the words of a FHIR search. */
export interface FhirSearch {
  /** All of them must hold, so that one name may stand twice. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** Whether they say all of the filter. If not, more is found: `matches` says of what. */
  readonly complete: boolean;
}

/** What one clause comes to; null: a search can't say it. */
function parametersOf(anyOf: readonly unknown[], type: string): FhirSearch["parameters"] | null {
  const asked = anyOf.map((condition): FhirSearch["parameters"] | null => {
    if (!isMembers(condition)) return null;
    if (condition.type === "patient" && typeof condition.patient === "string") {
      if (type === "Patient") return [["_id", condition.patient]];
      return parameterKind(type, "patient", "R4") === "reference"
        ? [["patient", `Patient/${condition.patient}`]]
        : null;
    }
    if (condition.type === "resourceType" && condition.resourceType === type) return [];
    if (condition.type !== "constraint" || typeof condition.constraint !== "string") return null;
    const entries = condition.constraint.split("&").map((entry) => {
      const equals = entry.indexOf("=");
      return [entry.slice(0, equals), entry.slice(equals + 1)] as const;
    });
    return entries.every(([name]) => parameterKind(type, name, "R4") !== null) ? entries : null;
  });
  if (asked.includes(null)) return null;
  const alternatives = asked as readonly FhirSearch["parameters"][];
  // One of them asks for nothing.
  if (alternatives.some(({ length }) => length === 0)) return [];
  const [first] = alternatives;
  if (alternatives.length === 1 && first !== undefined) return first;
  const names = new Set(alternatives.flat().map(([name]) => name));
  const [name] = names;
  // A comma is OR within one parameter, and there is no other.
  if (names.size !== 1 || name === undefined || alternatives.some(({ length }) => length > 1)) return null;
  return [[name, [...new Set(alternatives.flat().flatMap(([, value]) => value.split(",")))].join(",")]];
}

/** A `filter` (its parameters) as parameters of a search of this type. Null: its form is not known here, so that nothing may be given out. */
export function toFhirSearch(filter: unknown, type: string): FhirSearch | null {
  if (!isMembers(filter)) return null;
  const { allOf, ...others } = filter;
  if (!Array.isArray(allOf) || Object.keys(others).length > 0) return null;
  const parameters: (readonly [string, string])[] = [];
  let complete = true;
  for (const clause of allOf as readonly unknown[]) {
    const anyOf = anyOfIn(clause);
    if (anyOf === null) return null;
    const said = parametersOf(anyOf, type);
    if (said === null) complete = false;
    else parameters.push(...said);
  }
  return { parameters, complete };
}
