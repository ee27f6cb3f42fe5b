import type { Json } from "../kernel/canonical.ts";
import { isObject } from "../kernel/reader.ts";
import type { Obligation } from "../policy/types.ts";
import type { Confinement, FilterCondition } from "../scopes/confinement.ts";

/** The type of the obligation: what a search or an export may return. A decision has one at most. */
export const FILTER = "filter";

interface Clause {
  readonly anyOf: readonly FilterCondition[];
}

/** What a resource must meet to be returned: of each clause one condition. */
export interface Filter {
  readonly allOf: readonly Clause[];
}

/** Each condition once, in one order. */
function clauseOf(conditions: readonly FilterCondition[]): Clause {
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

/** The filter as an obligation. */
export const filterObligation = (alternatives: readonly Confinement[]): Obligation => ({
  type: FILTER,
  parameters: filterOf(alternatives) as unknown as Json,
});

const isFilter = (value: unknown): value is Filter =>
  isObject(value) &&
  Array.isArray(value.allOf) &&
  value.allOf.every((each) => isObject(each) && Array.isArray(each.anyOf));

/** The filter among obligations; null: there is none. */
export function filterAmong(obligations: readonly Obligation[]): Filter | null {
  const parameters: unknown = obligations.find(({ type }) => type === FILTER)?.parameters;
  return isFilter(parameters) ? parameters : null;
}
