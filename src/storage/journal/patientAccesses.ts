import type { DataSource } from "typeorm";
import type { AccessesOf, AccessSummary, PatientAccessReader } from "../../domain/audit/disclosures/store.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { Breathe } from "../../domain/kernel/ports.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { pageBudget } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import type { UntilIndexed } from "./decisionIndex.ts";
import { keyed } from "./decisionKeys.ts";
import { within } from "./facetSets.ts";
import { areFew, blocksThatMayHave } from "./keyBlooms.ts";
import { recordsAt } from "./recordsAt.ts";

/** Accesses that are counted at a time: a caller can make up subjects, so that none are alike. */
const COUNTED_AT_ONCE = 5_000;

/** Blocks that one statement names; where more may have the patient's key, it goes through all. */
const MOST_NAMED = 512;

/** A statement, `?` being a parameter, and its parameters. */
type Statement = readonly [sql: string, parameters: readonly unknown[]];

/** How far the index is sealed: so many blocks of so many positions; `among`: no others have the patient's key. */
export interface Sealed {
  readonly blocks: number;
  readonly size: number;
  readonly among?: readonly number[];
}
/** Positions after one and before another; null: all. */
interface Between {
  readonly after: number | null;
  readonly before: number | null;
}
type Direction = "ASC" | "DESC";

/** A part of a statement: what it reads from, which of that, in which order, and the parameters of both. */
interface Place {
  readonly from: string;
  readonly where: string;
  readonly order: (direction: Direction) => string;
  readonly values: readonly unknown[];
}

/**
 * A decision stands once in one of these: by the patient in its own row of the index, where that is not sealed yet; by the keys of a sealed
 * block; or by another of its patients.
 */
function placesOf(
  { among, blocks, size }: Sealed,
  { from, patient, to }: AccessesOf,
  { after, before }: Between,
): readonly Place[] {
  const bySeq = (direction: Direction): string => `"seq" ${direction}`;
  const lowest = Math.floor((after ?? 0) / size);
  const highest = before === null ? blocks - 1 : Math.min(blocks - 1, Math.floor((before - 1) / size));
  const named = among?.filter((block) => block >= lowest && block <= highest);
  const [inBlocks, blockValues] = within("b", { lowest, highest, ...(named && { among: named }) });
  return [
    {
      from: "decision_index",
      where: '"patient" = ? AND "seq" > ?',
      order: bySeq,
      values: [patient, blocks * size],
    },
    {
      from: `(${keyed("patient", `${inBlocks} AND b."first_at" < ? AND b."last_at" >= ?`)}) AS s JOIN decision_index USING ("seq")`,
      where: "TRUE",
      order: (direction) => `s."block" ${direction}, s."seq" ${direction}`,
      values: [...blockValues, to, from, patient],
    },
    {
      from: 'decision_patient JOIN decision_index USING ("seq")',
      where: '"of_patient" = ?',
      order: bySeq,
      values: [patient],
    },
  ];
}

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

/** Of a place the accesses that are asked for, and the parameters. */
function whereOf(
  { from: place, values, where }: Place,
  { from, outcome, to }: AccessesOf,
  { after, before }: Between,
): Statement {
  const sql = `FROM ${place} WHERE ${where} AND "kind" = 'ACCESS' AND "outcome" = ? AND "decided_at" >= ? AND "decided_at" < ?
      ${after === null ? "" : 'AND "seq" > ?'} ${before === null ? "" : 'AND "seq" < ?'}`;
  return [
    sql,
    [...values, outcome, from, to, ...(after === null ? [] : [after]), ...(before === null ? [] : [before])],
  ];
}
const EVERYWHERE: Between = { after: null, before: null };

/** The statements of one question for the newest accesses to a patient's data, one for each place where they stand. */
export function newestAccesses(
  dialect: Dialect,
  query: AccessesOf & { readonly without: readonly string[]; readonly after: number | null; readonly first: number },
  sealed: Sealed,
): readonly Statement[] {
  const { first, without } = query;
  const columns = summaryColumns(dialect);
  const emergency = dialect.contains('"reason_codes"', "'|BREAK_GLASS|'");
  const marks = without.map(() => "?").join(", ");
  const between = { after: null, before: query.after };
  return placesOf(sealed, query, between).map((place) => {
    const [where, values] = whereOf(place, query, between);
    return [
      `SELECT "seq", ${columns.map(([name, sql]) => `${sql} AS "${name}"`).join(", ")} ${where}
        ${without.length === 0 ? "" : `AND ("purpose_of_use" IS NULL OR "purpose_of_use" NOT IN (${marks}) OR ${emergency})`}
        ORDER BY ${place.order("DESC")} LIMIT ?`,
      [...values, ...without, first],
    ];
  });
}

