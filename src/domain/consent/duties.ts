import { canonicalJson, type Json } from "../kernel/canonical.ts";
import type { ConsentObligation, DataCondition } from "./types.ts";

/** What is left to the caller: one of each clause must be met, none of what is withheld may be, labels may have to come first. */
export interface Duties {
  readonly clauses: readonly (readonly DataCondition[])[];
  readonly withheld: readonly DataCondition[];
  readonly needsLabels: boolean;
}

export const NO_OBLIGATIONS: readonly ConsentObligation[] = [];

const textOf = (condition: DataCondition): string => canonicalJson(condition as unknown as Json);

/** The conditions in one order, each once, with their texts. */
function ordered(conditions: readonly DataCondition[]): ReadonlyMap<string, DataCondition> {
  const byText = new Map(conditions.map((condition) => [textOf(condition), condition]));
  return byText.size < 2 ? byText : new Map([...byText].sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Clause = ReadonlyMap<string, DataCondition>;
const isWithin = (narrow: Clause, wide: Clause): boolean => [...narrow.keys()].every((text) => wide.has(text));

/** Without what another clause says already: who meets one of few meets one of more. */
function needed(clauses: readonly Clause[]): readonly Clause[] {
  return clauses.filter(
    (clause, i) =>
      !clauses.some((other, k) => k !== i && isWithin(other, clause) && (k < i || other.size < clause.size)),
  );
}

const keyOf = (clause: Clause): string => [...clause.keys()].join();

/** The obligations in one order, whatever that of the duties. */
export function obligationsOf(duties: readonly Duties[]): readonly ConsentObligation[] {
  if (duties.length === 0) return NO_OBLIGATIONS;
  const clauses = needed(duties.flatMap((each) => each.clauses.map(ordered)));
  const withheld = ordered(duties.flatMap((each) => each.withheld));
  const filters = [...clauses].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return [
    ...filters.map((clause) => ({ type: "filter", anyOf: [...clause.values()] }) as const),
    ...(duties.some(({ needsLabels }) => needsLabels) ? [{ type: "label" } as const] : []),
    ...(withheld.size === 0 ? [] : [{ type: "redact", anyOf: [...withheld.values()] } as const]),
  ];
}
