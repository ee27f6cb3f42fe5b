import type { Json } from "../kernel/canonical.ts";
import { isObject } from "../kernel/reader.ts";
import type { Obligation } from "../policy/types.ts";
import type { Confinement, FilterCondition } from "../scopes/confinement.ts";
import type { ConsentCondition } from "./consentObligations.ts";
import { FILTER } from "./ownObligations.ts";

type Condition = FilterCondition | ConsentCondition;
interface Clause {
  readonly anyOf: readonly Condition[];
}

/** What a resource must meet to be returned: of each clause one condition. */
export interface Filter {
  readonly allOf: readonly Clause[];
}

/** Each condition once, in one order. */
function clauseOf(conditions: readonly Condition[]): Clause {
  const byText = new Map(conditions.map((condition) => [JSON.stringify(condition), condition]));
  return { anyOf: [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, condition]) => condition) };
}

/**
 * The filter that says: one of these alternatives, each a condition, a patient, or both. The patient is the one in context,
 * the same in all. What is asked for together stays together: `a, or b of the patient` is `(a or b) and (a or the patient)`.
 * An alternative that asks for nothing needs no filter, and must not come here.
 */
function filterOf(alternatives: readonly Confinement[]): Filter {
  const ofAnyone = alternatives.flatMap(({ condition, patient }) => (patient === null ? (condition ?? []) : []));
  const ofPatient = alternatives.filter(({ patient }) => patient !== null);
  const conditions = ofPatient.flatMap(({ condition }) => condition ?? []);
  const patients = ofPatient.map(({ patient }) => ({ patient: patient ?? "", type: "patient" }) as const);
  return {
    allOf: [
      ...(conditions.length === ofPatient.length ? [clauseOf([...ofAnyone, ...conditions])] : []),
      ...(patients.length > 0 ? [clauseOf([...ofAnyone, ...patients])] : []),
    ],
  };
}

/**
 * The filter as an obligation: one of the alternatives that scopes leave, where there are any, and one of each clause that
 * consents add. Null: nothing is left out.
 */
export function filterObligation(
  alternatives: readonly Confinement[],
  clauses: readonly (readonly Condition[])[],
): Obligation | null {
  const allOf = [
    ...(alternatives.length === 0 ? [] : filterOf(alternatives).allOf),
    ...clauses.map((anyOf) => ({ anyOf })),
  ];
  return allOf.length === 0 ? null : { type: FILTER, parameters: { allOf } as unknown as Json };
}

const isFilter = (value: unknown): value is Filter =>
  isObject(value) &&
  Array.isArray(value.allOf) &&
  value.allOf.every((each) => isObject(each) && Array.isArray(each.anyOf));

/** The filter among obligations; null: there is none. */
export function filterAmong(obligations: readonly Obligation[]): Filter | null {
  const parameters: unknown = obligations.find(({ type }) => type === FILTER)?.parameters;
  return isFilter(parameters) ? parameters : null;
}

/** The obligation that withholds what meets one of its conditions. */
const REDACT = "redact";

type Part = Exclude<Condition, { readonly type: "all" }>;
interface Withheld {
  readonly anyOf: readonly Condition[];
}
const isWithheld = (value: unknown): value is Withheld => isObject(value) && Array.isArray(value.anyOf);

/**
 * An obligation with each condition of its filter, or of what it withholds, as `of` makes it, which is told where the
 * condition stands; others are as they were.
 */
export function withConditions(obligation: Obligation, of: (part: Part, path: string) => object): Obligation {
  const one = (condition: Condition, path: string): object =>
    condition.type === "all"
      ? { ...condition, of: condition.of.map((part, i) => of(part, `${path}.of.${i}`)) }
      : of(condition, path);
  const all = (conditions: readonly Condition[], path: string): readonly object[] =>
    conditions.map((condition, i) => one(condition, `${path}.anyOf.${i}`));
  const filter = filterAmong([obligation]);
  if (filter !== null) {
    const allOf = filter.allOf.map(({ anyOf }, i) => ({ anyOf: all(anyOf, `parameters.allOf.${i}`) }));
    return { ...obligation, parameters: { ...filter, allOf } as unknown as Json };
  }
  const { parameters, type } = obligation;
  if (type !== REDACT || !isWithheld(parameters)) return obligation;
  return { ...obligation, parameters: { anyOf: all(parameters.anyOf, "parameters") } as unknown as Json };
}

/** The members of a condition that name people. */
export const PERSONAL_MEMBERS = ["authors", "patient", "references"] as const;
