import { HOUR_MS } from "../../domain/audit/countedWindow.ts";
import type { CountDimension, CountedRow, CountQuery, DecisionCounter } from "../../domain/audit/decisionStats.ts";
import { DAY_MS } from "../../domain/policy/use.ts";
import { withoutConstraint } from "../../domain/scopes/withoutConstraint.ts";
import { column, columnList } from "../database/columns.ts";
import type { RawRow, Statement } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { jsonRows } from "../database/jsonRows.ts";
import { isStorable } from "../database/text.ts";
import type { ReadBatch } from "../follow/consumer.ts";
import { type AlikeDecisions, areAccesses } from "./alikeDecisions.ts";

/** What decisions that are counted together say: the columns of `decision_count_group` but its id and day. */
const groupColumns = {
  outcome: column("outcome", "text"),
  callerId: column("callerId", "text"),
  clientId: column("clientId", "text"),
  scope: column("scope", "text"),
  resourceType: column("resourceType", "text"),
  purposeOfUse: column("purposeOfUse", "text"),
  organization: column("organization", "text"),
} as const;
const GROUP = Object.values(groupColumns);
/** Beside it, what each may say several of. */
const REASON = column("reason", "text");
const RULE = column("ruleId", "text");

/**
 * Groups that begin on a day, at most: a hospital has some hundreds, and callers who make up names as many as they like. Of
 * further ones what a caller can make up counts as `OTHER`, which is no name.
 */
export const GROUPS_A_DAY = 5_000;
const OTHER = "*";
const MADE_UP = [
  groupColumns.clientId,
  groupColumns.resourceType,
  groupColumns.purposeOfUse,
  groupColumns.organization,
];

const GRAINS = { HOUR: HOUR_MS, DAY: DAY_MS } as const;

const textOf = (value: unknown): string => (value === null || value === undefined ? "" : String(value));
const keyOf = (texts: readonly string[]): string => JSON.stringify(texts);

const groupOf = (alike: AlikeDecisions): readonly string[] =>
  Object.keys(groupColumns).map((name) => {
    const text = textOf(alike[name as keyof typeof groupColumns]);
    return name === "scope" ? withoutConstraint(text) : text;
  });

/**
 * Beside what all have a decision counts once more for each of its reasons, for each rule, and for each two of them; so that
 * to count by any of these is to add up rows.
 */
function saysOf({ reasonCodes, ruleIds }: AlikeDecisions): readonly (readonly [reason: string, rule: string])[] {
  const codes = reasonCodes?.split("|").slice(1, -1) ?? [];
  const rules = ruleIds === null ? [] : (JSON.parse(ruleIds) as readonly string[]);
  return ["", ...codes].flatMap((code) => ["", ...rules].map((rule) => [code, rule] as const));
}

/** Ids of groups that are committed, of one database. None ever leaves. */
const knownIds = new WeakMap<Dialect, Map<string, number>>();
const MOST_KNOWN = 20_000;

function idsOf(dialect: Dialect): Map<string, number> {
  const known = knownIds.get(dialect);
  if (known !== undefined && known.size < MOST_KNOWN) return known;
  const empty = new Map<string, number>();
  knownIds.set(dialect, empty);
  return empty;
}

const statementsOf = (dialect: Dialect) => {
  const { integer, rows, text } = jsonRows(dialect);
  const texts = GROUP.map((_, i) => text(i));
  const same = GROUP.map(({ name }, i) => `g."${name}" = ${texts[i]}`).join(" AND ");
  const sql = (statement: string): string => withParameters(dialect, statement);
  /** Counts of a grain and a start, a reason, a rule and a number, which begin at an item. */
  const add = (group: string, first: number, from: string): string =>
    sql(`INSERT INTO decision_count ("grain", "start", "of_group", "reason", "rule_id", "n")
      SELECT ${text(first)}, ${integer(first + 1)}, ${group}, ${text(first + 2)}, ${text(first + 3)}, ${integer(first + 4)} FROM ${from}
      ON CONFLICT ("grain", "start", "of_group", "reason", "rule_id") DO UPDATE SET "n" = decision_count."n" + excluded."n"`);
  return {
    find: sql(`SELECT g.* FROM ${rows} JOIN decision_count_group AS g ON ${same}`),
    begun: sql(`SELECT COUNT(*) AS "n" FROM decision_count_group WHERE "day" = ?`),
    // SQLite takes ON after a plain FROM for the condition of a join.
    addGroups: sql(`INSERT INTO decision_count_group ("day", ${columnList(GROUP)})
      SELECT ${integer(GROUP.length)}, ${texts.join(", ")} FROM ${rows} WHERE TRUE ON CONFLICT DO NOTHING`),
    addById: add(integer(5), 0, `${rows} WHERE TRUE`),
    addByTexts: add('g."id"', GROUP.length, `${rows} CROSS JOIN decision_count_group AS g WHERE ${same}`),
  };
};

