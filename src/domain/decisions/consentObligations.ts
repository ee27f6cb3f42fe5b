import { refsOf } from "../consent/refs.ts";
import { NO_REDISCLOSURE_NOTICE } from "../consent/specialProtection.ts";
import type { ConsentObligation, ConsentRef, DataCondition, DataReference } from "../consent/types.ts";
import type { Json } from "../kernel/canonical.ts";
import { isoTime } from "../kernel/time.ts";
import type { Obligation } from "../policy/types.ts";
import { ASK_EACH_PATIENT, NO_REDISCLOSURE } from "./ownObligations.ts";
import { NAMES_LISTED } from "./reasonBounds.ts";

/** What consents leave to the caller, for all patients and scopes that an answer rests on. */
export interface ConsentDuties {
  readonly obligations: readonly ConsentObligation[];
  readonly noRedisclosure: boolean;
  /** The consents on which it rests. */
  readonly basedOn: readonly ConsentRef[];
  /** Of a set of data of patients whom nothing names: each is asked for by itself, so that what the patient said counts. */
  readonly askEachPatient: boolean;
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

/** The notice, with the consents on which the disclosure rests: 42 CFR 2.32 asks for a copy, or what each permits. */
function noticeOf(duties: readonly ConsentDuties[]): readonly Obligation[] {
  const noticed = duties.filter(({ noRedisclosure }) => noRedisclosure);
  if (noticed.length === 0) return [];
  const consents = refsOf(noticed.flatMap(({ basedOn }) => basedOn)).slice(0, NAMES_LISTED);
  const named = consents.length === 0 ? null : { consents: consents as unknown as Json };
  return [{ type: NO_REDISCLOSURE, parameters: { ...named, notice: NO_REDISCLOSURE_NOTICE } }];
}

/**
 * What else consents ask for: that each patient is asked for, what is to be withheld, that labels are needed for that, and the notice of
 * 42 CFR Part 2.
 */
export function consentObligations(duties: readonly ConsentDuties[]): readonly Obligation[] {
  const all = duties.flatMap(({ obligations }) => obligations);
  const withheld = all.flatMap((each) => (each.type === "redact" ? each.anyOf.map(conditionOf) : []));
  return [
    ...(duties.some(({ askEachPatient }) => askEachPatient) ? [{ type: ASK_EACH_PATIENT, parameters: null }] : []),
    ...(all.some(({ type }) => type === "label") ? [{ type: "label", parameters: null }] : []),
    ...(withheld.length === 0 ? [] : [{ type: "redact", parameters: { anyOf: inOrder(withheld) } as unknown as Json }]),
    ...noticeOf(duties),
  ];
}
