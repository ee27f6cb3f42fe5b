import type { DecisionFilter } from "../../domain/decisions/types.ts";
import { addressKey } from "../../domain/kernel/ipAddress.ts";
import type { Statement } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import { boundsOf } from "./decisionAddresses.ts";
import type { Span } from "./decisionConditions.ts";
import { arrayOf, decisionsOf, type IndexedDecision, morePatients } from "./decisionsToIndex.ts";
import { journalSql } from "./journalSql.ts";

/** What of a filter stands in a record as it is given. Types and kinds are derived; networks and windows are no texts. */
const STANDING = [
  ...["callerId", "clientId", "subjectId", "subjectType", "patient", "scope", "outcome", "resourceId"],
  ...["purposeOfUse", "organization", "ipAddress", "ruleId", "reason"],
] as const satisfies readonly (keyof DecisionFilter)[];

/** As it stands within a text of canonical JSON. */
const asJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Whether a decision is one of a filter's, as `conditionsOf` says it of a row of the index. */
function isOneOf(filter: DecisionFilter): (decision: IndexedDecision) => boolean {
  const { from, network, patient, reason, ruleId, to, ...equal } = filter;
  const members = Object.entries(equal) as readonly (readonly [keyof IndexedDecision, string])[];
  const [first, last] = network === undefined ? ["", ""] : boundsOf(network);
  const isWithin = (address: string | null): boolean => {
    const key = address === null ? null : addressKey(address);
    return key !== null && key >= first && key <= last;
  };
  return (decision) =>
    members.every(([name, value]) => decision[name] === value) &&
    (from === undefined || decision.decidedAt >= from) &&
    (to === undefined || decision.decidedAt < to) &&
    (reason === undefined || (decision.reasonCodes?.includes(`|${reason}|`) ?? false)) &&
    (ruleId === undefined || (decision.ruleIds?.includes(JSON.stringify(ruleId)) ?? false)) &&
    (patient === undefined || decision.patient === patient || morePatients(decision).includes(patient)) &&
    (network === undefined || isWithin(decision.ipAddress));
}

/**
 * The statement that reads the decisions of a span from the journal itself, and what finds a filter's among its rows, newest first. Only
 * records in which all its texts stand somewhere are taken apart.
 */
export function unindexedDecisions(
  filter: DecisionFilter,
  dialect: Pick<Dialect, "name">,
): {
  readonly statement: (span: Span) => Statement;
  readonly positionsIn: (rows: Parameters<typeof arrayOf>[0]) => readonly number[];
} {
  const texts = STANDING.flatMap((name) => filter[name] ?? []).map(asJson);
  const sql = journalSql(dialect).decisionsToIndex(texts.length);
  const isWanted = isOneOf(filter);
  return {
    statement: ({ after, until }) => [sql, [after, until, ...texts]],
    positionsIn: (rows) =>
      decisionsOf(arrayOf(rows))
        .filter(isWanted)
        .map(({ seq }) => seq)
        .reverse(),
  };
}
