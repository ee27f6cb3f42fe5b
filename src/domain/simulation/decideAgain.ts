import { decide } from "../decisions/decide.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import { decideGrant } from "../decisions/granting/decideGrant.ts";
import type { Reason } from "../decisions/reason.ts";
import { SEMANTICS_VERSION } from "../decisions/semantics.ts";
import type { DecisionRecord, GrantVerdict, Verdict } from "../decisions/types.ts";
import { canonicalJson, type Json, sameJson } from "../kernel/canonical.ts";
import { DEFAULT_FHIR_VERSION } from "../scopes/fhir.ts";

/** The question of a record, decided by these facts, but under the version of FHIR under which it was decided. */
export function decideAgain(by: DecideFacts, record: DecisionRecord): Verdict | GrantVerdict {
  const { fhirVersion = DEFAULT_FHIR_VERSION } = record;
  const facts = { ...by, fhirVersion };
  return record.kind === "ACCESS" ? decide(facts, record.request) : decideGrant(facts, record.request);
}

type Decided = Verdict | GrantVerdict | DecisionRecord;

/** What must be the same between decisions of different semantics: what callers act on. */
const essenceOf = (reasons: readonly Reason[]) => [
  ...new Set(reasons.map(({ code, ruleId, scope }) => canonicalJson([code, ruleId, scope]))),
];

const COMPARED: { readonly [Part: string]: (decided: Decided, exactly: boolean) => unknown } = {
  outcome: ({ outcome }) => outcome,
  scope: ({ scope }) => scope,
  obligations: ({ obligations }) => obligations,
  reasons: ({ reasons }, exactly) => (exactly ? reasons : essenceOf(reasons).sort()),
  reasonCount: ({ reasonCount }, exactly) => (exactly ? (reasonCount ?? null) : null),
  sufficientScopes: ({ sufficientScopes }, exactly) => (exactly ? (sufficientScopes ?? null) : null),
  scopes: (decided) =>
    "details" in decided
      ? decided.details.scopes.map(({ requested, outcome, scopes }) => [requested, outcome, scopes])
      : null,
  newScopes: (decided) => ("details" in decided ? decided.details.newScopes : null),
};

/**
 * By name, the parts in which two decisions about one question differ; empty: in none. `exactly`: to the byte, as the same
 * semantics promise; else by what callers act on.
 */
export function differingParts(a: Decided, b: Decided, exactly: boolean): readonly string[] {
  return Object.entries(COMPARED)
    .filter(([, part]) => !sameJson(part(a, exactly) as Json, part(b, exactly) as Json))
    .map(([name]) => name);
}

/** Whether a record was decided by the semantics of today. */
export const sameSemantics = ({ semantics }: Pick<DecisionRecord, "semantics">): boolean =>
  semantics === SEMANTICS_VERSION;
