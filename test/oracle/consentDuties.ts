// What a resource server makes of the obligations of consents, as naively as it can be said: all of the resource is known.
import type { ConsentObligation, DataCondition, ResourceData } from "../../src/domain/consent/types.ts";

const CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality|";
const ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode|";
const RANKS = "ULMNRV";
const BELOW: Readonly<Record<string, readonly string[]>> = {
  SPI: ["SPI", "BH", "MH", "PSY", "PSYTHPN", "SUD", "COGN", "DVD", "EMOTDIS", "ETHUD", "OPIOIDUD"],
  BH: ["BH", "COGN", "DVD", "EMOTDIS"],
  SUD: ["SUD", "ETHUD", "OPIOIDUD"],
};

const ranksOf = (labels: readonly string[]): readonly number[] =>
  labels.flatMap((label) => (label.startsWith(CONFIDENTIALITY) ? RANKS.indexOf(label.slice(-1)) : []));
const sensitivitiesOf = (labels: readonly string[]): readonly string[] =>
  labels.flatMap((label) => (label.startsWith(ACT_CODE) ? label.slice(ACT_CODE.length) : []));
const takesIn = (wide: string, narrow: string): boolean => (BELOW[wide] ?? [wide]).includes(narrow);

/** `filter`: the label lets it pass; `redact`: the label holds it back. */
function meetsLabels(wanted: readonly string[], borne: readonly string[], type: "filter" | "redact"): boolean {
  const rank = Math.max(...ranksOf(borne));
  const [own, theirs] = [sensitivitiesOf(borne), sensitivitiesOf(wanted)];
  const isTaken = (code: string) => theirs.some((wide) => takesIn(wide, code));
  if (type === "redact") return ranksOf(wanted).some((least) => rank >= least) || own.some(isTaken);
  return ranksOf(wanted).some((most) => rank <= most) || (own.length > 0 && own.every(isTaken));
}

const shares = (some: readonly string[], others: readonly string[] = []): boolean =>
  some.some((each) => others.includes(each));

function meets(condition: DataCondition, resource: ResourceData, type: "filter" | "redact"): boolean {
  const { authors, categories, codes, from, labels, references, resourceTypes, until } = condition;
  const { madeAt: [made] = [0], reference: own, referredToBy = [] } = resource;
  const [authorsOf, refersTo] = [resource.authors.references, resource.references.references];
  return [
    resourceTypes?.includes(resource.resourceType),
    categories && shares(categories, resource.categories.codes),
    codes && shares(codes, resource.codes.codes),
    labels && meetsLabels(labels, resource.labels ?? [], type),
    authors && shares(authors, authorsOf),
    from === undefined || made >= from,
    until === undefined || made < until,
    references?.some(({ meaning, reference }) => {
      if (meaning === "authoredby") return authorsOf.includes(reference);
      const found = { instance: [], dependents: refersTo, related: [...refersTo, ...referredToBy] }[meaning];
      return reference === own || shares([reference], found);
    }),
  ].every((met) => met !== false);
}

/** Whether a resource may leave by a permission with these obligations. */
export const isReleased = (obligations: readonly ConsentObligation[], resource: ResourceData): boolean =>
  obligations.every((each) => {
    if (each.type === "label") return true;
    const isMet = each.anyOf.some((condition) => meets(condition, resource, each.type));
    return each.type === "filter" ? isMet : !isMet;
  });
