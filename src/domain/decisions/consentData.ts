import type { NamesOfPeople, ResourceData, SetData, StatedReferences } from "../consent/types.ts";
import { codesMeant } from "../scopes/codeSystems.ts";
import { spanOfDate } from "../scopes/compare/instants.ts";
import { COMPLETE_CODES, COMPLETE_LISTS, COMPLETE_REFERENCES } from "../scopes/completeLists.ts";
import { isFhirType, parameterKind, parameterNames, parametersLeadingTo } from "../scopes/fhir.ts";
import { referenceTarget } from "../scopes/fhirReference.ts";
import { isSharedType } from "../scopes/sharedTypes.ts";
import { labelsAsked } from "./labelsStated.ts";
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

/** When it was made, as its search parameter `date` says it: of several dates, from the first to the last. */
function madeAtOf(sources: Sources): ResourceData["madeAt"] {
  const { areRead = false, texts = [] } = statedUnder(sources, "date") ?? {};
  const spans = texts.map(spanOfDate).filter((span) => span !== null);
  if (!areRead || spans.length === 0 || spans.length < texts.length) return undefined;
  return [
    Math.min(...spans.map(({ from }) => Number(from / NS_A_MS))),
    Math.max(...spans.map(({ to }) => Number((to - 1n) / NS_A_MS))),
  ];
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

const isBare = (code: string): boolean => code.lastIndexOf("|") <= 0;

/** The codes of texts, and whether each can be read with its system. */
function codesIn({ areRead, texts }: Stated) {
  const meant = texts.map(codesMeant);
  const areAll = areRead && meant.every(([first]) => first !== undefined && !isBare(first));
  return { codes: meant.flat(), areAll };
}
const codesUnder = (sources: Sources, name: string) =>
  codesIn(statedUnder(sources, name) ?? { texts: [], areRead: false });

/** All that is stated under some names, in one. */
const together = (all: readonly (Stated | null)[]): Stated => ({
  texts: all.flatMap((each) => each?.texts ?? []),
  areRead: all.every((each) => each === null || each.areRead),
});

/** The parameters for codes of a type's parts, such as `component-code` of an Observation; `combo-code` is of all of them. */
const partCodes = (type: string): readonly string[] =>
  isFhirType(type)
    ? parameterNames(type).filter((name) => /(?<!^combo)-code$/.test(name) && parameterKind(type, name) === "token")
    : NO_NAMES;
const NO_NAMES: readonly string[] = [];

/** Whether all codes by which a resource says what it is are stated: its own, and those of its parts. */
const areCodesStated = (type: string, sources: Sources): boolean =>
  codesUnder(sources, "combo-code").areAll ||
  ["code", ...partCodes(type)].every((name) => codesUnder(sources, name).areAll);

/** Codes anywhere in the resource. For `code` and the codes of parts, what is stated as such is all there is; others count where they are stated. */
function codesOf(type: string, sources: Sources): ResourceData["codes"] {
  const names = namesOf(type, sources, "token");
  const { codes, areAll } = codesIn(together([COMPLETE_CODES, ...names].map((name) => statedUnder(sources, name))));
  const areWhole = areAll && areComplete(sources, names, COMPLETE_CODES);
  return { codes, areAll: areWhole || areCodesStated(type, sources), areWhole };
}

/** `Type/id`, or a bare id; null: it can't be read. */
function referenceForm(text: string): string | null {
  const target = referenceTarget(text);
  return target === null ? null : target.type === null ? target.id : `${target.type}/${target.id}`;
}

/** By what a type that FHIR does not define, or not with where its references lead, refers to another: `care-plan` to a CarePlan. */
const usualName = (target: string): string => target.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();

/** The references of texts, and whether each can be read. */
function referencesIn({ areRead, texts }: Stated) {
  const references = texts.map(referenceForm);
  return { areRead: areRead && !references.includes(null), references: references.filter((each) => each !== null) };
}

function referencesOf(resource: Resource, sources: Sources): ResourceData["references"] {
  const names = namesOf(resource.type, sources, "reference");
  const stated = new Map([...names, "author", COMPLETE_REFERENCES].map((name) => [name, statedUnder(sources, name)]));
  const { areRead, references } = referencesIn(together([...stated.values()]));
  const areWhole = areRead && areComplete(sources, names, COMPLETE_REFERENCES);
  return {
    references: [...references, ...patientsOf(resource).map((patient) => `Patient/${patient}`)],
    areWhole,
    areAllOf(type) {
      if (areWhole) return true;
      if (!areRead || type === "") return false;
      const leading = parametersLeadingTo(resource.type, type) ?? [usualName(type)];
      return leading.length > 0 && leading.every((name) => (stated.get(name) ?? null) !== null);
    },
  };
}

/** Search parameters whose people may have written the resource: who did it, recorded it, asked for it, or said it. */
const PERHAPS_AUTHORS = ["asserter", "performer", "recorder", "requester", "sender", "source"];

function perhapsAuthorsOf(sources: Sources): StatedReferences {
  const { areRead, references } = referencesIn(together(PERHAPS_AUTHORS.map((name) => statedUnder(sources, name))));
  return { references, areAllOf: () => areRead };
}

/** Whom a resource names as authors, for certain or perhaps, as `Type/id`. */
export const authorsNamed = (sources: Sources): readonly string[] =>
  referencesIn(together(["author", ...PERHAPS_AUTHORS, COMPLETE_REFERENCES].map((name) => statedUnder(sources, name))))
    .references;

function authorsOf(sources: Sources): StatedReferences {
  const { areRead, references } = referencesIn(statedUnder(sources, "author") ?? { texts: [], areRead: false });
  return { references, areAllOf: () => areRead };
}

/** What it is referred to by; undefined: its id can't be read as one of FHIR. */
function ownReference(type: string, id: string): string | undefined {
  const target = referenceTarget(id);
  return target === null && isFhirType(type) ? undefined : `${type}/${target?.id ?? id}`;
}

/**
 * A resource as consents look at it. Its attributes go by the names of search parameters (FHIR R4, section 3.1.1). Most consents speak of
 * neither codes nor references: they are read where one does. A class, as one is made for every decision: getters of an object are slow to make.
 */
class AskedResource implements ResourceData {
  readonly kind = "RESOURCE";
  readonly resourceType: string;
  readonly reference: string | undefined;
  readonly labels: ResourceData["labels"];
  readonly referredToBy = undefined;
  readonly people: NamesOfPeople;
  readonly #resource: Resource;
  readonly #sources: Sources;
  #codes: ResourceData["codes"] | undefined;
  #references: ResourceData["references"] | undefined;

  constructor(resource: Resource, sources: Sources, people: NamesOfPeople) {
    const { id, labels, type } = resource;
    this.people = people;
    this.resourceType = type;
    this.reference = id === null ? undefined : ownReference(type, id);
    this.labels = labelsAsked(labels, sources);
    this.#resource = resource;
    this.#sources = sources;
  }
  get madeAt() {
    return madeAtOf(this.#sources);
  }
  get categories() {
    return codesUnder(this.#sources, "category");
  }
  get codes() {
    this.#codes ??= codesOf(this.resourceType, this.#sources);
    return this.#codes;
  }
  get references() {
    this.#references ??= referencesOf(this.#resource, this.#sources);
    return this.#references;
  }
  get authors() {
    return authorsOf(this.#sources);
  }
  get perhapsAuthors() {
    return perhapsAuthorsOf(this.#sources);
  }
}

/** Whether what an action comes to is not known yet: a search, and the operations of FHIR, which return what they like. */
export const isOfSet = (action: string): boolean => action === "search" || action.startsWith("$");

/** An operation on data of patients may return data of all types, `$everything` say. */
const typeOf = (action: string, type: string): string =>
  action.startsWith("$") && isFhirType(type) && !isSharedType(type) ? "*" : type;

/**
 * What an access is to, for consents. `sources`: what the request and
 * the directory say of the resource, each by itself, as what either says counts. `people`: those of whom it knows FHIR resources.
 */
export const dataOf = (
  resource: Resource,
  action: string,
  { people = NO_PEOPLE, sources }: { readonly people?: NamesOfPeople; readonly sources: Sources },
): ResourceData | SetData =>
  isOfSet(action)
    ? { kind: "SET", resourceType: typeOf(action, resource.type), people }
    : new AskedResource(resource, sources, people);
const NO_PEOPLE: NamesOfPeople = [];
