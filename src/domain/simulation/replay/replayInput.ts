import { journalView } from "../../callers/permissions.ts";
import type { Caller } from "../../callers/types.ts";
import { canonicalFilter } from "../../decisions/canonicalFilter.ts";
import type { DecisionFilter } from "../../decisions/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import { networkProblem } from "../../kernel/ipAddress.ts";
import { Reader } from "../../kernel/reader.ts";
import { textProblem } from "../../kernel/text.ts";
import { wholeDays } from "../../kernel/time.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { scopeNamesOne } from "../namesOne.ts";
import type { ReplayBase, ReplayQuery } from "./types.ts";

const DEFAULT_SAMPLES = 10;
export const MAX_SAMPLES = 100;

/** As it is asked; null is as absent. */
export interface ReplayInput {
  readonly operations: readonly PolicyOperation[];
  /** Which decisions; absent: all. */
  readonly filter?: { readonly [Name in keyof DecisionFilter]?: DecisionFilter[Name] | null } | null | undefined;
  readonly samples?: number | null | undefined;
  readonly base?: ReplayBase | null | undefined;
}

/**
 * What only those may ask by who see the record as it is: for others the answer would tell whose a pseudonym is, that of a person who is
 * the patient too.
 */
export const IDENTIFYING = ["patient", "subjectId", "resourceId", "ipAddress", "network"] as const;

/** The refusal of what would tell whose a pseudonym is. */
export const auditorsAlone = (what: string): ScopewardenError =>
  new ScopewardenError("FORBIDDEN", `${what} needs the role auditor: others see pseudonyms instead.`);

type AskedFilter = { readonly [Name in "scope" | (typeof IDENTIFYING)[number]]?: string | null | undefined };

/** By what a filter asks for somebody, so that the figures themselves are theirs; null: by nothing. */
export function askedOfOne(filter: AskedFilter, policy: Snapshot): string | null {
  const name = IDENTIFYING.find((each) => (filter[each] ?? null) !== null);
  if (name !== undefined) return name;
  const { scope = null } = filter;
  return scope !== null && scopeNamesOne([policy], scope) ? "a scope that asks for somebody" : null;
}

/** @throws ScopewardenError FORBIDDEN for a filter by what the caller may not see */
function requireFilter({ filter }: ReplayInput, policy: Snapshot): void {
  const by = askedOfOne(filter ?? {}, policy);
  if (by !== null) throw auditorsAlone(`A filter by ${by}`);
}

/** What a caller asks; who is no auditor asks of whole days. @throws ScopewardenError BAD_USER_INPUT that names what is wrong with samples and filter, FORBIDDEN */
export function readAsked(caller: Caller, input: ReplayInput, policy: Snapshot): ReplayQuery {
  const mayIdentify = journalView(caller) === null;
  if (!mayIdentify) requireFilter(input, policy);
  const query = readReplayInput(input);
  return { ...query, filter: mayIdentify ? query.filter : wholeDays(query.filter), mayIdentify };
}

/** @throws ScopewardenError BAD_USER_INPUT that names what is wrong with samples and filter */
export function readReplayInput({ operations, filter, samples, base }: ReplayInput): Omit<ReplayQuery, "mayIdentify"> {
  const read = new Reader();
  const given = Object.fromEntries(
    Object.entries({ ...filter }).filter(([, value]) => value !== null && value !== undefined),
  ) as DecisionFilter;
  for (const [name, value] of Object.entries(given))
    if (typeof value === "string") read.expect(`input.filter.${name}`, textProblem(value, 1024));
  if (given.network !== undefined) read.expect("input.filter.network", networkProblem(given.network));
  if (given.from !== undefined && given.to !== undefined && given.from >= given.to)
    read.problem("input.filter.to", "must be later than `from`: decisions from then until just before `to` are meant");
  const most = samples ?? DEFAULT_SAMPLES;
  if (!(Number.isInteger(most) && most >= 0 && most <= MAX_SAMPLES))
    read.problem("input.samples", `must be from 0 to ${MAX_SAMPLES}`);
  read.check();
  return { operations, filter: canonicalFilter(given), samples: most, base: base ?? "CURRENT" };
}
