import type { DataSource } from "typeorm";
import type { EvidenceReader, HolderUse } from "../../domain/monitoring/reviews/store.ts";
import type { PolicyRevision } from "../../domain/policy/store.ts";
import { holderKey } from "../../domain/policy/types.ts";
import type { RawRow, Statement } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { isStorable } from "../database/text.ts";
import type { UntilIndexed } from "../journal/decisionIndex.ts";
import { damagedError, isOfTable, ofMonth } from "../journal/search/monthDamage.ts";
import { monthTables } from "../journal/search/monthTables.ts";
import { MARK, MONTHS_SQL, monthsOf } from "../journal/search/searchMonths.ts";
import { SECRET_SQL, token } from "../journal/search/tokens.ts";

/** Organizations of one holder that are told by name, though nobody was ever assigned to them. */
const MOST_NAMES = 1_000;
/** Keys or holders of one statement. */
const PART = 200;

const policyFails = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "The policy can't be read.", error));
const journalFails = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error));

function* partsOf<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += PART) yield items.slice(at, at + PART);
}
const places = (items: readonly unknown[]): string => items.map(() => "?").join(", ");

const revisionOf = (row: RawRow): PolicyRevision => ({
  revision: Number(row.revision),
  author: String(row.author),
  reason: String(row.reason),
  committedAt: Number(row.committed_at),
  changeCount: Number(row.change_count),
});

const heldUseOf = (row: RawRow): HolderUse => ({
  holder: holderKey(
    row.subject_id === null
      ? { subjectId: null, subjectType: null, clientId: String(row.client_id) }
      : { subjectId: String(row.subject_id), subjectType: String(row.subject_type), clientId: null },
  ),
  organization: row.organization === null ? null : String(row.organization),
  isElsewhere: Number(row.elsewhere) === 1,
  ruleIds: row.rule_ids === null ? [] : (JSON.parse(String(row.rule_ids)) as readonly string[]),
  uses: Number(row.uses),
  patients: Number(row.patients),
  lastUsedAt: Number(row.last),
});

