import { categoriesOf, labelsOf, matchesToken, type Observation, patientOf } from "./observations.ts";
import type { Obligation } from "./scopewarden.ts";

type Test = (observation: Observation) => boolean;

/** An ALLOW under a condition that this program does not know how to meet: it must be treated as DENY. */
export class NotUnderstood extends Error {}

/** One condition of a `filter`. */
function conditionTest(condition: Readonly<Record<string, unknown>>): Test {
  const { type } = condition;
  if (type === "patient") return (observation) => patientOf(observation) === condition.patient;
  if (type === "resourceType") return (observation) => observation.resourceType === condition.resourceType;
  if (type === "constraint" && typeof condition.constraint === "string") {
    const tests = condition.constraint.split("&").map((part): Test => {
      const [parameter, values] = [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)];
      if (parameter === "category") return (observation) => matchesToken(values, categoriesOf(observation));
      throw new NotUnderstood(`This server can't search by ${parameter}.`);
    });
    return (observation) => tests.every((test) => test(observation));
  }
  throw new NotUnderstood(`This server does not know conditions of type ${type}.`);
}

interface Filter {
  readonly allOf: readonly { readonly anyOf: readonly Readonly<Record<string, unknown>>[] }[];
}

/** Whether an observation bears one of the labels that a search must withhold. */
function redactTest({ anyOf }: { readonly anyOf?: readonly Readonly<Record<string, unknown>>[] }): Test {
  if (!Array.isArray(anyOf)) throw new NotUnderstood("This server does not know a redaction of this form.");
  const labels = (anyOf as readonly Readonly<Record<string, unknown>>[]).flatMap((condition) => {
    if (condition.type !== "labels" || !Array.isArray(condition.labels))
      throw new NotUnderstood(`This server can't withhold by conditions of type ${condition.type}.`);
    return condition.labels as readonly string[];
  });
  return (observation) => labelsOf(observation).some((label) => labels.some((each) => each.endsWith(`|${label}`)));
}

/**
 * What a search may return, by its obligations: `filter`, of each of whose clauses one condition must hold; `redact`, of whose labels it
 * bears none; `label`: what bears no labels at all is withheld, as this server can't label it. Without them everything that was
 * asked for. Throws `NotUnderstood` for whatever this program can't do.
 */
export function searchFilter(obligations: readonly Obligation[]): Test {
  const clauses: (readonly Test[])[] = [];
  const withheld: Test[] = [];
  for (const { type, parameters } of obligations) {
    if (type === "label") withheld.push((observation) => labelsOf(observation).length === 0);
    if (type === "redact") withheld.push(redactTest((parameters ?? {}) as object));
    if (type === "label" || type === "redact") continue;
    if (type !== "filter") throw new NotUnderstood(`This server can't ${type}.`);
    const { allOf } = parameters as Filter;
    if (!Array.isArray(allOf)) throw new NotUnderstood("This server does not know a filter of this form.");
    for (const { anyOf } of allOf as Filter["allOf"]) clauses.push(anyOf.map(conditionTest));
  }
  return (observation) =>
    clauses.every((clause) => clause.some((test) => test(observation))) && !withheld.some((test) => test(observation));
}

/** What else but a search is allowed under an obligation: nothing, in this program. */
export function refuseObligations(obligations: readonly Obligation[]): void {
  for (const { type } of obligations) throw new NotUnderstood(`This server can't ${type}.`);
}
