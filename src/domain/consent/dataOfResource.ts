import { isPermittedByLabel, isRefusedByLabel } from "./labels.ts";
import type { DataReference, DataTerms, ResourceData } from "./types.ts";

/** UNKNOWN: what is told of the resource does not say. A permission takes it for NO, a refusal for YES. */
type Met = "YES" | "NO" | "UNKNOWN";

const has = (wanted: readonly string[], values: readonly string[]): boolean =>
  values.some((value) => wanted.includes(value));

const among = (wanted: readonly string[], values: readonly string[] | undefined): Met =>
  values === undefined ? "UNKNOWN" : has(wanted, values) ? "YES" : "NO";

/** A code anywhere in the resource, its category included. */
function hasCode(wanted: readonly string[], { categories, codes }: ResourceData): Met {
  if (categories !== undefined && has(wanted, categories)) return "YES";
  return among(wanted, codes);
}

const refersTo = (values: readonly string[] | undefined, reference: string): Met => among([reference], values);

/** FHIR R4 consent-data-meaning. `related` goes both ways; it is known from either list, as few can tell both. */
function isReferred({ meaning, reference }: DataReference, resource: ResourceData): Met {
  if (meaning === "authoredby")
    return resource.author === undefined ? "UNKNOWN" : resource.author === reference ? "YES" : "NO";
  if (resource.reference === reference) return "YES";
  if (meaning === "instance") return resource.reference === undefined ? "UNKNOWN" : "NO";
  const outward = refersTo(resource.refersTo, reference);
  if (meaning === "dependents" || outward === "YES") return outward;
  const inward = refersTo(resource.referredToBy, reference);
  return inward === "UNKNOWN" ? outward : inward;
}

function isReferredByAny(references: readonly DataReference[], resource: ResourceData): Met {
  let met: Met = "NO";
  for (const reference of references) {
    const one = isReferred(reference, resource);
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
    (categories === null || meets(among(categories, resource.categories))) &&
    (codes === null || meets(hasCode(codes, resource))) &&
    (references === null || meets(isReferredByAny(references, resource))) &&
    (authors === null || meets(among(authors, resource.author === undefined ? undefined : [resource.author]))) &&
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
