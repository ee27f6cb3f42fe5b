import type { AccessRequest } from "../../domain/decisions/types.ts";
import { groupBy } from "../../domain/kernel/groupBy.ts";
import { type Assignment, holdsAt } from "../../domain/policy/types.ts";
import type { RawRow, SelectRows } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { policyRow, policyTables } from "../policy/policyTables.ts";
import { KnownAtRevision } from "./knownAtRevision.ts";

type Asking = Pick<AccessRequest, "clientId" | "subject">;
export type RolesThen = (asking: Asking, at: { readonly revision: number; readonly time: number }) => readonly string[];

const COLUMNS = policyTables.assignment.columns.map(({ name }) => `a."${name}"`).join(", ");

const keyOf = ({ clientId, subject }: Asking): string =>
  subject === null ? clientId : `${subject.type}\0${subject.id}`;
const holderKey = ({ clientId, subjectId, subjectType }: Assignment): string =>
  subjectId === null ? String(clientId) : `${subjectType}\0${subjectId}`;

/** An assignment, as long as it stood. */
interface Held {
  readonly assignment: Assignment;
  readonly since: number;
  readonly until: number | null;
}
const heldOf = (row: RawRow): Held => ({
  assignment: policyRow("assignment", row),
  since: Number(row.since),
  until: row.until === null ? null : Number(row.until),
});
/** Whose assignments are remembered. */
const MOST = 5_000;

const statementOf = (dialect: Dialect): string => {
  const { rows, text } = jsonRows(dialect);
  const within = 'a."since" <= ? AND (a."until" IS NULL OR a."until" > ?)';
  const select = (on: string): string =>
    `SELECT ${COLUMNS}, a."since", a."until" FROM ${rows} JOIN policy_assignment AS a ON ${on} WHERE ${within}`;
  return withParameters(
    dialect,
    `${select(`a."subject_id" = ${text(1)} AND a."subject_type" = ${text(0)}`)} UNION ALL ${select(`a."client_id" = ${text(0)}`)}`,
  );
};

/**
 * The roles that some were assigned from a revision of the policy up to another, wherever, with those that the caller asserted: of the
 * subject, or of the client where there is none. Sorted, without those that they inherit. What stood at one revision is asked for once.
 */
export function createRolesThen(): (
  batch: { readonly select: SelectRows; readonly dialect: Dialect },
  of: { readonly asking: readonly Asking[]; readonly from: number; readonly to: number },
) => Promise<RolesThen> {
  const holders = new KnownAtRevision<readonly Held[]>(MOST);
  return async ({ dialect, select }, { asking: all, from, to }) => {
    const heldBy = await holders.of(new Set(all.map(keyOf)), { from, to }, async (missing) => {
      const parts = missing.map((key) => key.split("\0"));
      const [people, clients] = [2, 1].map((length) => JSON.stringify(parts.filter((part) => part.length === length)));
      const found = await select(statementOf(dialect), [people, to, from, clients, to, from]);
      const held = groupBy(found.map(heldOf), ({ assignment }) => holderKey(assignment));
      return (key) => held.get(key) ?? [];
    });
    return (asking, { revision, time }) => {
      const assigned = (heldBy(keyOf(asking)) ?? []).flatMap(({ assignment, since, until }) =>
        since <= revision && (until === null || until > revision) && holdsAt(assignment, time) ? [assignment.role] : [],
      );
      const asserted = asking.subject?.roles?.map(({ role }) => role) ?? [];
      return [...new Set([...assigned, ...asserted])].sort();
    };
  };
}
