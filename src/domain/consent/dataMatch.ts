import { namesOfAuthor } from "./authors.ts";
import { isPermittedData, isRefusedData } from "./dataOfResource.ts";
import { PSYCHOTHERAPY_NOTES, perhapsMeant, wholeRefused } from "./labels.ts";
import type { ConsentEffect, ConsentQuestion, DataCondition, DataReference, DataTerms, SetData } from "./types.ts";

/** What of the data is meant: all, nothing, or what meets a condition, which the caller is to look at. */
export type DataMatch = "ALL" | "NONE" | DataCondition;

/** What speaks of no data in particular. */
export const ALL_DATA: DataTerms = {
  resourceTypes: null,
  categories: null,
  labels: null,
  codes: null,
  references: null,
  authors: null,
  from: null,
  until: null,
};

/** Whether a consent speaks of all data. */
export function isAllData(data: DataTerms): boolean {
  return (
    data.resourceTypes === null &&
    data.categories === null &&
    data.labels === null &&
    data.codes === null &&
    data.references === null &&
    data.authors === null &&
    data.from === null &&
    data.until === null
  );
}

/** Without the references to one resource each that can't be among the data, as that is of another type. */
function possible(references: DataTerms["references"], resourceType: string): DataTerms["references"] {
  if (references === null || resourceType === "*") return references;
  const canBe = ({ meaning, reference }: DataReference) =>
    meaning !== "instance" || reference.startsWith(`${resourceType}/`);
  return references.filter(canBe);
}

/** The data of a refusal, with its authors under each of their names. */
function byEachName(data: DataTerms, people: SetData["people"]): DataTerms {
  if (people === undefined) return data;
  return {
    ...data,
    authors: data.authors?.flatMap((author) => namesOfAuthor(author, people)) ?? null,
    references:
      data.references?.flatMap((each) =>
        each.meaning === "authoredby"
          ? namesOfAuthor(each.reference, people).map((reference) => ({ ...each, reference }))
          : [each],
      ) ?? null,
  };
}

/** What is left to look at in a set of which the type alone is known. */
function ofSet(terms: DataTerms, { people, resourceType }: SetData, effect: ConsentEffect): DataMatch {
  const data = effect === "DENY" ? byEachName(terms, people) : terms;
  const { authors, categories, codes, from, resourceTypes, until } = data;
  const labels = data.labels !== null && effect === "DENY" ? wholeRefused(data.labels) : data.labels;
  const references = possible(data.references, resourceType);
  if (references?.length === 0 || resourceTypes?.length === 0) return "NONE";
  if (resourceTypes !== null && resourceType !== "*" && !resourceTypes.includes(resourceType)) return "NONE";
  const condition: DataCondition = {
    ...(resourceTypes !== null && resourceType === "*" && { resourceTypes }),
    ...(categories !== null && { categories }),
    ...(labels !== null && { labels }),
    ...(codes !== null && { codes }),
    ...(references !== null && { references }),
    ...(authors !== null && { authors }),
    ...(from !== null && { from }),
    ...(until !== null && { until }),
  };
  return Object.keys(condition).length === 0 ? "ALL" : condition;
}

const areNotes = (label: string): boolean =>
  label === PSYCHOTHERAPY_NOTES || perhapsMeant(label).includes(PSYCHOTHERAPY_NOTES);

/** Whether one resource bears psychotherapy notes, and a permission does not name them. */
const areNotesUnnamed = ({ labels }: DataTerms, asked: ConsentQuestion["data"]): boolean =>
  asked.kind === "RESOURCE" && asked.labels?.some(areNotes) === true && labels?.includes(PSYCHOTHERAPY_NOTES) !== true;

/** What a permission or a refusal reaches of the data that is asked about. */
export function matchData(data: DataTerms, asked: ConsentQuestion["data"], effect: ConsentEffect): DataMatch {
  if (effect === "PERMIT" && areNotesUnnamed(data, asked)) return "NONE";
  if (isAllData(data)) return "ALL";
  if (asked.kind === "SET") return ofSet(data, asked, effect);
  if (effect === "PERMIT") return isPermittedData(data, asked) ? "ALL" : "NONE";
  const refused = isRefusedData(data, asked);
  if (refused !== "UNKNOWN") return refused === "YES" ? "ALL" : "NONE";
  return data.labels === null ? "ALL" : { labels: wholeRefused(data.labels) };
}

/** Data of some types only. */
export function ofTypes(data: DataTerms, types: readonly string[]): DataTerms {
  const { resourceTypes } = data;
  return {
    ...data,
    resourceTypes: resourceTypes === null ? types : resourceTypes.filter((type) => types.includes(type)),
  };
}
