import type { DataSource } from "typeorm";
import { monthsLater } from "../../../domain/record/archive/months.ts";
import type { Dialect } from "../../database/dialect.ts";
import { dialectOf } from "../../database/dialectOf.ts";
import type { IndexedDecision } from "../search/indexedDecision.ts";
import { monthOfTable } from "../search/monthTables.ts";
import { DECISION_INDEX } from "../search/searchIndex.ts";
import { MARK, monthAt, UNNAMED } from "../search/searchMonths.ts";
import { createCounts } from "./compareCounts.ts";
import { type DerivedDifference, differenceOf } from "./difference.ts";
import { keepTables } from "./keptTables.ts";

/** What is derived from decisions to narrow a search, to count, and to follow, to be compared with what the record makes of it. */
export interface ComparedDerived {
  /** Up to and with which position it has taken decisions. */
  readonly position: number;
  /** The months that have a table of their own, by number. */
  readonly tables: ReadonlySet<number>;
  /** Takes the decisions on record up to that position, in their order, each once. */
  take(decisions: readonly IndexedDecision[]): Promise<void>;
  /** Once all are taken. */
  differences(): Promise<readonly DerivedDifference[]>;
  close(): Promise<void>;
}

const ARCHIVES = `SELECT "until_position", "removed_to", "month" FROM journal_archive ORDER BY "until_position" DESC LIMIT 1`;
const ENDS = `SELECT (SELECT MAX("seq") FROM journal) AS "journal", (SELECT MAX("seq") FROM decision_index) AS "index",
  (SELECT MAX("position") FROM watched_access) AS "watched"`;
const ERASURES = `SELECT "seq" FROM journal WHERE "kind" = 'ERASURE'`;

interface Begun {
  readonly month: number;
  readonly first: number;
}

