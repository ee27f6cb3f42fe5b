import { ALL_DATA, matchData } from "../consent/dataMatch.ts";
import { DATA_MEANINGS, type DataReference, type DataTerms, type ResourceData } from "../consent/types.ts";
import { isObject, type Members } from "../kernel/reader.ts";
import { parseConstraint } from "../scopes/atom.ts";
import { canonicalCode } from "../scopes/codeSystems.ts";
import { constraintProblem } from "../scopes/compare/compare.ts";
import { spanOfDate } from "../scopes/compare/instants.ts";
import type { FhirVersion } from "../scopes/fhir.ts";
import { codeOfLabel, labelOf, labelsOf } from "../scopes/securityLabels.ts";
import { dataOf } from "./consentData.ts";
import { patientsOf } from "./patientsOf.ts";
import type { JsonObject } from "./types.ts";

/** What is stated of one resource. What is left out is not known. */
interface StatedResource {
  readonly type: string;
  readonly id: string | null;
  /** All whose it is; null: that can't be told. */
  readonly patients: readonly string[] | null;
  readonly labels: readonly string[] | null;
  readonly attributes: JsonObject;
  readonly fhirVersion: FhirVersion;
}

/** UNKNOWN: what is stated does not tell, or the condition is none that is known here. */
type Met = "YES" | "NO" | "UNKNOWN";

const metIf = (is: boolean): Met => (is ? "YES" : "NO");

const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string");
const areReferences = (value: unknown): value is readonly DataReference[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(
    (each) =>
      isObject(each) &&
      Object.keys(each).length === 2 &&
      typeof each.reference === "string" &&
      (DATA_MEANINGS as readonly unknown[]).includes(each.meaning),
  );

/** Milliseconds since 1970; null: there is no bound, undefined: it can't be read. */
function instant(text: unknown): number | null | undefined {
  if (text === null) return null;
  const span = typeof text === "string" ? spanOfDate(text) : null;
  return span === null ? undefined : Number(span.from / 1_000_000n);
}

/** What one part of a consent's condition speaks of; null: it is none that is known here. */
function termsOf(part: unknown): Partial<DataTerms> | null {
  if (!isObject(part)) return null;
  const { type, ...said } = part;
  const names = Object.keys(said).sort().join(" ");
  if (type === "dataPeriod") {
    const [from, until] = [instant(said.from), instant(said.until)];
    return names === "from until" && from !== undefined && until !== undefined ? { from, until } : null;
  }
  if (typeof type !== "string" || names !== type) return null;
  const values = said[type];
  if (type === "references") return areReferences(values) ? { references: values } : null;
  if (!areTexts(values)) return null;
  switch (type) {
    case "labels":
      return { labels: values.map((label) => codeOfLabel(labelOf(label))) };
    case "categories":
    case "codes":
      return { [type]: values.map(canonicalCode) };
    case "authors":
    case "resourceTypes":
      return { [type]: values };
    default:
      return null;
  }
}

/** All that a consent's condition says; null: some part is none that is known here. */
function dataTerms(condition: Members): DataTerms | null {
  if (condition.type !== "all") {
    const terms = termsOf(condition);
    return terms === null ? null : { ...ALL_DATA, ...terms };
  }
  const { of, type: _, ...others } = condition;
  if (!Array.isArray(of) || of.length === 0 || Object.keys(others).length > 0) return null;
  let all = ALL_DATA;
  for (const part of of as readonly unknown[]) {
    const terms = termsOf(part);
    // Twice of one kind would be both, which no consent says.
    if (terms === null || Object.keys(terms).some((name) => all[name as keyof DataTerms] !== null)) return null;
    all = { ...all, ...terms };
  }
  return all;
}

const isOnly = (condition: Members, name: string): boolean => Object.keys(condition).sort().join(" ") === name;

function constraintMet(text: string, resource: StatedResource): Met {
  const { attributes, fhirVersion, id, labels, type } = resource;
  const parsed = parseConstraint(text, type, { version: fhirVersion, hints: false });
  if (!parsed.ok) return "UNKNOWN";
  const compared = {
    resourceType: type,
    resourceId: id,
    labels: labels === null ? null : labelsOf(labels),
    attributes,
    fhirVersion,
  };
  const problem = constraintProblem(parsed.value, type, compared);
  return problem === null ? "YES" : problem.is === "UNMET" ? "NO" : "UNKNOWN";
}

/** What consents are asked of a resource. */
function consentDataOf({ attributes, id, labels, patients, type }: StatedResource): ResourceData {
  const resource = {
    type,
    id,
    patient: null,
    patients,
    organization: null,
    labels: labels === null ? null : labelsOf(labels),
    attributes,
  };
  return dataOf(resource, "read", { sources: [attributes] }) as ResourceData;
}

/**
 * Whether one resource meets one condition of a `filter` or of what is to be withheld (`redact`), as a decision about that resource
 * would see it: a permission takes what is not known for no, a refusal for yes. For those who apply the obligations of a search.
 */
export function conditionMet(condition: unknown, of: "FILTER" | "REDACT", resource: StatedResource): Met {
  if (!isObject(condition)) return "UNKNOWN";
  const { type } = condition;
  if (of === "FILTER") {
    if (type === "patient") {
      if (!isOnly(condition, "patient type") || typeof condition.patient !== "string") return "UNKNOWN";
      const { id, patients, type: resourceType } = resource;
      if (patients === null && resourceType !== "Patient") return "UNKNOWN";
      return metIf(patientsOf({ id, patient: null, patients, type: resourceType }).includes(condition.patient));
    }
    if (type === "resourceType") {
      const { resourceType } = condition;
      return isOnly(condition, "resourceType type") ? metIf(resourceType === resource.type) : "UNKNOWN";
    }
    if (type === "constraint")
      return isOnly(condition, "constraint type") && typeof condition.constraint === "string"
        ? constraintMet(condition.constraint, resource)
        : "UNKNOWN";
  }
  const terms = dataTerms(condition);
  if (terms === null) return "UNKNOWN";
  const match = matchData(terms, consentDataOf(resource), of === "FILTER" ? "PERMIT" : "DENY");
  return match === "ALL" ? "YES" : match === "NONE" ? "NO" : "UNKNOWN";
}