const dayOf = (time: number): number => time - (time % DAY_MS);
const asOther = (group: readonly string[]): readonly string[] =>
  group.map((text, i) => (MADE_UP.some((c) => c === GROUP[i]) ? OTHER : text));

/** Groups by their keys. */
type Groups = Map<string, { readonly texts: readonly string[]; readonly day: number }>;

/** Under which group each of these counts; those that the database does not have yet, and the ids of the others. */
async function placesOf(
  { dialect, select }: Pick<ReadBatch, "dialect" | "select">,
  groups: Groups,
): Promise<{
  readonly placeOf: (key: string) => string;
  readonly fresh: Groups;
  readonly known: ReadonlyMap<string, number>;
}> {
  const sql = statementsOf(dialect);
  const known = idsOf(dialect);
  async function learn(wanted: Groups): Promise<void> {
    if (wanted.size === 0) return;
    const texts = JSON.stringify([...wanted.values()].map((each) => each.texts));
    for (const row of await select(sql.find, [texts]))
      known.set(keyOf(GROUP.map(({ name }) => textOf(row[name]))), Number(row.id));
  }
  const unknown = (among: Groups): Groups => new Map([...among].filter(([key]) => !known.has(key)));
  await learn(unknown(groups));
  const instead = new Map<string, string>();
  const wanted: Groups = new Map();
  const left = new Map<number, number>();
  for (const [key, { day, texts }] of unknown(groups)) {
    if (!left.has(day)) left.set(day, GROUPS_A_DAY - Number((await select(sql.begun, [day]))[0]?.n));
    const room = left.get(day) ?? 0;
    left.set(day, room - 1);
    const kept = room > 0 ? texts : asOther(texts);
    if (room <= 0) instead.set(key, keyOf(kept));
    wanted.set(keyOf(kept), { texts: kept, day });
  }
  if (instead.size > 0) await learn(wanted);
  return { placeOf: (key) => instead.get(key) ?? key, fresh: unknown(wanted), known };
}

/** Counts the accesses of a batch. */
export async function countDecisions(
  batch: Pick<ReadBatch, "dialect" | "select">,
  alike: readonly AlikeDecisions[],
): Promise<readonly Statement[]> {
  const { dialect } = batch;
  const rows = alike.filter(areAccesses);
  if (rows.length === 0) return [];
  const groups: Groups = new Map();
  for (const row of rows) {
    const texts = groupOf(row);
    if (!groups.has(keyOf(texts))) groups.set(keyOf(texts), { texts, day: dayOf(row.hour) });
  }
  const { fresh, known, placeOf } = await placesOf(batch, groups);
  const counts = new Map<
    string,
    { readonly place: string; readonly count: [string, number, string, string, number] }
  >();
  for (const row of rows) {
    const place = placeOf(keyOf(groupOf(row)));
    for (const [reason, rule] of saysOf(row))
      for (const [grain, ms] of Object.entries(GRAINS)) {
        const start = row.hour - (row.hour % ms);
        const at = JSON.stringify([grain, start, place, reason, rule]);
        const { count } = counts.get(at) ?? { count: [grain, start, reason, rule, 0] };
        count[4] += row.n;
        counts.set(at, { place, count });
      }
  }
  const sql = statementsOf(dialect);
  const byId: unknown[] = [];
  const byTexts: unknown[] = [];
  for (const { count, place } of counts.values()) {
    const [texts, id] = [fresh.get(place)?.texts, known.get(place)];
    if (texts !== undefined) byTexts.push([...texts, ...count]);
    else if (id !== undefined) byId.push([...count, id]);
    else throw new Error("a group of counts has no id");
  }
  const added = [...fresh.values()].map(({ day, texts }) => [...texts, day]);
  return [[sql.addGroups, added] as const, [sql.addById, byId] as const, [sql.addByTexts, byTexts] as const].flatMap(
    ([text, values]): readonly Statement[] => (values.length === 0 ? [] : [[text, [JSON.stringify(values)]]]),
  );
}

