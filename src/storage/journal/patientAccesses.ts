import type { DataSource } from "typeorm";
import type { AccessesOf, AccessSummary, PatientAccessReader } from "../../domain/audit/disclosures/store.ts";
import type { Breathe } from "../../domain/kernel/ports.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { pageBudget } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import type { UntilIndexed } from "./decisionIndex.ts";
import { recordsAt } from "./recordsAt.ts";

/** Accesses that are counted at a time: a caller can make up subjects, so that none are alike. */
const COUNTED_AT_ONCE = 5_000;

/** A statement, `?` being a parameter, and its parameters. */
type Statement = readonly [sql: string, parameters: readonly unknown[]];

/** A decision stands once in either: by the patient in its own row of the index, or by another of its patients. */
const PLACES = [
  { from: "decision_index", patient: '"patient"' },
  { from: 'decision_patient JOIN decision_index USING ("seq")', patient: '"of_patient"' },
] as const;

/** Whom an access is about beside the patient: nobody. */
const OF_ONE = `(CASE WHEN decision_index."patient" IS NULL THEN 0 ELSE 1 END)
  + (SELECT COUNT(*) FROM decision_patient AS o WHERE o."seq" = decision_index."seq") = 1`;

/** The columns of which a summary is made, and by which accesses are alike. */
const summaryColumns = (dialect: Dialect): readonly (readonly [name: string, sql: string])[] => {
  const has = (code: string) => dialect.contains('"reason_codes"', `'|${code}|'`);
  const flag = (sql: string) => `(CASE WHEN ${sql} THEN 1 ELSE 0 END)`;
  return [
    ...["purpose_of_use", "subject_type", "subject_id", "scope", "more_scopes"].map(
      (name) => [name, `"${name}"`] as const,
    ),
    ["by_consent", `(CASE WHEN ${has("ALLOWED_BY_CONSENT")} THEN ${flag(OF_ONE)} ELSE 0 END)`],
    ["in_emergency", flag(has("BREAK_GLASS"))],
  ];
};

const textOf = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));

function summaryOf(row: RawRow): AccessSummary {
  const [id, type, scope] = [textOf(row.subject_id), textOf(row.subject_type), textOf(row.scope)];
  return {
    purposeOfUse: textOf(row.purpose_of_use),
    subject: id === null || type === null ? null : { id, type },
    scopes: [
      ...(scope === null ? [] : [scope]),
      ...(textOf(row.more_scopes)
        ?.split(" ")
        .filter((each) => each !== "") ?? []),
    ],
    byConsent: Number(row.by_consent) === 1,
    inEmergency: Number(row.in_emergency) === 1,
  };
}

const whereOf = (patient: string) =>
  `${patient} = ? AND "kind" = 'ACCESS' AND "outcome" = ? AND "decided_at" >= ? AND "decided_at" < ?`;
const valuesOf = ({ from, outcome, patient, to }: AccessesOf) => [patient, outcome, from, to];

/** The statements of one question for the newest accesses to a patient's data, one for each place where they stand. */
export function newestAccesses(
  dialect: Dialect,
  query: AccessesOf & { readonly without: readonly string[]; readonly after: number | null; readonly first: number },
): readonly Statement[] {
  const { after, first, without } = query;
  const columns = summaryColumns(dialect);
  const emergency = dialect.contains('"reason_codes"', "'|BREAK_GLASS|'");
  const marks = without.map(() => "?").join(", ");
  return PLACES.map(({ from, patient }) => [
    `SELECT "seq", ${columns.map(([name, sql]) => `${sql} AS "${name}"`).join(", ")} FROM ${from} WHERE ${whereOf(patient)}
      ${after === null ? "" : 'AND "seq" < ?'}
      ${without.length === 0 ? "" : `AND ("purpose_of_use" IS NULL OR "purpose_of_use" NOT IN (${marks}) OR ${emergency})`}
      ORDER BY "seq" DESC LIMIT ?`,
    [...valuesOf(query), ...(after === null ? [] : [after]), ...without, first],
  ]);
}

/** The statements by which accesses are counted, one for each place where they stand: so many of them after a position. */
export function alikeAccesses(dialect: Dialect): readonly string[] {
  const columns = summaryColumns(dialect);
  const names = columns.map(([name]) => `"${name}"`).join(", ");
  return PLACES.map(
    ({ from, patient }) => `SELECT ${names}, COUNT(*) AS "n", MAX("seq") AS "last" FROM
      (SELECT "seq", ${columns.map(([name, sql]) => `${sql} AS "${name}"`).join(", ")} FROM ${from} WHERE ${whereOf(patient)}
        AND "seq" > ? ORDER BY "seq" LIMIT ?) AS a GROUP BY ${names}`,
  );
}

