import { isUncertainSystem } from "../scopes/codeSystems.ts";
import { areHouses, mayBeNamed } from "./authors.ts";
import { codingOf } from "./hl7Codes.ts";
import { isPermittedByLabel, isRefusedByLabel } from "./labels.ts";
import type { Code, DataReference, DataTerms, ResourceData, StatedCodes, StatedReferences } from "./types.ts";

/** UNKNOWN: what is stated of the resource does not say. A permission takes it for NO, a refusal for YES. */
type Met = "YES" | "NO" | "UNKNOWN";

/** Whether two codes may be one: the same in whatever letters, of one system, or of one that says too little. */
function mayBeSame(code: Code, other: Code): boolean {
  const [one, two] = [codingOf(code), codingOf(other)];
  if (one.code.toLowerCase() !== two.code.toLowerCase()) return false;
  return one.system === two.system || isUncertainSystem(one.system) || isUncertainSystem(two.system);
}

/**
 * Whether one of the codes is among those that are stated. One of the same name in other letters, without a system or of a system that is not
 * known may be it.
 */
function amongCodes(wanted: readonly Code[], { areAll, codes }: StatedCodes): Met {
  if (codes.some((code) => wanted.includes(code))) return "YES";
  if (!areAll) return "UNKNOWN";
  return wanted.some((code) => codes.some((stated) => mayBeSame(code, stated))) ? "UNKNOWN" : "NO";
}

/** Its category, stated as such; else it is none of all its codes, where there are no others of any kind. */
function isOfCategory(wanted: readonly Code[], { categories, codes }: ResourceData): Met {
  const met = amongCodes(wanted, categories);
  return met === "UNKNOWN" && codes.areWhole && amongCodes(wanted, codes) === "NO" ? "NO" : met;
}

/** Whether a reference is among those that are stated. A bare id may be one to it. */
function amongReferences(wanted: string, { areAllOf, references }: StatedReferences): Met {
  if (references.includes(wanted)) return "YES";
  const [type = "", id = ""] = wanted.split("/");
  return !references.includes(id) && areAllOf(type) ? "NO" : "UNKNOWN";
}

/**
 * Every author counts, and who performed it may be one. Who is nowhere among all its references, under no name of theirs, is none; a house that is
 * its only author tells nobody apart.
 */
function isBy(author: string, { authors, people, perhapsAuthors, references }: ResourceData): Met {
  const amongAny = (stated: StatedReferences): Met => {
    const met = amongReferences(author, stated);
    return met === "NO" && mayBeNamed(author, stated.references, people) ? "UNKNOWN" : met;
  };
  const met = amongAny(authors);
  if (met !== "YES" && amongAny(perhapsAuthors) !== "NO") return "UNKNOWN";
  if (met !== "YES" && areHouses(author, authors.references)) return "UNKNOWN";
  return met === "UNKNOWN" && references.areWhole && amongAny(references) === "NO" ? "NO" : met;
}

/** FHIR R4 consent-data-meaning. `related` goes both ways. */
function isReferred({ meaning, reference }: DataReference, resource: ResourceData): Met {
  if (meaning === "authoredby") return isBy(reference, resource);
  if (resource.reference === reference) return "YES";
  // Of which resource it is may be the one that is meant.
  const isItself = resource.reference === undefined ? "UNKNOWN" : "NO";
  if (meaning === "instance") return isItself;
  if (meaning === "related" && resource.referredToBy?.includes(reference)) return "YES";
  const among = amongReferences(reference, resource.references);
  return among === "NO" ? isItself : among;
}

/** Whether one of several is so. */
function any<Wanted>(wanted: readonly Wanted[], isSo: (one: Wanted) => Met): Met {
  let met: Met = "NO";
  for (const each of wanted) {
    const one = isSo(each);
    if (one === "YES") return one;
    if (one === "UNKNOWN") met = one;
  }
  return met;
}

/** Whether it was made in a period; where only a day or a year is known, all of that for a permission. */
function isOfPeriod({ from, until }: DataTerms, madeAt: ResourceData["madeAt"]): Met {
  if (from === null && until === null) return "YES";
  if (madeAt === undefined) return "UNKNOWN";
  const [first, last] = madeAt;
  if ((from !== null && last < from) || (until !== null && first >= until)) return "NO";
  return (from === null || first >= from) && (until === null || last < until) ? "YES" : "UNKNOWN";
}

/** All that is said but the labels. */
function isMeantButForLabels(data: DataTerms, resource: ResourceData): Met {
  const { authors, categories, codes, references, resourceTypes } = data;
  let met: Met = "YES";
  const meets = (one: Met): boolean => {
    if (one === "UNKNOWN") met = one;
    return one !== "NO";
  };
  const isMet =
    (resourceTypes === null || resourceTypes.includes(resource.resourceType)) &&
    (categories === null || meets(isOfCategory(categories, resource))) &&
    (codes === null || meets(amongCodes(codes, resource.codes))) &&
    (references === null || meets(any(references, (reference) => isReferred(reference, resource)))) &&
    (authors === null || meets(any(authors, (author) => isBy(author, resource)))) &&
    meets(isOfPeriod(data, resource.madeAt));
  return isMet ? met : "NO";
}

/** Whether a permission reaches a resource: all that it says is known of it. */
export function isPermittedData(data: DataTerms, resource: ResourceData): boolean {
  if (isMeantButForLabels(data, resource) !== "YES") return false;
  return data.labels === null || isPermittedByLabel(data.labels, resource.labels ?? []);
}

/** Whether a refusal reaches a resource: nothing that it says is known not to be so. UNKNOWN: that depends on labels that are not there. */
export function isRefusedData(data: DataTerms, resource: ResourceData): Met {
  if (isMeantButForLabels(data, resource) === "NO") return "NO";
  return data.labels === null ? "YES" : isRefusedByLabel(data.labels, resource.labels ?? []);
}