/** What evidence of access is made from: the history of the policy, and the index of decisions once it has all of them. */
export function createEvidenceReader(deps: {
  readonly source: DataSource;
  readonly dialect: Dialect;
  readonly untilIndexed: UntilIndexed;
  readonly giveWay: () => Promise<void>;
}): EvidenceReader {
  const { dialect, giveWay, source, untilIndexed } = deps;
  const tables = monthTables(dialect);
  const query = (sql: string, parameters: readonly unknown[]): Promise<RawRow[]> =>
    source.query<RawRow[]>(withParameters(dialect, sql), [...parameters]);

  /** The positions of decisions that name one of some holders since a time: a SELECT, and its parameters. */
  async function positionsOf(facet: "subjectId" | "clientId", ids: readonly string[], from: number) {
    const [known] = await query(
      `SELECT (${SECRET_SQL}) AS "secret", (SELECT MIN("mark") FROM search_mark WHERE "last_at" >= ?) AS "mark"`,
      [from],
    ).catch(journalFails);
    if (known?.mark === null || known === undefined) return null;
    const after = Number(known.mark) * MARK - 1;
    const tokens = ids.map((id) => token(String(known.secret), facet, id));
    const months = monthsOf(await query(MONTHS_SQL, []).catch(journalFails)).filter(({ last }) => last > after);
    const damaged = months.find(({ damage }) => damage !== null);
    if (damaged !== undefined) throw damagedError(damaged);
    const parts = months.map(({ id }) => tables.withAny(id, tokens, after));
    /** Which of the months it is that an error is of. @throws MonthDamaged */
    const blame = async (error: unknown): Promise<unknown> => {
      if (isOfTable(error))
        for (const [i, { id }] of months.entries()) {
          const [sql, values] = parts[i] as Statement;
          await ofMonth(id, () => query(`SELECT COUNT(*) FROM (${sql}) AS part`, values));
        }
      return error;
    };
    return {
      blame,
      sql: parts.map(([sql]) => sql).join(" UNION ALL "),
      parameters: parts.flatMap(([, values]) => values),
    };
  }

  async function* usesOf(column: "subject_id" | "client_id", ids: ReadonlySet<string>, since: number, from: number) {
    // The others are null in each group.
    const holder = column === "subject_id" ? `"subject_id", "subject_type"` : `"client_id"`;
    const nobody = column === "subject_id" ? `NULL AS "client_id"` : `NULL AS "subject_id", NULL AS "subject_type"`;
    // The type stays where the id of a subject is erased.
    const only = column === "subject_id" ? "" : `AND "subject_id" IS NULL AND "subject_type" IS NULL`;
    for (const part of partsOf([...ids].filter(isStorable))) {
      await giveWay();
      const positions = await positionsOf(column === "subject_id" ? "subjectId" : "clientId", part, from);
      if (positions === null) return;
      const where = `"seq" IN (${positions.sql}) AND "${column}" IN (${places(part)})`;
      const values = [...positions.parameters, ...part];
      // Whoever asks for decisions names what organization they like: the database puts together what is too much to tell.
      yield await query(
        `WITH uses AS (SELECT ${holder}, "organization", "rule_ids", SUM(CASE WHEN "decided_at" >= ? THEN 1 ELSE 0 END) AS "uses",
            COUNT(DISTINCT CASE WHEN "decided_at" >= ? THEN "patient" END) AS "patients", MAX("decided_at") AS "last" FROM decision_index
            WHERE "kind" = 'ACCESS' AND "outcome" = 'ALLOW' ${only} AND ${where} AND "decided_at" >= ?
            GROUP BY ${holder}, "organization", "rule_ids"),
          places AS (SELECT uses.*, CASE WHEN "organization" IS NULL OR "organization" IN (SELECT "organization" FROM policy_assignment)
            THEN 1 ELSE 0 END AS "known" FROM uses),
          ranked AS (SELECT places.*, CASE WHEN "known" = 0 AND
            DENSE_RANK() OVER (PARTITION BY ${holder}, "known" ORDER BY "organization") > ${MOST_NAMES} THEN 1 ELSE 0 END AS "elsewhere" FROM places),
          told AS (SELECT ${holder}, "rule_ids", "elsewhere", "uses", "patients", "last",
            CASE WHEN "elsewhere" = 1 THEN NULL ELSE "organization" END AS "organization" FROM ranked)
          SELECT ${holder}, ${nobody}, "organization", "rule_ids", "elsewhere", SUM("uses") AS "uses", MAX("patients") AS "patients", MAX("last") AS "last" FROM told
            GROUP BY ${holder}, "organization", "rule_ids", "elsewhere"`,
        [since, since, ...values, from],
      ).catch(async (error: unknown) => journalFails(await positions.blame(error)));
    }
  }

  return {
    async origins({ keys, noun, revision }) {
      const found = new Map<string, PolicyRevision>();
      for (const part of partsOf(keys.filter(isStorable))) {
        await giveWay();
        const rows = await query(
          `SELECT r."row_key", p."revision", p."author", p."reason", p."committed_at", p."change_count"
            FROM policy_${noun} AS r JOIN policy_revision AS p ON p."revision" = r."since"
            WHERE r."since" <= ? AND (r."until" IS NULL OR r."until" > ?) AND r."row_key" IN (${places(part)})`,
          [revision, revision, ...part],
        ).catch(policyFails);
        for (const row of rows) found.set(String(row.row_key), revisionOf(row));
      }
      return found;
    },

    async usesOfHolders({ from, holders, since }) {
      const subjects = new Set(holders.flatMap(({ subjectId }) => subjectId ?? []));
      const clients = new Set(
        holders.flatMap(({ clientId, subjectId }) => (subjectId === null ? (clientId ?? []) : [])),
      );
      if (subjects.size + clients.size === 0) return [];
      await untilIndexed().catch(journalFails);
      const uses: HolderUse[] = [];
      for (const [column, ids] of [["subject_id", subjects] as const, ["client_id", clients] as const])
        for await (const rows of usesOf(column, ids, since, from)) for (const row of rows) uses.push(heldUseOf(row));
      return uses;
    },
  };
}
