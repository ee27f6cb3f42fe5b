import { canonicalLabel } from "../consent/hl7Codes.ts";
import type { ResourceData, SetData, StatedCodes, StatedReferences } from "../consent/types.ts";
import { once } from "../kernel/once.ts";
import { canonicalCode } from "../scopes/codeSystems.ts";
import { spanOfDate } from "../scopes/compare/instants.ts";
import { COMPLETE_CODES, COMPLETE_LISTS, COMPLETE_REFERENCES } from "../scopes/completeLists.ts";
import { isFhirType, parameterKind, parametersLeadingTo } from "../scopes/fhir.ts";
import { referenceTarget } from "../scopes/fhirReference.ts";
import { patientsOf } from "./patientsOf.ts";
import type { JsonObject, Resource } from "./types.ts";

const NS_A_MS = 1_000_000n;

/** Who says what of a resource: the request, the directory. */
export type AttributeSources = readonly (JsonObject | null)[];
type Sources = AttributeSources;

/** The values under one name, of all who say them; `areRead`: each is a text. Null: nobody says any. */
interface Stated {
  readonly texts: readonly string[];
  readonly areRead: boolean;
}
const MISSING: readonly unknown[] = [undefined, null];

function statedUnder(sources: Sources, name: string): Stated | null {
  const values = sources.flatMap((attributes) => {
    const value = attributes?.[name];
    return MISSING.includes(value) ? [] : [Array.isArray(value) ? (value as readonly unknown[]) : [value]];
  });
  if (values.length === 0) return null;
  const all = values.flat();
  const texts = all.filter((each): each is string => typeof each === "string");
  return { texts, areRead: texts.length === all.length };
}

/** When it was made, as its search parameter `date` says it. */
function madeAtOf(sources: Sources): readonly [number, number] | undefined {
  const [text] = statedUnder(sources, "date")?.texts ?? [];
  const span = text === undefined ? null : spanOfDate(text);
  return span === null ? undefined : [Number(span.from / NS_A_MS), Number((span.to - 1n) / NS_A_MS)];
}

type Kind = "reference" | "token";

/** What of a type that FHIR does not define is read as one: by its form, or by the name that FHIR's types have for it. */
const LOOKS_LIKE: { readonly [K in Kind]: (name: string, text: string) => boolean } = {
  reference: (name, text) => name === "encounter" || text.includes("/"),
  token: (name, text) => name === "code" || name === "category" || text.includes("|"),
};

/** The names under which something of a kind is stated: search parameters of that kind. */
function namesOf(type: string, sources: Sources, kind: Kind): readonly string[] {
  const names = new Set(sources.flatMap((attributes) => Object.keys(attributes ?? {})));
  for (const list of COMPLETE_LISTS) names.delete(list);
  return [...names].filter((name) =>
    isFhirType(type)
      ? parameterKind(type, name) === kind
      : statedUnder(sources, name)?.texts.some((text) => LOOKS_LIKE[kind](name, text)),
  );
}

/** Whether each who says something of a kind says all there is. */
const areComplete = (sources: Sources, names: readonly string[], complete: string): boolean => {
  const telling = sources.filter((attributes) =>
    [complete, ...names].some((name) => !MISSING.includes(attributes?.[name])),
  );
  return telling.length > 0 && telling.every((attributes) => !MISSING.includes(attributes?.[complete]));
};

const NO_CODES: StatedCodes = { codes: [], areAll: false };
const isBare = (code: string): boolean => code.lastIndexOf("|") <= 0;

/** A code that says no system stands as the code alone. */
const codeForm = (text: string): string => canonicalCode(text.startsWith("|") ? text.slice(1) : text);

function codesUnder(sources: Sources, name: string): StatedCodes {
  const stated = statedUnder(sources, name);
  if (stated === null) return NO_CODES;
  const codes = stated.texts.map(codeForm);
  return { codes, areAll: stated.areRead && !codes.some(isBare) };
}