/** The statements by which so many accesses are counted after a position, one for each place where they stand. */
export function alikeAccesses(
  dialect: Dialect,
  query: AccessesOf & { readonly after: number; readonly most: number },
  sealed: Sealed,
): readonly Statement[] {
  const columns = summaryColumns(dialect);
  const names = columns.map(([name]) => `"${name}"`).join(", ");
  const between = { after: query.after, before: null };
  return placesOf(sealed, query, between).map((place) => {
    const [where, values] = whereOf(place, query, between);
    return [
      `SELECT ${names}, COUNT(*) AS "n", MAX("seq") AS "last" FROM
        (SELECT "seq", ${columns.map(([name, sql]) => `${sql} AS "${name}"`).join(", ")} ${where}
          ORDER BY ${place.order("ASC")} LIMIT ?) AS a GROUP BY ${names}`,
      [...values, query.most],
    ];
  });
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
  blockSize,
  dialect,
  giveWay,
  lists,
  untilIndexed,
}: {
  readonly lists: DataSource;
  readonly dialect: Dialect;
  readonly untilIndexed: UntilIndexed;
  readonly giveWay: Breathe;
  /** Positions of a sealed block (decisionBlocks.ts). */
  readonly blockSize: number;
}): PatientAccessReader {
  const fail = (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error));
  const rows = (sql: string, parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    lists.query<RawRow[]>(withParameters(dialect, sql), [...parameters]).catch(fail);

  const state = async (): Promise<RawRow | undefined> =>
    (
      await rows(
        'SELECT g."generation", (SELECT MAX("block") FROM decision_block) AS "block" FROM decision_generation AS g',
        [],
      )
    )[0];
  /** Reads what is indexed; what is sealed meanwhile is told once. Index or blocks that were made anew under it would lack some. */
  async function reading<T>(patient: string, read: (sealed: Sealed) => Promise<T>): Promise<T> {
    await untilIndexed().catch(fail);
    const before = await state();
    const { block } = before ?? {};
    const blocks = block === null || block === undefined ? 0 : Number(block) + 1;
    const ask = ([sql, parameters]: Statement) => rows(sql, parameters);
    const span = { lowest: 0, highest: blocks - 1, size: blockSize };
    const among = await blocksThatMayHave({ ask, dialect }, ["patient", patient], span);
    const sealed = { blocks, size: blockSize };
    const isWorthIt = among.length <= MOST_NAMED && areFew(among, span);
    const found = await read(isWorthIt ? { ...sealed, among } : sealed);
    if (String((await state())?.generation) !== String(before?.generation))
      throw new ScopewardenError("JOURNAL_UNAVAILABLE", "The journal's index was made anew meanwhile; ask again.");
    return found;
  }

  return {
    async count(query) {
      if (!isStorable(query.patient)) return 0;
      return reading(query.patient, async (sealed) => {
        let count = 0;
        for (const place of placesOf(sealed, query, EVERYWHERE)) {
          const [where, values] = whereOf(place, query, EVERYWHERE);
          const [row] = await rows(`SELECT COUNT(*) AS "n" ${where}`, values);
          count += Number(row?.n ?? 0);
        }
        return count;
      });
    },
    async alike(query, take) {
      if (!isStorable(query.patient)) return;
      await reading(query.patient, async (sealed) => {
        for (const [place] of alikeAccesses(dialect, { ...query, after: -1, most: 0 }, sealed).entries())
          for (let after = -1, counted = COUNTED_AT_ONCE; counted === COUNTED_AT_ONCE; ) {
            await giveWay();
            const [sql, values] = alikeAccesses(dialect, { ...query, after, most: COUNTED_AT_ONCE }, sealed)[
              place
            ] as Statement;
            const part = await rows(sql, values);
            take(part.map((row) => ({ ...summaryOf(row), count: Number(row.n) })));
            counted = part.reduce((sum, { n }) => sum + Number(n), 0);
            after = part.reduce((last, row) => Math.max(last, Number(row.last)), after);
          }
      });
    },
    async newest(query) {
      if (!isStorable(query.patient)) return [];
      return reading(query.patient, async (sealed) => {
        const found: (AccessSummary & { readonly position: number })[] = [];
        for (const [sql, parameters] of newestAccesses(dialect, query, sealed))
          for (const row of await rows(sql, parameters)) found.push({ ...summaryOf(row), position: Number(row.seq) });
        return found.sort((a, b) => b.position - a.position).slice(0, query.first);
      });
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
