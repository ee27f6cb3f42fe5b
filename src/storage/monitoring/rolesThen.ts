import type { AccessRequest } from "../../domain/decisions/types.ts";
import { type Assignment, holdsAt } from "../../domain/policy/types.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { policyRow, policyTables } from "../policy/policyTables.ts";

type Asking = Pick<AccessRequest, "clientId" | "subject">;
export type RolesThen = (asking: Asking, at: { readonly revision: number; readonly time: number }) => readonly string[];

const COLUMNS = policyTables.assignment.columns.map(({ name }) => `a."${name}"`).join(", ");

const keyOf = ({ clientId, subject }: Asking): string =>
  JSON.stringify(subject === null ? [clientId] : [subject.type, subject.id]);
const holderKey = ({ clientId, subjectId, subjectType }: Assignment): string =>
  JSON.stringify(subjectId === null ? [clientId] : [subjectType, subjectId]);

/**
 * The roles that some were assigned from a revision of the policy up to another, wherever, with those that the caller asserted: of the
 * subject, or of the client where there is none. Sorted, without those that they inherit.
 */
export async function rolesThen(
  { run, dialect }: { readonly run: RunSql; readonly dialect: Dialect },
  of: { readonly asking: readonly Asking[]; readonly from: number; readonly to: number },
): Promise<RolesThen> {
  const { rows, text } = jsonRows(dialect);
  const within = 'a."since" <= ? AND (a."until" IS NULL OR a."until" > ?)';
  const select = (on: string): string =>
    `SELECT ${COLUMNS}, a."since", a."until" FROM ${rows} JOIN policy_assignment AS a ON ${on} WHERE ${within}`;
  const people = new Map<string, readonly string[]>();
  const clients = new Map<string, readonly string[]>();
  for (const asking of of.asking)
    if (asking.subject === null) clients.set(asking.clientId, [asking.clientId]);
    else people.set(keyOf(asking), [asking.subject.type, asking.subject.id]);
  const parts = [
    [select(`a."subject_id" = ${text(1)} AND a."subject_type" = ${text(0)}`), [...people.values()]],
    [select(`a."client_id" = ${text(0)}`), [...clients.values()]],
  ] as const;
  const wanted = parts.filter(([, holders]) => holders.length > 0);
  const held = new Map<string, { assignment: Assignment; since: number; until: number | null }[]>();
  if (wanted.length > 0) {
    const sql = withParameters(dialect, wanted.map(([part]) => part).join(" UNION ALL "));
    const parameters = wanted.flatMap(([, holders]) => [JSON.stringify(holders), of.to, of.from]);
    for (const row of (await run(sql, parameters)).rows) {
      const assignment = policyRow("assignment", row);
      const version = {
        assignment,
        since: Number(row.since),
        until: row.until === null ? null : Number(row.until),
      };
      const known = held.get(holderKey(assignment));
      if (known === undefined) held.set(holderKey(assignment), [version]);
      else known.push(version);
    }
  }
  return (asking, { revision, time }) => {
    const assigned = (held.get(keyOf(asking)) ?? []).flatMap(({ assignment, since, until }) =>
      since <= revision && (until === null || until > revision) && holdsAt(assignment, time) ? [assignment.role] : [],
    );
    const asserted = asking.subject?.roles?.map(({ role }) => role) ?? [];
    return [...new Set([...assigned, ...asserted])].sort();
  };
}