/** Codes anywhere in the resource. For `code`, what is stated as such is all there is; others count where they are stated. */
function codesOf(type: string, sources: Sources): StatedCodes {
  const names = namesOf(type, sources, "token");
  const texts = [COMPLETE_CODES, ...names].flatMap((name) => statedUnder(sources, name)?.texts ?? []);
  const areAll = areComplete(sources, names, COMPLETE_CODES) || codesUnder(sources, "code").areAll;
  return { codes: texts.map(codeForm), areAll };
}

/** `Type/id`, or a bare id; null: it can't be read. */
function referenceForm(text: string): string | null {
  const target = referenceTarget(text);
  return target === null ? null : target.type === null ? target.id : `${target.type}/${target.id}`;
}

/** By what a type that FHIR does not define, or not with where its references lead, refers to another: `care-plan` to a CarePlan. */
const usualName = (target: string): string => target.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();

function referencesOf(resource: Resource, sources: Sources): StatedReferences {
  const names = namesOf(resource.type, sources, "reference");
  const stated = new Map(names.map((name) => [name, statedUnder(sources, name)]));
  const given = [...stated.values(), statedUnder(sources, COMPLETE_REFERENCES)].flatMap((each) => each?.texts ?? []);
  const references = given.map(referenceForm);
  const isComplete = areComplete(sources, names, COMPLETE_REFERENCES);
  const areRead = !references.includes(null) && [...stated.values()].every((each) => each === null || each.areRead);
  return {
    references: [
      ...references.filter((each) => each !== null),
      ...patientsOf(resource).map((patient) => `Patient/${patient}`),
    ],
    areAllOf(type) {
      if (isComplete) return true;
      if (!areRead || type === "") return false;
      const leading = parametersLeadingTo(resource.type, type) ?? [usualName(type)];
      return leading.length > 0 && leading.every((name) => (stated.get(name) ?? null) !== null);
    },
  };
}

/** Search parameters whose people may have written the resource: who did it, recorded it, asked for it, or said it. */
const PERHAPS_AUTHORS = ["asserter", "performer", "recorder", "requester", "sender", "source"];

const perhapsAuthorsOf = (sources: Sources): readonly string[] =>
  PERHAPS_AUTHORS.flatMap((name) =>
    (statedUnder(sources, name)?.texts ?? []).flatMap((text) => referenceForm(text) ?? []),
  );

function authorsOf(sources: Sources): StatedReferences {
  const stated = statedUnder(sources, "author");
  const references = (stated?.texts ?? []).map(referenceForm);
  const areAll = stated?.areRead === true && !references.includes(null);
  return { references: references.filter((each) => each !== null), areAllOf: () => areAll };
}

/** A resource as consents look at it. Its attributes go by the names of search parameters (FHIR R4, section 3.1.1). */
function resourceData(resource: Resource, sources: Sources): ResourceData {
  const { id, labels, type } = resource;
  // Most consents speak of neither codes nor references: they are read where one does.
  const categories = once(() => codesUnder(sources, "category"));
  const codes = once(() => codesOf(type, sources));
  const references = once(() => referencesOf(resource, sources));
  const authors = once(() => authorsOf(sources));
  const perhapsAuthors = once(() => perhapsAuthorsOf(sources));
  return {
    kind: "RESOURCE",
    resourceType: type,
    reference: id === null ? undefined : `${type}/${referenceTarget(id)?.id ?? id}`,
    labels: labels === null ? undefined : labels.map(canonicalLabel),
    madeAt: madeAtOf(sources),
    referredToBy: undefined,
    get categories() {
      return categories();
    },
    get codes() {
      return codes();
    },
    get references() {
      return references();
    },
    get authors() {
      return authors();
    },
    get perhapsAuthors() {
      return perhapsAuthors();
    },
  };
}

/**
 * What an access is to, for consents; `isSet`: a search or an export, what it comes to is not known yet. `sources`: what the request and
 * the directory say of the resource, each by itself, as what either says counts.
 */
export const dataOf = (resource: Resource, isSet: boolean, sources: Sources): ResourceData | SetData =>
  isSet ? { kind: "SET", resourceType: resource.type } : resourceData(resource, sources);