/** Copies what is derived, as it is now, and compares the copy with decisions that it is given, in little memory. */
export async function compareDerived(deps: {
  readonly source: DataSource;
  readonly dialect: Dialect;
}): Promise<ComparedDerived> {
  const { on, others } = await keepTables(deps, [ARCHIVES, ENDS, ERASURES, deps.dialect.tableNames]);
  const [[archive] = [], [ends] = [], erasures = [], names = []] = others;
  const rowsOf = (table: string, order: string) => on.all(`SELECT * FROM kept_${table} ORDER BY ${order}`);
  const followers = await rowsOf("journal_follower", '"name"');
  const aside = await rowsOf("act_set_aside", '"consumer", "position"');
  const months = await rowsOf("search_month", '"id"');
  const tables = new Set(names.map(({ name }) => monthOfTable(String(name))).filter((id) => id !== null));
  const positionOf = (name: string): number => Number(followers.find((row) => row.name === name)?.position ?? 0);
  const end = Number(ends?.journal ?? 0);
  const position = Math.min(end, positionOf(DECISION_INDEX));
  const archivedBefore = archive === undefined ? null : Date.parse(`${monthsLater(String(archive.month), 1)}-01`);
  const removedTo = Number(archive?.removed_to ?? 0);
  const counts = createCounts({ on, dialect: dialectOf("sqlite:derived"), archivedBefore });
  await counts.begin();
  await on.all(`CREATE TABLE derived_mark ("mark" PRIMARY KEY, "first_at", "last_at")`);
  const notTaken = new Set(
    aside.filter(({ consumer }) => consumer === DECISION_INDEX).map((row) => Number(row.position)),
  );

  const begun: Begun[] = [];
  let first: IndexedDecision | null = null;
  // Of the month in which the first decision that is left stands, others may have left: when it began is not known any more.
  let open = archivedBefore === null ? UNNAMED : Number(months[0]?.month ?? UNNAMED);
  function begin({ decidedAt, seq }: IndexedDecision): void {
    const month = monthAt(decidedAt);
    if (month <= open) return;
    open = month;
    begun.push({ month, first: seq });
  }

  const MARKED = `INSERT INTO derived_mark VALUES (?, ?, ?) ON CONFLICT ("mark") DO UPDATE SET
    "first_at" = MIN("first_at", excluded."first_at"), "last_at" = MAX("last_at", excluded."last_at")`;
  async function take(given: readonly IndexedDecision[]): Promise<void> {
    const decisions = given.filter(({ seq }) => seq <= position && !notTaken.has(seq));
    const marks = new Map<number, readonly [number, number]>();
    for (const decision of decisions) {
      first ??= decision;
      begin(decision);
      const { decidedAt: at, seq } = decision;
      const [from, to] = marks.get(Math.floor(seq / MARK)) ?? [at, at];
      marks.set(Math.floor(seq / MARK), [Math.min(from, at), Math.max(to, at)]);
    }
    for (const [mark, times] of marks) await on.all(MARKED, [mark, ...times]);
    await counts.add(decisions);
  }

  /** By the mark at which an archive ends something may have left that it still speaks of. */
  async function markDifferences(): Promise<readonly DerivedDifference[]> {
    const edge = archive === undefined ? -1 : Math.floor((removedTo + 1) / MARK);
    const wrong = `SELECT COALESCE(d."mark", k."mark") AS "mark" FROM derived_mark AS d FULL JOIN kept_search_mark AS k ON k."mark" = d."mark"
      WHERE CASE COALESCE(d."mark", k."mark") WHEN ${edge}
        THEN d."mark" IS NOT NULL AND (k."mark" IS NULL OR k."first_at" > d."first_at" OR k."last_at" < d."last_at")
        ELSE d."mark" IS NULL OR k."mark" IS NULL OR k."first_at" <> d."first_at" OR k."last_at" <> d."last_at" END`;
    const [row] = await on.all(`SELECT COUNT(*) AS "rows", MIN("mark") AS "first" FROM (${wrong})`);
    if (Number(row?.rows ?? 0) === 0) return [];
    return [
      { table: "search_mark", rows: Number(row?.rows), first: `of positions from ${Number(row?.first) * MARK} on` },
    ];
  }

  function monthDifferences(): readonly DerivedDifference[] {
    const isErasure = new Set([0, ...erasures.map(({ seq }) => Number(seq))]);
    const isOrWas = (at: number): boolean => isErasure.has(at) || (at > 0 && at <= removedTo);
    const kept = months.map((row) => ({ month: Number(row.month), first: Number(row.first_position) }));
    // The first one begins wherever it was empty, or is the one that was open when an archive ended.
    const [oldest, ...rest] = kept;
    const expected = archivedBefore === null ? begun.slice(1) : begun;
    const named = archivedBefore === null ? (begun[0]?.month ?? UNNAMED) : oldest?.month;
    const found: string[] = [];
    const begins = first?.seq ?? Number.MAX_SAFE_INTEGER;
    if (oldest === undefined || oldest.first > begins || oldest.month !== named) found.push("the first");
    for (let i = 0; i < Math.max(rest.length, expected.length); i++)
      if (rest[i]?.month !== expected[i]?.month || rest[i]?.first !== expected[i]?.first)
        found.push(`${(expected[i] ?? rest[i])?.month} at position ${(expected[i] ?? rest[i])?.first}`);
    for (const id of tables)
      if (!months.some((row) => Number(row.id) === id)) found.push(`search_${id}, of which it says nothing`);
    for (const row of months) {
      if (!tables.has(Number(row.id))) found.push(`${Number(row.month)}, which has no table`);
      const [erasedTo, rebuiltTo] = [Number(row.erased_to), Number(row.rebuilt_to)];
      if (!isOrWas(erasedTo) || !isOrWas(rebuiltTo) || rebuiltTo > erasedTo)
        found.push(`${Number(row.month)}, of which it says what was erased`);
    }
    return differenceOf("search_month", found);
  }

  function positionDifferences(): readonly DerivedDifference[] {
    const beyond = followers.filter((row) => Number(row.position) > end || Number(row.position) < 0);
    const ahead = [
      [DECISION_INDEX, ends?.index],
      ["watching", ends?.watched],
    ] as const;
    return [
      ...differenceOf("journal_follower", [
        ...beyond.map(({ name, position: at }) => `${name} at ${at}, where the journal does not go`),
        ...ahead
          .filter(([name, at]) => Number(at ?? 0) > positionOf(name))
          .map(([name, at]) => `${name} at ${positionOf(name)}, of which there are rows up to ${Number(at)}`),
      ]),
    ];
  }

  return {
    position,
    tables,
    take,
    close: () => on.close(),
    async differences() {
      const counted = await rowsOf("journal_counted", '"name"');
      return [
        ...positionDifferences(),
        ...differenceOf(
          "journal_counted",
          counted
            .filter((row) => archive === undefined || Number(row.position) > positionOf(String(row.name)))
            .map(({ name, position: at }) => `${name} at ${at}, up to which nothing was counted`),
        ),
        ...differenceOf(
          "act_set_aside",
          aside.map(({ consumer, position: at }) => `the act at ${at}, which ${consumer} has left out`),
        ),
        ...(await markDifferences()),
        ...monthDifferences(),
        ...(await counts.differences()),
      ];
    },
  };
}