/** Counts the allowed accesses that name nobody and are confined to nobody. */
export const accessesNamingNobody = ({
  from,
  most,
  to,
  without,
}: Parameters<PatientAccessReader["namingNobody"]>[0]): Statement => [
  `SELECT COUNT(*) AS "n" FROM (SELECT 1 AS "one" FROM decision_index AS i
    WHERE i."patient" IS NULL AND NOT i."erased" AND i."kind" = 'ACCESS' AND i."outcome" = 'ALLOW' AND i."decided_at" >= ? AND i."decided_at" < ?
      ${without.length === 0 ? "" : `AND i."resource_type" NOT IN (${without.map(() => "?").join(", ")})`}
      AND NOT EXISTS (SELECT 1 FROM decision_patient AS p WHERE p."seq" = i."seq")
    LIMIT ?) AS f`,
  [from, to, ...without, most],
];

/** Counts the accesses of which something was erased. */
export const accessesErased = ({ from, most, to }: Parameters<PatientAccessReader["erased"]>[0]): Statement => [
  `SELECT COUNT(*) AS "n" FROM (SELECT 1 AS "one" FROM decision_index AS i
    WHERE i."erased" AND i."kind" = 'ACCESS' AND i."decided_at" >= ? AND i."decided_at" < ? LIMIT ?) AS f`,
  [from, to, most],
];

/** Reads the index of decisions by the patients to whose data accesses were. */
export function createPatientAccessReader({
  dialect,
  giveWay,
  lists,
  untilIndexed,
}: {
  readonly lists: DataSource;
  readonly dialect: Dialect;
  readonly untilIndexed: UntilIndexed;
  readonly giveWay: Breathe;
}): PatientAccessReader {
  const fail = (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error));
  const rows = (sql: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    lists.query<RawRow[]>(withParameters(dialect, sql), [...parameters]).catch(fail);

  return {
    async count(query) {
      if (!isStorable(query.patient)) return 0;
      await untilIndexed().catch(fail);
      let count = 0;
      for (const { from, patient } of PLACES) {
        const [row] = await rows(`SELECT COUNT(*) AS "n" FROM ${from} WHERE ${whereOf(patient)}`, valuesOf(query));
        count += Number(row?.n ?? 0);
      }
      return count;
    },
    async alike(query, take) {
      if (!isStorable(query.patient)) return;
      await untilIndexed().catch(fail);
      for (const sql of alikeAccesses(dialect))
        for (let after = -1, counted = COUNTED_AT_ONCE; counted === COUNTED_AT_ONCE; ) {
          await giveWay();
          const part = await rows(sql, [...valuesOf(query), after, COUNTED_AT_ONCE]);
          take(part.map((row) => ({ ...summaryOf(row), count: Number(row.n) })));
          counted = part.reduce((sum, { n }) => sum + Number(n), 0);
          after = part.reduce((last, row) => Math.max(last, Number(row.last)), after);
        }
    },
    async newest(query) {
      if (!isStorable(query.patient)) return [];
      await untilIndexed().catch(fail);
      const found: (AccessSummary & { readonly position: number })[] = [];
      for (const [sql, parameters] of newestAccesses(dialect, query))
        for (const row of await rows(sql, parameters)) found.push({ ...summaryOf(row), position: Number(row.seq) });
      return found.sort((a, b) => b.position - a.position).slice(0, query.first);
    },
    async records(positions) {
      const hasRoom = pageBudget();
      const found: Awaited<ReturnType<PatientAccessReader["records"]>>[number][] = [];
      for await (const { position, record, row } of recordsAt(positions, { rows, giveWay })) {
        found.push({ position, record });
        if (!hasRoom(row)) break;
      }
      return found;
    },
    async namingNobody(query) {
      await untilIndexed().catch(fail);
      const [row] = await rows(...accessesNamingNobody(query));
      return Number(row?.n ?? 0);
    },
    async erased(query) {
      await untilIndexed().catch(fail);
      const [row] = await rows(...accessesErased(query));
      return Number(row?.n ?? 0);
    },
  };
}
