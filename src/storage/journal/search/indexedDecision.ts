import { type CountedAs, countedAs, countsAlone, searchOf } from "../../../domain/decisions/countedAs.ts";
import { decisionSubject } from "../../../domain/decisions/decisionSubject.ts";
import { patientsOfDecision } from "../../../domain/decisions/patientsOfDecision.ts";
import { scopesUsed } from "../../../domain/decisions/scopesUsed.ts";
import { decisiveReason } from "../../../domain/decisions/summaryText.ts";
import type { DecisionFilter, DecisionRecord } from "../../../domain/decisions/types.ts";
import { isWithinNetwork } from "../../../domain/kernel/ipAddress.ts";
import type { Purpose } from "../../../domain/scopes/purposes.ts";

/** What is derived of a decision, to find it and to count it; without what was erased of it. */
export interface IndexedDecision {
  readonly seq: number;
  readonly decidedAt: number;
  readonly kind: string;
  readonly callerId: string;
  readonly clientId: string;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  /** The one that is named as such, or the first. */
  readonly patient: string | null;
  /** All whose data it is about, those included to whom a filter confines a search that names nobody. */
  readonly patients: readonly string[];
  readonly resourceType: string;
  readonly resourceId: string | null;
  readonly purposeOfUse: Purpose | null;
  /** As what it counts. */
  readonly outcome: CountedAs;
  /** What the answer was. */
  readonly answered: string;
  /** The search that it is a part of; null: it stands by itself. */
  readonly partOf: string | null;
  readonly scope: string | null;
  /** Those on which it rests, or of a token the text of its scopes. */
  readonly scopes: readonly string[];
  /** Those besides `scope`, as ` a b `, as no scope has a space; null: none. */
  readonly moreScopes: string | null;
  /** The decisive one first. */
  readonly reasons: readonly string[];
  readonly decisiveReason: string | null;
  /** The same as `|CODE|CODE|`, so that one code is found exactly. */
  readonly reasonCodes: string;
  readonly organization: string | null;
  readonly ipAddress: string | null;
  readonly rules: readonly string[];
  /** The same as a JSON array; null: none. */
  readonly ruleIds: string | null;
  readonly erased: boolean;
}

const isText = (value: string | null): value is string => value !== null;

export function indexedDecision(record: DecisionRecord, seq: number): IndexedDecision {
  const { callerId, decidedAt, kind, outcome, request, scope } = record;
  const erased = record.erased !== undefined;
  const { patient, resourceId, resourceType } = decisionSubject(record);
  const more = scopesUsed(record).filter((each) => each !== scope);
  const decisive = decisiveReason(record)?.code ?? null;
  const reasons = [...new Set([...(decisive === null ? [] : [decisive]), ...record.reasons.map(({ code }) => code)])];
  const rules = [...new Set(record.reasons.map(({ ruleId }) => ruleId).filter(isText))];
  return {
    seq,
    callerId,
    decidedAt,
    decisiveReason: decisive,
    erased,
    kind,
    outcome: countedAs(record),
    answered: outcome,
    partOf: searchOf(record),
    patient,
    reasons,
    resourceId,
    resourceType,
    rules,
    scope,
    clientId: request.clientId,
    subjectId: request.subject?.id ?? null,
    subjectType: request.subject?.type ?? null,
    patients: patientsOfDecision(record).filter(isText),
    purposeOfUse: request.purposeOfUse,
    scopes: [...(scope === null ? [] : [scope]), ...more],
    moreScopes: more.length === 0 ? null : ` ${more.join(" ")} `,
    reasonCodes: reasons.length === 0 ? "" : `|${reasons.join("|")}|`,
    organization: record.kind === "ACCESS" ? record.request.resource.organization : null,
    ipAddress: request.context?.ipAddress ?? null,
    ruleIds: rules.length === 0 ? null : JSON.stringify(rules),
  };
}

/** Whether a decision is one of a filter's, those included that count as no access of their own where `parts` says so. */
export function isOneOf(filter: DecisionFilter, parts: boolean): (decision: IndexedDecision) => boolean {
  const { from, network, outcome, patient, reason, ruleId, to, ...equal } = filter;
  const members = Object.entries(equal) as readonly (readonly [keyof IndexedDecision, string])[];
  const isWithin = network === undefined ? null : isWithinNetwork(network);
  return (decision) =>
    (parts || countsAlone(decision.outcome)) &&
    (outcome === undefined || decision.answered === outcome) &&
    members.every(([name, value]) => decision[name] === value) &&
    (from === undefined || decision.decidedAt >= from) &&
    (to === undefined || decision.decidedAt < to) &&
    (reason === undefined || decision.reasons.includes(reason)) &&
    (ruleId === undefined || decision.rules.includes(ruleId)) &&
    (patient === undefined || decision.patients.includes(patient)) &&
    (isWithin === null || (decision.ipAddress !== null && isWithin(decision.ipAddress)));
}

/** Members of a filter whose values stand in the record as they are: others are made of several, or brought to one form. */
const AS_RECORDED = [
  "callerId",
  "clientId",
  "ipAddress",
  "organization",
  "partOf",
  "patient",
  "resourceId",
  "ruleId",
  "scope",
  "subjectId",
] as const;

/** A value as it stands in a record's JSON. */
export const inJson = (value: string): string => JSON.stringify(value).slice(1, -1);

/** A text that is in the record of each decision of a filter, the longest, as few others have it; null: there is none. */
export function textOfFilter(filter: DecisionFilter): string | null {
  const texts = AS_RECORDED.flatMap((name) => filter[name] ?? []).map(inJson);
  return texts.sort((a, b) => b.length - a.length)[0] ?? null;
}
