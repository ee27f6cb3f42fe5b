import { NO_REDISCLOSURE_NOTICE } from "../consent/specialProtection.ts";
import type { ConsentObligation, DataCondition, DataReference } from "../consent/types.ts";
import type { Json } from "../kernel/canonical.ts";
import { isoTime } from "../kernel/time.ts";
import type { Obligation } from "../policy/types.ts";

/** What consents leave to the caller, for all patients and scopes that an answer rests on. */
export interface ConsentDuties {
  readonly obligations: readonly ConsentObligation[];
  readonly noRedisclosure: boolean;
}

/** What a condition says of one member of the data. Members are in the order of canonical JSON. */
type DataPart =
  | { readonly labels: readonly string[]; readonly type: "labels" }
  | { readonly resourceTypes: readonly string[]; readonly type: "resourceTypes" }
  | { readonly categories: readonly string[]; readonly type: "categories" }
  | { readonly codes: readonly string[]; readonly type: "codes" }
  | { readonly authors: readonly string[]; readonly type: "authors" }
  | { readonly references: readonly DataReference[]; readonly type: "references" }
  | { readonly from: string | null; readonly type: "dataPeriod"; readonly until: string | null };
/** All of several parts. */
export type ConsentCondition = DataPart | { readonly of: readonly DataPart[]; readonly type: "all" };

const instant = (at: number | undefined): string | null => (at === undefined ? null : isoTime(at));

function partsOf(condition: DataCondition): readonly DataPart[] {
  const { authors, categories, codes, from, labels, references, resourceTypes, until } = condition;
  return [
    ...(authors === undefined ? [] : [{ authors, type: "authors" } as const]),
    ...(categories === undefined ? [] : [{ categories, type: "categories" } as const]),
    ...(codes === undefined ? [] : [{ codes, type: "codes" } as const]),
    ...(from === undefined && until === undefined
      ? []
      : [{ from: instant(from), type: "dataPeriod", until: instant(until) } as const]),
    ...(labels === undefined ? [] : [{ labels, type: "labels" } as const]),
    ...(references === undefined ? [] : [{ references, type: "references" } as const]),
    ...(resourceTypes === undefined ? [] : [{ resourceTypes, type: "resourceTypes" } as const]),
  ];
}

/** One condition of a filter or a redaction. */
function conditionOf(condition: DataCondition): ConsentCondition {
  const parts = partsOf(condition);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { of: parts, type: "all" };
}

const inOrder = (conditions: readonly ConsentCondition[]): readonly ConsentCondition[] => {
  const byText = new Map(conditions.map((each) => [JSON.stringify(each), each]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
};

/** The clauses that consents add to the filter: one of each must be met. */
export function filterClauses(duties: readonly ConsentDuties[]): readonly (readonly ConsentCondition[])[] {
  const clauses = new Map<string, readonly ConsentCondition[]>();
  for (const { obligations } of duties)
    for (const each of obligations) {
      if (each.type !== "filter") continue;
      const clause = inOrder(each.anyOf.map(conditionOf));
      clauses.set(JSON.stringify(clause), clause);
    }
  return [...clauses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, clause]) => clause);
}

/** What else consents ask for: what is to be withheld, that labels are needed for that, and the notice of 42 CFR Part 2. */
export function consentObligations(duties: readonly ConsentDuties[]): readonly Obligation[] {
  const all = duties.flatMap(({ obligations }) => obligations);
  const withheld = all.flatMap((each) => (each.type === "redact" ? each.anyOf.map(conditionOf) : []));
  return [
    ...(all.some(({ type }) => type === "label") ? [{ type: "label", parameters: null }] : []),
    ...(withheld.length === 0 ? [] : [{ type: "redact", parameters: { anyOf: inOrder(withheld) } as unknown as Json }]),
    ...(duties.some(({ noRedisclosure }) => noRedisclosure)
      ? [{ type: "noRedisclosure", parameters: { notice: NO_REDISCLOSURE_NOTICE } }]
      : []),
  ];
}