/** `g` is the group, `s` its counts. */
const SQL_OF: Readonly<Record<CountDimension, string>> = {
  OUTCOME: `g."${groupColumns.outcome.name}"`,
  CLIENT: `g."${groupColumns.clientId.name}"`,
  SCOPE: `g."${groupColumns.scope.name}"`,
  REASON: `s."${REASON.name}"`,
  RULE: `s."${RULE.name}"`,
  RESOURCE_TYPE: `g."${groupColumns.resourceType.name}"`,
  PURPOSE: `g."${groupColumns.purposeOfUse.name}"`,
  ORGANIZATION: `g."${groupColumns.organization.name}"`,
  CALLER: `g."${groupColumns.callerId.name}"`,
};

interface Part {
  readonly grain: keyof typeof GRAINS;
  readonly from: number;
  readonly to: number;
}

/** A window as whole days and the hours beside them; by the hour as hours alone. */
function partsOf({ from, to, time }: Pick<CountQuery, "from" | "to" | "time">): readonly Part[] {
  const [first, last] = [Math.ceil(from / DAY_MS) * DAY_MS, Math.floor(to / DAY_MS) * DAY_MS];
  const parts: readonly Part[] =
    time === "HOUR" || first >= last
      ? [{ grain: "HOUR", from, to }]
      : [
          { grain: "HOUR", from, to: first },
          { grain: "DAY", from: first, to: last },
          { grain: "HOUR", from: last, to },
        ];
  return parts.filter((part) => part.from < part.to);
}

/** Counts as they are kept, one statement a question: what is in a window and, under the same keys, in the one before. */
export function createDecisionCounter(deps: {
  readonly rows: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly dialect: Dialect;
  /** Ends when all that is on record is counted. */
  readonly untilIndexed: () => Promise<void>;
}): DecisionCounter {
  const fail = (error: unknown) =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The counts of decisions can't be read.", error));
  return {
    async count({ dimensions, filter, first, before, ...window }) {
      const narrowed = Object.entries(filter) as readonly (readonly [CountDimension, string])[];
      if (!narrowed.every(([, value]) => isStorable(value))) return [];
      await deps.untilIndexed();
      const parameters: unknown[] = [];
      const { time } = window;
      const at = (shift: number) => (time === null ? "0" : `"start" - "start" % ${GRAINS[time]} + ${shift}`);
      const windows = before === null ? [0] : [0, before];
      // What is counted by reasons or rules stands in rows of its own.
      const isBy = (dimension: CountDimension) => dimensions.includes(dimension) || filter[dimension] !== undefined;
      const said = ` AND "reason" ${isBy("REASON") ? "<>" : "="} '' AND "rule_id" ${isBy("RULE") ? "<>" : "="} ''`;
      const parts = windows.flatMap((shift) =>
        partsOf({ ...window, from: window.from - shift, to: window.to - shift }).map(({ grain, from, to }) => {
          parameters.push(from, to);
          return `SELECT ${at(shift)} AS "at", ${shift} AS "shift", "of_group", "reason", "rule_id", "n" FROM decision_count
            WHERE "grain" = '${grain}' AND "start" >= ? AND "start" < ?${said}`;
        }),
      );
      const names = dimensions.map((each) => SQL_OF[each]);
      const conditions = narrowed.map(([dimension, value]) => {
        parameters.push(dimension === "SCOPE" ? withoutConstraint(value) : value);
        return `${SQL_OF[dimension]} = ?`;
      });
      parameters.push(first);
      const now = `CASE WHEN s."shift" = 0 THEN s."n" ELSE 0 END`;
      const columns = ['s."at"', ...names];
      const sql = `SELECT ${columns.map((c, i) => `${c} AS "c${i}"`).join(", ")}, SUM(${now}) AS "count",
          SUM(CASE WHEN g."outcome" = 'ALLOW' THEN ${now} ELSE 0 END) AS "allowed", SUM(s."n" - ${now}) AS "previous"
        FROM (SELECT "at", "shift", "of_group", "reason", "rule_id", SUM("n") AS "n"
          FROM (${parts.join(" UNION ALL ")}) AS p GROUP BY 1, 2, 3, 4, 5) AS s
          JOIN decision_count_group AS g ON g."id" = s."of_group" WHERE ${["TRUE", ...conditions].join(" AND ")}
        GROUP BY ${columns.join(", ")} ORDER BY "count" DESC, "previous" DESC, "c0"${names.map((_, i) => `, "c${i + 1}"`).join("")} LIMIT ?`;
      const found = await deps.rows(withParameters(deps.dialect, sql), parameters).catch(fail);
      return found.map(
        (row): CountedRow => ({
          time: time === null ? null : Number(row.c0),
          key: names.map((_, i) => (row[`c${i + 1}`] === "" ? null : String(row[`c${i + 1}`]))),
          count: Number(row.count),
          allowed: Number(row.allowed),
          previous: Number(row.previous),
        }),
      );
    },
  };
}
